package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Our layouts are those of a C compiler that reads the header of others (p11-kit's).
class StructTest {

  private static final Tool GCC = new Tool("gcc", "gcc libc6-dev");
  private static final Path HEADER = Path.of("/usr/include/p11-kit-1/p11-kit/pkcs11.h");

  @Test
  void sizesAndOffsetsAreThoseOfTheCompiler(@TempDir Path folder) throws Exception {
    assertThat(HEADER).as("the header is needed: apt-get install libp11-kit-dev").exists();
    Files.writeString(folder.resolve("layout.c"), program());
    GCC.run(folder, "-I/usr/include/p11-kit-1", "-o", "layout", "layout.c").ok();

    var compiled =
        new Tool(folder.resolve("layout").toString(), "").run(folder).ok().out().lines().toList();

    assertThat(compiled).containsExactlyElementsOf(ours()).hasSizeGreaterThan(40);
  }

  private static List<String> ours() {
    var lines = new ArrayList<String>();
    for (var struct : Struct.values()) {
      lines.add(struct + " " + size(struct));
      for (var field : fields(struct)) {
        var at = PathElement.groupElement(field);
        lines.add(
            "%s.%s %d %d"
                .formatted(
                    struct,
                    field,
                    struct.layout().byteOffset(at),
                    struct.layout().select(at).byteSize()));
      }
    }
    return lines;
  }

  /// CK_C_INITIALIZE_ARGS has room for more behind its last field.
  private static long size(Struct struct) {
    return struct == Struct.CK_C_INITIALIZE_ARGS
        ? struct.offset("pReserved") + Long.BYTES
        : struct.size();
  }

  private static String program() {
    var lines = new ArrayList<String>();
    lines.add(
        "#include <stdio.h>\n#include <stddef.h>\n#include <p11-kit/pkcs11.h>\nint main(void) {");
    for (var struct : Struct.values()) {
      lines.add("printf(\"%s %%zu\\n\", sizeof(%s));".formatted(struct, struct));
      for (var field : fields(struct)) {
        lines.add(
            "printf(\"%1$s.%2$s %%zu %%zu\\n\", offsetof(%1$s, %2$s), sizeof(((%1$s *)0)->%2$s));"
                .formatted(struct, field));
      }
    }
    lines.add("return 0;\n}\n");
    return String.join("\n", lines);
  }

  private static List<String> fields(Struct struct) {
    return struct.layout().memberLayouts().stream()
        .map(MemoryLayout::name)
        .flatMap(Optional::stream)
        .toList();
  }
}
