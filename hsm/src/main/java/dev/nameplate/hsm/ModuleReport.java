package dev.nameplate.hsm;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a PKCS#11 library says of itself and of the tokens in it, in words.
///
/// @param cryptoki the version of PKCS#11 that it follows
public record ModuleReport(
    String module,
    String manufacturer,
    String description,
    String version,
    String cryptoki,
    List<Slot> slots) {

  /// A slot with a token in it.
  ///
  /// @param id its number, which may change with every start
  /// @param token null if it does not say what it is, and `fault` says why
  public record Slot(
      String id, String description, @Nullable Token token, @Nullable String fault) {}

  /// @param flags their names: `CKF_LOGIN_REQUIRED`
  /// @param pin what is known of the PIN without trying it: `ok`, or the flag that warns
  /// @param sessions how many sessions a process may have open: a number, `any` or `unknown`
  /// @param rwSessions how many of them may write
  public record Token(
      String label,
      String manufacturer,
      String model,
      String serial,
      String hardware,
      String firmware,
      List<String> flags,
      String pin,
      String sessions,
      String rwSessions,
      List<Offer> mechanisms) {}

  /// A mechanism that a token offers.
  ///
  /// @param name `CKM_ECDSA`, or a number
  /// @param smallest the smallest key, in the mechanism's own unit: bits, for RSA and EC
  /// @param does what it is good for: `sign`
  public record Offer(String name, long smallest, long largest, List<String> does) {}
}
