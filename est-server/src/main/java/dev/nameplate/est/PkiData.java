package dev.nameplate.est;

import dev.nameplate.ca.trust.RequestedRevocation.Wanted;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.MalformedDerException;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.io.IOException;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Enumerated;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.cmc.CMCObjectIdentifiers;

/// What is asked for in a Full PKI Request (PKIData, RFC 5272 section 3.2.1). One thing at a time:
/// a certificate, by a PKCS#10 request, or a revocation. The controls that are understood are
/// transactionId, senderNonce and revokeRequest; with any other one, or with parts that are
/// messages themselves, all of it is refused, as section 3.2.1.1 has it.
final class PkiData {

  /// What is wanted.
  sealed interface Wish {

    /// The bodyPartID of the part that says so.
    long part();

    /// A certificate.
    record Certify(long part, Der pkcs10) implements Wish {}

    /// The end of one.
    record Revoke(long part, Wanted wanted) implements Wish {}
  }

  private static final int MOST_PARTS = 16;
  private static final int LONGEST_NONCE = 64;
  private static final long LARGEST_ID = 0xffff_ffffL;

  private static final int TCR = 0;
  private static final int CRM = 1;
  private static final int ORM = 2;

  private record Control(long part, ASN1ObjectIdentifier type, ASN1Encodable value) {}

  private record Request(long part, int choice, ASN1Encodable body) {}

  private final List<Control> controls;
  private final List<Request> requests;
  private final boolean nested;
  private final CmcConversation conversation;

  private PkiData(List<Control> controls, List<Request> requests, boolean nested)
      throws CmcFailure, IOException {
    this.controls = List.copyOf(controls);
    this.requests = List.copyOf(requests);
    this.nested = nested;
    this.conversation =
        new CmcConversation(
            small(CMCObjectIdentifiers.id_cmc_transactionId, ASN1Integer.class),
            small(CMCObjectIdentifiers.id_cmc_senderNonce, ASN1OctetString.class));
  }

  /// Reads what was signed. What it asks for is a second step, so that an answer to a request that
  /// cannot be fulfilled still knows which conversation it belongs to.
  ///
  /// @throws CmcFailure if it is not built as RFC 5272 has it
  static PkiData parse(byte[] encoded) throws CmcFailure {
    try {
      Der.checkStructure(encoded);
      var data = ASN1Sequence.getInstance(ASN1Primitive.fromByteArray(encoded));
      if (!Arrays.equals(data.getEncoded(ASN1Encoding.DER), encoded) || data.size() != 4) {
        throw CmcFailure.malformed(0, "the PKIData is not a sequence of four in DER");
      }
      var known = new HashSet<Long>();
      var controls = new ArrayList<Control>();
      for (var each : parts(data, 0)) {
        controls.add(control(ASN1Sequence.getInstance(each), known));
      }
      var requests = new ArrayList<Request>();
      for (var each : parts(data, 1)) {
        requests.add(request(ASN1TaggedObject.getInstance(each), known));
      }
      var nested = parts(data, 2).size() > 0 || parts(data, 3).size() > 0;
      return new PkiData(controls, requests, nested);
    } catch (MalformedDerException found) {
      throw CmcFailure.malformed(0, found.reason());
    } catch (IOException | RuntimeException malformed) {
      throw CmcFailure.malformed(0, "its PKIData cannot be decoded");
    }
  }

  CmcConversation conversation() {
    return conversation;
  }

  /// The one thing that is asked for.
  ///
  /// @throws CmcFailure if there is none or more than one, or it is not offered here
  Wish wish() throws CmcFailure {
    if (nested) {
      throw CmcFailure.malformed(0, "messages within the message are not offered here");
    }
    var wishes = new ArrayList<Wish>();
    for (var control : controls) {
      if (control.type().equals(CMCObjectIdentifiers.id_cmc_revokeRequest)) {
        wishes.add(new Wish.Revoke(control.part(), revocation(control)));
      } else if (!control.type().equals(CMCObjectIdentifiers.id_cmc_transactionId)
          && !control.type().equals(CMCObjectIdentifiers.id_cmc_senderNonce)) {
        throw CmcFailure.malformed(
            control.part(), "the control " + control.type() + " is not offered here");
      }
    }
    for (var request : requests) {
      wishes.add(new Wish.Certify(request.part(), pkcs10(request)));
    }
    if (wishes.size() != 1) {
      throw CmcFailure.malformed(
          0,
          "it asks for %d things; one certificate or one revocation is answered at a time"
              .formatted(wishes.size()));
    }
    return wishes.getFirst();
  }

  private static ASN1Sequence parts(ASN1Sequence data, int index) throws CmcFailure {
    var parts = ASN1Sequence.getInstance(data.getObjectAt(index));
    if (parts.size() > MOST_PARTS) {
      throw CmcFailure.malformed(
          0, parts.size() + " parts of one kind; at most " + MOST_PARTS + " are read");
    }
    return parts;
  }

  private static Control control(ASN1Sequence encoded, Set<Long> known) throws CmcFailure {
    var part = part(encoded.getObjectAt(0), known);
    var values = ASN1Set.getInstance(encoded.getObjectAt(2));
    if (encoded.size() != 3 || values.size() != 1) {
      throw CmcFailure.malformed(part, "a control that does not have exactly one value");
    }
    return new Control(
        part, ASN1ObjectIdentifier.getInstance(encoded.getObjectAt(1)), values.getObjectAt(0));
  }

  /// All three kinds carry their bodyPartID first, but for crm, where it is the certReqId.
  private static Request request(ASN1TaggedObject encoded, Set<Long> known) throws CmcFailure {
    var body = ASN1Sequence.getInstance(encoded, false);
    return switch (encoded.getTagNo()) {
      case TCR, ORM -> {
        var part = part(body.getObjectAt(0), known);
        if (encoded.getTagNo() == TCR && body.size() != 2) {
          throw CmcFailure.malformed(part, "a tcr that is not a sequence of two");
        }
        yield new Request(part, encoded.getTagNo(), body.getObjectAt(1));
      }
      case CRM -> new Request(0, CRM, body);
      default -> throw CmcFailure.malformed(0, "a request of kind [" + encoded.getTagNo() + "]");
    };
  }

  private static long part(ASN1Encodable encoded, Set<Long> known) throws CmcFailure {
    var value = ASN1Integer.getInstance(encoded).getValue();
    // 0 means the message itself
    if (value.signum() <= 0 || value.bitLength() > 32) {
      throw CmcFailure.malformed(0, "a bodyPartID that is not between 1 and " + LARGEST_ID);
    }
    var part = value.longValueExact();
    if (!known.add(part)) {
      throw CmcFailure.malformed(part, "the bodyPartID " + part + " is there twice");
    }
    return part;
  }

  /// The value of the control of this type, as it will be sent back.
  private <V extends ASN1Encodable> Optional<Der> small(ASN1ObjectIdentifier type, Class<V> form)
      throws CmcFailure, IOException {
    var found = controls.stream().filter(control -> control.type().equals(type)).toList();
    if (found.isEmpty()) {
      return Optional.empty();
    }
    var control = found.getFirst();
    var value = control.value().toASN1Primitive().getEncoded(ASN1Encoding.DER);
    if (found.size() > 1 || !form.isInstance(control.value()) || value.length > LONGEST_NONCE) {
      throw CmcFailure.malformed(
          control.part(),
          "the control "
              + type
              + " is there twice, of the wrong type, or longer than "
              + LONGEST_NONCE
              + " octets");
    }
    return Optional.of(Der.of(value));
  }

  private static Der pkcs10(Request request) throws CmcFailure {
    return switch (request.choice()) {
      case TCR -> Der.of(encoded(request.body(), request.part()));
      case CRM ->
          throw CmcFailure.malformed(0, "requests in CRMF are not offered here, only PKCS#10");
      default ->
          throw CmcFailure.malformed(
              request.part(), "requests of other kinds are not offered here, only PKCS#10");
    };
  }

  /// RevokeRequest, RFC 5272 section 6.11.
  private static Wanted revocation(Control control) throws CmcFailure {
    try {
      var fields = ASN1Sequence.getInstance(control.value());
      var issuer = DistinguishedName.parse(encoded(fields.getObjectAt(0), control.part()));
      var serial = new SerialNumber(ASN1Integer.getInstance(fields.getObjectAt(1)).getValue());
      var reason = ASN1Enumerated.getInstance(fields.getObjectAt(2)).intValueExact();
      int next = 3;
      Optional<Instant> invalidity = Optional.empty();
      if (next < fields.size() && fields.getObjectAt(next) instanceof ASN1GeneralizedTime time) {
        invalidity = Optional.of(time.getDate().toInstant());
        next++;
      }
      if (next < fields.size() && fields.getObjectAt(next) instanceof ASN1OctetString) {
        throw CmcFailure.malformed(control.part(), "revocation by passphrase is not offered here");
      }
      // a comment changes nothing
      if (next < fields.size() && fields.getObjectAt(next) instanceof ASN1UTF8String) {
        next++;
      }
      if (next != fields.size()) {
        throw CmcFailure.malformed(control.part(), "a revokeRequest with more than it can have");
      }
      return new Wanted(issuer, serial, RevocationReason.of(reason), invalidity);
    } catch (ParseException | RuntimeException malformed) {
      throw CmcFailure.malformed(
          control.part(),
          "a revokeRequest whose name, serial, reason or time cannot be read, or whose reason is not"
              + " offered here");
    }
  }

  private static byte[] encoded(ASN1Encodable value, long part) throws CmcFailure {
    try {
      return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    } catch (IOException malformed) {
      throw CmcFailure.malformed(part, "a part that cannot be encoded");
    }
  }
}
