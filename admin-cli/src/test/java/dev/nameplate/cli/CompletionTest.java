package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a shell offers when Tab is pressed, in the shells themselves.
class CompletionTest {

  @TempDir Path dir;

  @BeforeEach
  void aScript() throws IOException {
    Files.writeString(dir.resolve("completion"), new Shell().run("completion").ok().out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bash", "zsh"})
  void offersCommandsOptionsAndValues(String shell) {
    assertThat(offered(shell, "nameplate", "dev")).containsExactly("device");
    assertThat(offered(shell, "nameplate", "device", "ret")).contains("retire");
    assertThat(offered(shell, "nameplate", "device", "list", "--st")).containsExactly("--state");
    assertThat(offered(shell, "nameplate", "device", "list", "-o", "j"))
        .containsExactlyInAnyOrder("json", "jsonl");
  }

  /// Calls what the script registers, as the shell does.
  private List<String> offered(String shell, String... words) {
    var offer =
        """
        source ./completion
        COMP_WORDS=(%s)
        COMP_CWORD=%d
        COMP_LINE='%s'
        COMP_POINT=${#COMP_LINE}
        COMPREPLY=()
        _complete_nameplate
        printf '%%s\\n' "${COMPREPLY[@]}"
        """
            .formatted(String.join(" ", words), words.length - 1, String.join(" ", words));
    // what bashcompinit does around each call
    var script =
        shell.equals("zsh") ? "source ./completion\nemulate -L ksh\nsetopt kshglob noshglob braceexpand\n" + offer : offer;
    var printed = new Tool(shell, shell).run(dir, shell.equals("zsh") ? "-fc" : "-c", script).ok();
    assertThat(printed.err()).isEmpty();
    return printed.out().lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }
}
