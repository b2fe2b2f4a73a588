package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Pem;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// CRLs in a server that runs with shards, deltas and an export folder: what operators see of them,
/// and what is served.
class CrlApiTest {

  private static RunningServer server;

  @BeforeAll
  static void start() throws Exception {
    server =
        RunningServer.start(settings ->
            settings.replace("\ncrl: {", "\ncrl: {shards: 2, delta: 5m, export: exported, "));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  @Tag("C04")
  @Tag("C05")
  void theCompleteListsAndTheShardsAreListedAndServed() throws Exception {
    var lists = server.get("/crls").body().get("items");

    assertThat(lists)
        .extracting(list -> list.get("scope").asText())
        .containsExactlyInAnyOrder("authorities", "end-entities", "shard-0", "shard-1");
    for (var list : lists) {
      var url = URI.create(list.get("url").asText());
      var crl = Crl.parse(server.status(url.getPath()));
      assertThat(crl.distributionPoint().isPresent())
          .isEqualTo(list.get("scope").asText().startsWith("shard"));
    }
    var bundle = new String(server.status("/crl/all.pem"), StandardCharsets.US_ASCII);
    assertThat(Pem.blocks(bundle, "X509 CRL")).hasSize(2);
  }

  @Test
  void aListIsMadeAtOnceForWhoAsks() throws Exception {
    var shard = list("shard-1");
    var path = "/crls/" + shard.get("issuer").asText();

    var made = server.post(path + "/publish", "{}");

    assertThat(made.status()).isEqualTo(200);
    assertThat(made.body().get("items")).hasSize(3);
    var shown = server.get(path + "/shard-1").body();
    assertThat(shown.get("number").asLong()).isGreaterThan(shard.get("number").asLong());
    assertThat(shown.get("entries").asLong()).isZero();
    assertThat(server.get(path + "/shard-9").status()).isEqualTo(404);
    assertThat(server.post("/crls/" + "0".repeat(64) + "/publish", "{}").status()).isEqualTo(404);
  }

  @Test
  @Tag("C13")
  void whatDoesNotPassTheGateIsNotImported() throws Exception {
    var root = list("authorities");
    var path = "/crls/" + root.get("issuer").asText() + "/import";
    var present = server.status(URI.create(root.get("url").asText()).getPath());

    var again = server.post(path, pem(Pem.encode("X509 CRL", present)));
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.body().get("code").asText()).isEqualTo("crl_refused");
    assertThat(again.body().get("detail").asText()).contains("it has the number");
    assertThat(server.post(path, pem("nothing")).status()).isEqualTo(400);
    // a large one is read, and nothing else that is large
    var large = pem(Pem.encode("X509 CRL", new byte[1_000_000]));
    assertThat(server.post(path, large).status()).isEqualTo(400);
    var tooLarge = pem(Pem.encode("X509 CRL", new byte[20_000]));
    assertThat(server.post(path.replace("import", "publish"), tooLarge).status()).isEqualTo(413);
    assertThat(
            server
                .post("/crls/" + "0".repeat(64) + "/import", pem(Pem.encode("X509 CRL", present)))
                .status())
        .isEqualTo(404);
  }

  @Test
  @Tag("C09")
  @Tag("C13")
  void copiesAreInTheFolderAndTheirEndIsMeasured() throws Exception {
    var list = list("shard-0");
    var file =
        server
            .dir
            .resolve("exported")
            .resolve(URI.create(list.get("url").asText()).getPath().substring(1));

    await().until(() -> Files.exists(file));
    assertThat(Crl.parse(Files.readAllBytes(file)).number().longValue()).isGreaterThanOrEqualTo(1);
    await()
        .until(
            () -> server.monitoring("/metrics").contains("nameplate_crl_seconds_to_next_update"));
    assertThat(server.monitoring("/health/ready")).isEqualTo("ready\n");
  }

  private static JsonNode list(String scope) throws Exception {
    for (var list : server.get("/crls").body().get("items")) {
      if (list.get("scope").asText().equals(scope)) {
        return list;
      }
    }
    throw new AssertionError("no CRL " + scope);
  }

  private static String pem(String text) {
    return "{\"pem\": \"" + text.replace("\n", "\\n") + "\"}";
  }
}
