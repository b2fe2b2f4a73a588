package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What Tab does, in the shells themselves: each runs at a terminal at which zsh types.
class CompletionTest {

  private static final Tool ZSH = new Tool("zsh", "zsh");

  /// Presses Tab after the beginning of a noun, a verb, an option and a value, and writes down what
  /// the command was then called with.
  private static final String TYPIST =
      """
      zmodload zsh/zpty zsh/zselect
      zpty -b terminal "$@"
      zpty -w terminal 'nameplate() { printf "%s\\n" "$@" >typed.new; mv typed.new typed; }; source ./completion'
      zpty -w terminal $'nameplate devi\\t lis\\t --stat\\t active -o yam\\t'
      for i in {1..300}; do
        [[ -e typed ]] && break
        zpty -r -t terminal line && print -rn -- "$line" >>seen
        zselect -t 10
      done
      cat typed
      """;

  @TempDir Path dir;

  @BeforeEach
  void aScript() throws IOException {
    Files.writeString(dir.resolve("completion"), new Shell().run("completion").ok().out());
    // zsh keeps what it knows of completions there
    Files.writeString(dir.resolve("typist"), "export ZDOTDIR=$PWD\n" + TYPIST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash --norc -i", "zsh -f -i"})
  void tabCompletesCommandsOptionsAndValues(String shell) {
    var arguments = new ArrayList<>(List.of("-f", "typist"));
    arguments.addAll(List.of(shell.split(" ", -1)));
    var typed = ZSH.run(dir, arguments.toArray(String[]::new)).ok().out();

    assertThat(typed.lines()).containsExactly("device", "list", "--state", "active", "-o", "yaml");
  }
}
