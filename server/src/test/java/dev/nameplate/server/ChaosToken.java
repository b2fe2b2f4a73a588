package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A PKCS#11 library, made with gcc, that is SoftHSM as long as nobody says otherwise: C_Sign hangs
/// while there is a file `hang`, returns a wrong signature while there is a file `lie`, and signs
/// with another key than it was asked to while there is a file `swap`.
final class ChaosToken {

  private static final String SOURCE =
      """
      #include <dlfcn.h>
      #include <stdlib.h>
      #include <string.h>
      #include <unistd.h>

      typedef unsigned long (*Function)();
      typedef struct { unsigned char version[8]; Function functions[68]; } FunctionList;
      enum { INITIALIZE = 0, SIGN_INIT = 42, SIGN = 43 };

      static FunctionList changed;
      static Function initialize;
      static Function signInit;
      static Function sign;
      static volatile unsigned long one, other;

      static unsigned long chaosInitialize(void *arguments) {
        setenv("SOFTHSM2_CONF", FOLDER "/softhsm2.conf", 1);
        return initialize(arguments);
      }

      static unsigned long chaosSignInit(
          unsigned long session, void *mechanism, unsigned long key) {
        if (key != one) {
          other = one;
          one = key;
        }
        int swap = other != 0 && access(FOLDER "/swap", F_OK) == 0;
        return signInit(session, mechanism, swap ? other : key);
      }

      static unsigned long chaosSign(
          unsigned long session, unsigned char *data, unsigned long length,
          unsigned char *signature, unsigned long *signatureLength) {
        while (access(FOLDER "/hang", F_OK) == 0) {
          usleep(20000);
        }
        unsigned long result = sign(session, data, length, signature, signatureLength);
        if (result == 0 && signature != NULL && access(FOLDER "/lie", F_OK) == 0) {
          signature[*signatureLength / 2] ^= 1;
        }
        return result;
      }

      unsigned long C_GetFunctionList(FunctionList **list) {
        void *library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) {
          return 5;
        }
        FunctionList *real;
        unsigned long result =
            ((unsigned long (*)(FunctionList **)) dlsym(library, "C_GetFunctionList"))(&real);
        if (result == 0) {
          memcpy(&changed, real, sizeof changed);
          initialize = changed.functions[INITIALIZE];
          changed.functions[INITIALIZE] = (Function) chaosInitialize;
          signInit = changed.functions[SIGN_INIT];
          changed.functions[SIGN_INIT] = (Function) chaosSignInit;
          sign = changed.functions[SIGN];
          changed.functions[SIGN] = (Function) chaosSign;
          *list = &changed;
        }
        return result;
      }
      """;

  private final Path folder;
  private final Path library;

  /// @param folder that of a SoftHSM token of ours
  ChaosToken(Path folder) throws Exception {
    this.folder = folder;
    this.library = folder.resolve("chaos.so");
    var source = Files.writeString(folder.resolve("chaos.c"), SOURCE);
    Process gcc;
    try {
      gcc =
          new ProcessBuilder(
                  "gcc",
                  "-shared",
                  "-fPIC",
                  "-Wno-deprecated-non-prototype",
                  "-DFOLDER=\"" + folder + "\"",
                  "-o",
                  library.toString(),
                  source.toString(),
                  "-ldl")
              .redirectErrorStream(true)
              .start();
    } catch (IOException missing) {
      throw new AssertionError("gcc is needed: apt-get install gcc libc6-dev", missing);
    }
    var output = new String(gcc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(gcc.waitFor()).as(output).isZero();
  }

  /// The same server after a restart, with this library instead of SoftHSM's.
  RunningServer restarted(RunningServer server) throws Exception {
    var file = server.dir.resolve("nameplate.yaml");
    var settings = Files.readString(file);
    var changed =
        settings.replace(
            "softhsm: token",
            "module: \"%s\", pin_file: \"%s\", deadline: 2s"
                .formatted(library, folder.resolve("nameplate.pin")));
    assertThat(changed).isNotEqualTo(settings);
    Files.writeString(file, changed);
    return server.restarted();
  }

  void hang() throws IOException {
    Files.createFile(folder.resolve("hang"));
  }

  void lie() throws IOException {
    Files.createFile(folder.resolve("lie"));
  }

  void swapKeys() throws IOException {
    Files.createFile(folder.resolve("swap"));
  }

  void behave() throws IOException {
    for (var file : List.of("hang", "lie", "swap")) {
      Files.deleteIfExists(folder.resolve(file));
    }
  }
}
