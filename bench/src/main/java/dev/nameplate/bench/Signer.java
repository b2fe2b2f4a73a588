package dev.nameplate.bench;

import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.PinSource;
import dev.nameplate.hsm.SignatureBench;
import dev.nameplate.hsm.TokenKeyVault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.Signature;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/// Signs in a process of its own, so that what it costs is seen. Prints the number of signatures,
/// the nanoseconds they took, and those of processor time.
final class Signer {

  private static final byte[] DATA = new byte[64];

  private Signer() {}

  /// What signs.
  enum How {
    /// Our lane, believing the token.
    LANE,
    /// Our lane, with the check of each signature that the server makes.
    CHECKED,
    /// The JDK's own PKCS#11 provider.
    SUN
  }

  /// @param args how, module, token, PIN file, label of the key, callers, seconds
  public static void main(String[] args) throws Exception {
    var how = How.valueOf(args[0]);
    var module = Path.of(args[1]);
    var pin = Path.of(args[3]);
    int callers = Integer.parseInt(args[5]);
    var time = Duration.ofSeconds(Long.parseLong(args[6]));
    if (how == How.SUN) {
      print(sun(module, args[2], pin, args[4]), callers, time);
    } else {
      var settings =
          HsmSettings.softHsm(args[2], new PinSource.File(pin), Map.of()).withSessions(callers);
      var at =
          new HsmSettings(
              module,
              settings.token(),
              settings.pin(),
              callers,
              settings.queueLimit(),
              settings.deadline(),
              Map.of());
      try (var vault = TokenKeyVault.open(at, new SecureRandom(), InstantSource.system())) {
        var location =
            vault.keys().stream()
                .filter(key -> key.label().equals(args[4]))
                .findFirst()
                .flatMap(key -> key.location())
                .orElseThrow();
        var key = vault.measured(location);
        print(how == How.LANE ? key.unchecked() : key.checked(), callers, time);
      }
    }
  }

  private static void print(Runnable sign, int callers, Duration time) throws InterruptedException {
    // the compiler is through with it after that
    SignatureBench.run(sign, callers, time);
    var result = SignatureBench.run(sign, callers, time);
    System.out.println(
        result.signatures() + " " + result.elapsed().toNanos() + " " + result.cpu().toNanos());
  }

  /// The provider finds a key by the certificate beside it, which has the key's id as its alias.
  private static Runnable sun(Path module, String token, Path pin, String label) throws Exception {
    var configuration =
        Files.writeString(
            Files.createTempFile(pin.toAbsolutePath().getParent(), "sun", ".cfg"),
            "name = Bench\nlibrary = " + module + "\nslotListIndex = 0\n");
    var provider = Security.getProvider("SunPKCS11").configure(configuration.toString());
    var keys = KeyStore.getInstance("PKCS11", provider);
    keys.load(null, Files.readString(pin).strip().toCharArray());
    var key = (PrivateKey) keys.getKey(label, null);
    if (key == null) {
      throw new IllegalStateException("SunPKCS11 sees no key " + label + " in token " + token);
    }
    var algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    var signers =
        ThreadLocal.withInitial(() -> {
          try {
            return Signature.getInstance(algorithm, provider);
          } catch (GeneralSecurityException missing) {
            throw new IllegalStateException(missing);
          }
        });
    return () -> {
      try {
        var signer = signers.get();
        signer.initSign(key);
        signer.update(DATA);
        signer.sign();
      } catch (GeneralSecurityException failed) {
        throw new IllegalStateException(failed);
      }
    };
  }
}
