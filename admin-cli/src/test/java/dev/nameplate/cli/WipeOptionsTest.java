package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class WipeOptionsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--wipe-tool=shred",
        "--verified-by=jd",
        "--wiped-at=2026-08-01T10:00:00Z",
        "--wipe-serial=17",
        "--wipe-report=report.pdf"
      })
  void evidenceWithoutAMethodIsNotSilentlyLost(String option) {
    refused(option);
    refused(option, "--waive-wipe=stolen");
  }

  @Test
  void nothingIsSaidWhereNothingIsGiven() {
    assertThat(parsed().said()).isEmpty();
    assertThat(parsed("--waive-wipe=stolen").said()).isPresent();
    assertThat(parsed("--wipe-method=clear", "--wipe-tool=dd").said()).isPresent();
  }

  private static void refused(String... options) {
    var wipe = parsed(options);
    assertThatThrownBy(wipe::said)
        .asInstanceOf(type(CommandFailure.class))
        .extracting(CommandFailure::exitCode)
        .isEqualTo(ExitCode.USAGE);
  }

  private static WipeOptions parsed(String... options) {
    var wipe = new WipeOptions();
    var _ = CommandLine.populateCommand(wipe, options);
    return wipe;
  }
}
