package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.server.RunningServer.Identity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Every route of the admin API, called by everybody: `docs/routes.md` is the table.
@Tag("A7")
@Tag("A8")
@Tag("G18")
class RoleMatrixTest {

  private static final Path PAGE = Path.of("..", "docs", "routes.md");
  private static final String NODE = "status-9";
  private static final int REFUSED = 403;

  /// What somebody may do, as the page marks it.
  private enum Cell {
    YES,
    WITHIN_SCOPE,
    NO
  }

  private record Row(String verb, String path, Map<String, Cell> cells) {

    /// With the names of things that are not there: what is let through changes nothing.
    String target() {
      return path.startsWith("/nodes/")
          ? path.replace("{id}", NODE)
          : path.replace("{id}", "none-such")
              .replace("{serial}", "0123456789abcdef")
              .replace("{issuer}", "ab".repeat(32))
              .replace("{sha256}", "cd".repeat(32))
              .replaceAll("\\{[a-z_]+}", "none-such");
    }
  }

  /// @param roles as the page names them
  /// @param limited whether they have them for one group only
  private record Caller(Optional<Identity> shows, List<String> roles, boolean limited) {

    static Caller stranger(Identity shows) {
      return new Caller(Optional.of(shows), List.of(), false);
    }

    boolean mayPass(Row row) {
      return roles.stream()
          .map(row.cells()::get)
          .anyMatch(cell -> limited ? cell == Cell.WITHIN_SCOPE : cell != Cell.NO);
    }
  }

  @Test
  void everyRouteAnswersEveryCallerAsThePageSays() throws Exception {
    var rows = rows();
    var callers = new LinkedHashMap<String, Caller>();
    var faults = new ArrayList<String>();
    int cells = 0;
    try (var elsewhere = AdministratorFolder.make()) {
      callers.put("the first administrator of another CA", Caller.stranger(elsewhere.first()));
    }
    try (var folder = AdministratorFolder.make()) {
      people(folder, callers);
      try (var server = folder.start()) {
        var first = server.admin();
        callers.put("the first administrator", new Caller(Optional.of(first), all(), false));
        for (var caller : callers.entrySet()) {
          try (var client = client(server, caller.getValue())) {
            for (var row : rows) {
              cells++;
              var refused = isRefused(client, server, row);
              if (refused == caller.getValue().mayPass(row)) {
                faults.add(
                    caller.getKey()
                        + (refused ? " is refused " : " may ")
                        + row.verb()
                        + " "
                        + row.path());
              }
            }
          }
        }
        assertThat(server.post("/audit/verify", "").body().get("intact").asBoolean()).isTrue();
      }
    }
    assertThat(faults).isEmpty();
    assertThat(cells)
        .as("%d routes, %d callers", rows.size(), callers.size())
        .isGreaterThanOrEqualTo(1000);
  }

  private static void people(AdministratorFolder folder, Map<String, Caller> callers)
      throws Exception {
    for (var role : AdminRole.values()) {
      var name = role.text();
      callers.put(
          name, new Caller(Optional.of(folder.administrator(name, name)), List.of(name), false));
      for (var scope : List.of("group=plant-4", "ca=none-such")) {
        var limited = name + " of " + scope;
        callers.put(
            limited,
            new Caller(
                Optional.of(folder.administrator(limited.replaceAll("[ =]", "."), limited)),
                List.of(name),
                true));
      }
    }
    callers.put("an administrator without a role", Caller.stranger(folder.administrator("none")));
    callers.put("a former administrator", Caller.stranger(folder.formerAdministrator("former")));
    var retired = folder.administrator("gone", roles());
    folder.retire("gone");
    callers.put("a retired administrator", Caller.stranger(retired));
    var revoked = folder.administrator("revoked", roles());
    folder.revoke(revoked, RevocationReason.KEY_COMPROMISE);
    callers.put("an administrator whose certificate is revoked", Caller.stranger(revoked));
    var held = folder.administrator("held", roles());
    folder.revoke(held, RevocationReason.CERTIFICATE_HOLD);
    callers.put("an administrator whose certificate is on hold", Caller.stranger(held));
    callers.put("a device", Caller.stranger(folder.owner(OwnerKind.DEVICE, "pump", "device")));
    callers.put("a station", Caller.stranger(folder.owner(OwnerKind.STATION, "line", "station")));
    callers.put("another node", Caller.stranger(folder.owner(OwnerKind.NODE, "node-2", "node")));
    callers.put(
        "the node",
        new Caller(
            Optional.of(folder.owner(OwnerKind.NODE, NODE, "node")), List.of("node"), false));
    callers.put("nobody", new Caller(Optional.empty(), List.of(), false));
  }

  private static String[] roles() {
    return Arrays.stream(AdminRole.values()).map(AdminRole::text).toArray(String[]::new);
  }

  private static List<String> all() {
    return List.of(roles());
  }

  /// Whoever is refused in the handshake is refused, too.
  private static boolean isRefused(HttpClient client, RunningServer server, Row row)
      throws InterruptedException {
    var uri = URI.create(server.nameplate.adminUrl() + "/api/v1" + row.target());
    var request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/json")
            .method(
                row.verb(),
                row.verb().equals("GET") ? BodyPublishers.noBody() : BodyPublishers.ofString("{}"))
            .build();
    for (int attempt = 0; attempt < 3; attempt++) {
      try {
        return client.send(request, BodyHandlers.discarding()).statusCode() == REFUSED;
      } catch (IOException _) {
        // no handshake; or the server closed a connection that was idle, once
      }
    }
    return true;
  }

  private static HttpClient client(RunningServer server, Caller caller) throws Exception {
    return HttpClient.newBuilder().sslContext(server.tls(caller.shows())).build();
  }

  private static List<Row> rows() throws IOException {
    var lines = Files.readAllLines(PAGE).stream().filter(line -> line.startsWith("|")).toList();
    var heads = cells(lines.getFirst());
    return lines.stream().skip(2).map(line -> row(heads, cells(line))).toList();
  }

  private static Row row(List<String> heads, List<String> cells) {
    var route = cells.getFirst().replace("`", "").split(" ", 2);
    var roles = new LinkedHashMap<String, Cell>();
    for (int i = 1; i < heads.size() - 1; i++) {
      roles.put(
          heads.get(i),
          switch (cells.get(i)) {
            case "x" -> Cell.YES;
            case "s" -> Cell.WITHIN_SCOPE;
            case "" -> Cell.NO;
            default -> throw new IllegalArgumentException(cells.get(i));
          });
    }
    return new Row(route[0], route[1], roles);
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.substring(1, line.length() - 1).split("\\|", -1))
        .map(String::strip)
        .collect(Collectors.toList());
  }
}
