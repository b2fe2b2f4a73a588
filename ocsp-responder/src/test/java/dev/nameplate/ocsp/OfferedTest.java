package dev.nameplate.ocsp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Checklist;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The table in this module's README against the tests of the whole project.
final class OfferedTest {

  private static final Pattern IDS = Pattern.compile("[OC]\\d{2}");

  @Test
  void whatTheReadmeSaysIsTestedAndWhatIsTaggedIsSaid() throws Exception {
    var list = new Checklist(IDS, Path.of("README.md"));

    assertThat(list.said()).hasSize(38).isEqualTo(list.tagged());
  }
}
