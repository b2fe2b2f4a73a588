package dev.nameplate.server.admin;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the admin API says about devices that change hands, and the package in which they do. See
/// [AdminApi] for what holds for all of it.
public final class TransferApi {

  /// How many devices one package may have.
  public static final int MOST_DEVICES = 1000;

  /// The `typ` of the JWS that a package is.
  public static final String TYPE = "nameplate-transfer+json";

  /// `POST /inventory/transfer`.
  ///
  /// @param ids of retired devices, [#MOST_DEVICES] at most
  /// @param to the new owner, in words
  public record Transfer(@Nullable List<String> ids, @Nullable String to) {}

  /// @param sha256 of the bytes of `jws`, which the audit log has, too
  /// @param jws the signed [Handover] in compact form
  public record Packed(String sha256, int devices, String jws) {}

  /// `POST /inventory/receive`.
  ///
  /// @param jws as [Packed] has it
  /// @param trust the authorities in PEM below which it must have been signed
  /// @param profile for the devices here
  public record Receive(@Nullable String jws, @Nullable String trust, @Nullable String profile) {}

  /// Devices that change hands: the payload of the JWS.
  ///
  /// @param v 1
  /// @param node that made it
  /// @param by whom
  public record Handover(
      int v, String node, String to, Instant madeAt, String by, List<Device> devices) {}

  /// A device of a package, with its history.
  ///
  /// @param epoch the last one with the old owner
  /// @param keys the SHA-256 of each public key that it had: its new owner refuses them
  /// @param idevids the SHA-256 of the manufacturer's certificates with which it enrolled
  public record Device(
      String id,
      @Nullable String hardwareSerial,
      @Nullable String model,
      @Nullable String site,
      @Nullable String group,
      @Nullable String lot,
      @Nullable String owner,
      int epoch,
      String state,
      Instant registeredAt,
      Instant retiredAt,
      List<String> keys,
      List<String> idevids,
      List<Certificate> certificates,
      Audit audit) {}

  /// @param sha256 of the whole certificate; null unless it was issued
  /// @param reason why it was revoked, in the words of RFC 5280
  public record Certificate(
      String issuer,
      String serial,
      int epoch,
      String state,
      String spkiSha256,
      @Nullable String sha256,
      Instant notBefore,
      Instant notAfter,
      @Nullable Instant revokedAt,
      @Nullable String reason) {}

  /// From which to which row the old owner's audit log speaks of the device.
  ///
  /// @param rows how many; the newest 1,000 are counted
  public record Audit(long rows, AuditPoint from, AuditPoint to) {}

  public record AuditPoint(String chain, long sequence, Instant at, String hash) {}

  private TransferApi() {}
}
