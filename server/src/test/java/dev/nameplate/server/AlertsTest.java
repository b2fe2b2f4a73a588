package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.KeyType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The alert rules that are shipped, against what a running server measures. `promtool check rules
/// docs/alerts/*.yml` reads them as Prometheus does.
class AlertsTest {

  private static final Path RULES = Path.of("..", "docs", "alerts", "nameplate.yml");
  private static final Pattern METRIC = Pattern.compile("\\bnameplate_[a-z0-9_]+");

  @Test
  void everyRuleIsWholeAndNamesAMetricThatIsThere() throws Exception {
    var there = new TreeSet<String>();
    try (var server = RunningServer.start()) {
      // what is counted appears when it happens
      server.enrolled("watched");
      var key = SoftwareKey.generate(KeyType.EC_P256);
      server.enroll(Optional.empty(), "watched", Optional.of("wrong"), key);
      server.post("/devices/watched/retire", "{\"reason\":\"keyCompromise\"}");
      METRIC
          .matcher(server.monitoring("/metrics"))
          .results()
          .forEach(found -> there.add(found.group()));
    }
    for (var rule : rules()) {
      assertThat(rule.get("alert").asText()).startsWith("Nameplate");
      assertThat(rule.at("/labels/severity").asText()).isIn("page", "ticket");
      assertThat(rule.at("/annotations/summary").asText()).isNotBlank();
      assertThat(rule.at("/annotations/action").asText()).isNotBlank();
      var named =
          METRIC
              .matcher(rule.get("expr").asText())
              .results()
              .map(found -> found.group())
              .collect(Collectors.toSet());
      assertThat(named).as(rule.get("alert").asText()).isNotEmpty();
      assertThat(there).as(rule.get("alert").asText()).containsAll(named);
    }
  }

  private static List<JsonNode> rules() throws Exception {
    var rules = new ArrayList<JsonNode>();
    var file = new YAMLMapper().readTree(Files.readString(RULES));
    file.get("groups").forEach(group -> group.get("rules").forEach(rules::add));
    assertThat(rules).hasSizeGreaterThan(5);
    return rules;
  }
}
