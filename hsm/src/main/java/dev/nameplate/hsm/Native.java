package dev.nameplate.hsm;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Map;

/// The one place with restricted calls: what is wrong in here crashes the process. Libraries stay
/// loaded until the process ends.
@SuppressWarnings("restricted")
final class Native {

  private static final Linker LINKER = Linker.nativeLinker();

  private Native() {}

  /// The layouts of [NativePkcs11] hold where `long` and pointers have eight bytes: Linux on 64
  /// bits.
  static void requireLp64() {
    var system = System.getProperty("os.name", "");
    var wide = LINKER.canonicalLayouts().get("long");
    if (!system.equals("Linux")
        || ValueLayout.ADDRESS.byteSize() != 8
        || wide == null
        || wide.byteSize() != 8) {
      throw HsmException.refused(
          "PKCS#11 is called on 64-bit Linux only, not on "
              + system
              + " "
              + System.getProperty("os.arch"));
    }
  }

  static SymbolLookup load(Path library) {
    return SymbolLookup.libraryLookup(library, Arena.global());
  }

  static MethodHandle function(MemorySegment address, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(address, descriptor);
  }

  static MemorySegment sized(MemorySegment pointer, long bytes) {
    return pointer.reinterpret(bytes);
  }

  /// Sets variables in the environment that C sees; `System.getenv` does not show them.
  static void setEnvironment(Map<String, String> variables) {
    var setenv =
        function(
            LINKER.defaultLookup().findOrThrow("setenv"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT));
    variables.forEach((name, value) -> {
      try (var arena = Arena.ofConfined()) {
        int result =
            (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 1);
        if (result != 0) {
          throw HsmException.refused("cannot set " + name + " in the environment");
        }
      } catch (RuntimeException | Error thrown) {
        throw thrown;
      } catch (Throwable impossible) {
        throw new IllegalStateException("setenv threw", impossible);
      }
    });
  }
}
