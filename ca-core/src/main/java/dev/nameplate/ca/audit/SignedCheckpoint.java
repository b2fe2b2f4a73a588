package dev.nameplate.ca.audit;

import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.signing.Jws;
import dev.nameplate.ca.signing.MalformedJwsException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/// A checkpoint, and the signature over it. That one was read says that its first certificate's key
/// signed it; whether that certificate is to be believed, [AuditProof] finds out.
///
/// @param chain the signer's certificate first
/// @param jws what is stored and passed on (RFC 7515)
public record SignedCheckpoint(Checkpoint checkpoint, List<Certificate> chain, String jws) {

  public static final String TYPE = "nameplate-checkpoint+json";

  public SignedCheckpoint {
    chain = List.copyOf(chain);
  }

  /// @throws dev.nameplate.ca.signing.SigningException if the key is away
  public static SignedCheckpoint sign(Checkpoint checkpoint, CertifiedKey by) {
    var jws = Jws.sign(by, TYPE, checkpoint.json());
    return new SignedCheckpoint(checkpoint, jws.chain(), jws.compact());
  }

  /// @throws MalformedCheckpointException if it is none, or its signature does not fit
  public static SignedCheckpoint parse(String jws) throws MalformedCheckpointException {
    try {
      var read = Jws.parse(jws);
      if (!read.type().equals(TYPE)) {
        throw new MalformedCheckpointException("it is a " + read.type());
      }
      return new SignedCheckpoint(Checkpoint.parse(read.payload()), read.chain(), jws);
    } catch (MalformedJwsException malformed) {
      throw new MalformedCheckpointException(String.valueOf(malformed.getMessage()), malformed);
    }
  }

  /// As the next checkpoint names it, in hex.
  public String sha256() {
    return sha256(jws);
  }

  /// Of a JWS as it is written.
  public static String sha256(String jws) {
    return HexFormat.of().formatHex(Der.sha256(jws.getBytes(StandardCharsets.US_ASCII)));
  }
}
