package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ConfirmationTest {

  private final List<String> asked = new ArrayList<>();

  @Test
  void aScriptThatSaysYesAndHowManyIsBelieved() {
    assertThatCode(() -> retire(412, null, "--yes", "--confirm", "412")).doesNotThrowAnyException();
  }

  @Test
  void withoutATerminalAndWithoutYesNothingIsDoneAndTheMessageSaysWhatToAdd() {
    refused(() -> retire(412, null), "nobody confirmed it", "add --yes --confirm 412.");
    refused(() -> retire(412, null, "--confirm", "412"), "nobody confirmed it", "add --yes.");
    refused(() -> retire(412, null, "--yes"), "nobody confirmed it", "add --confirm 412.");
  }

  @Test
  void anotherNumberThanThereIsIsRefusedWhoeverIsThere() {
    refused(() -> retire(431, null, "--yes", "--confirm", "412"), "--confirm says 412", "431");
    refused(() -> retire(431, "431", "--confirm", "412"), "--confirm says 412", "431");
    assertThat(asked).isEmpty();
  }

  @Test
  void somebodyAtATerminalIsAskedForTheNumber() {
    assertThatCode(() -> retire(412, " 412 ")).doesNotThrowAnyException();

    assertThat(asked).containsExactly("This will retire 412 devices. Type 412 to go on: ");
  }

  @Test
  void anythingElseThatIsTypedMeansNo() {
    for (var answer : List.of("", "y", "yes", "411")) {
      refused(() -> retire(412, answer), "nothing was done", "");
    }
  }

  @Test
  void oneNeedsNoNumberButOneThatIsNamedNeedsItsName() {
    assertThatCode(() -> retire(1, null, "--yes")).doesNotThrowAnyException();
    refused(() -> purge("--yes"), "purge pump-1", "add --confirm pump-1.");
    refused(() -> purge("--yes", "--confirm", "pump-2"), "--confirm says pump-2", "pump-1");
    assertThatCode(() -> purge("--yes", "--confirm", "pump-1")).doesNotThrowAnyException();
  }

  @Test
  void aNameInTheQuestionCannotMoveTheCursor() {
    var confirmation = parsed();
    confirmation.require(console("x\u001b[2J"), "purge x\u001b[2J", "x\u001b[2J");

    assertThat(asked).noneMatch(question -> question.contains("\u001b"));
  }

  private void retire(long count, @Nullable String answer, String... options) {
    parsed(options).require(console(answer), "retire " + count + " devices", count);
  }

  private void purge(String... options) {
    parsed(options).require(console(null), "purge pump-1", "pump-1");
  }

  private static Confirmation parsed(String... options) {
    var confirmation = new Confirmation();
    var _ = CommandLine.populateCommand(confirmation, options);
    return confirmation;
  }

  private static void refused(ThrowingCallable action, String says, String next) {
    assertThatThrownBy(action)
        .asInstanceOf(type(CommandFailure.class))
        .satisfies(
            failure -> assertThat(failure.exitCode()).isEqualTo(ExitCode.USAGE),
            failure -> assertThat(failure.says()).contains(says),
            failure -> assertThat(failure.next().orElse("")).contains(next));
  }

  private Console console(@Nullable String answer) {
    var nowhere = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return new Console(
        nowhere,
        nowhere,
        Map.of(),
        false,
        question -> {
          asked.add(question);
          return Optional.ofNullable(answer);
        });
  }
}
