package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.Der;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;

/// The proof that an identity of a device has ended; there is one for each.
///
/// @param jws compact, signed
public record StoredReceipt(Owner owner, int epoch, Instant madeAt, String jws) {

  /// Names it: `pump-0017.1`.
  public String id() {
    return id(owner, epoch);
  }

  public static String id(Owner owner, int epoch) {
    return owner.id() + "." + epoch;
  }

  /// Of the text, in hex.
  public String sha256() {
    return HexFormat.of().formatHex(Der.sha256(jws.getBytes(StandardCharsets.US_ASCII)));
  }
}
