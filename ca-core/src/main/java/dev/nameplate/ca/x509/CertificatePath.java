package dev.nameplate.ca.x509;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.jspecify.annotations.Nullable;

/// Path validation by RFC 5280 section 6, for a client certificate of somebody else's authority,
/// and for who signed a document: signatures, validity, names, CA bits, path length, key usage,
/// name constraints, unknown critical extensions. Revocation is not checked: nobody gives us the
/// CRLs of manufacturers.
///
/// The work is bounded: short paths, certificates that [Certificate#parse] has read, so that every
/// key is above the floor, and a signature is looked at only where the names already fit.
public final class CertificatePath {

  /// How many certificates a client may present.
  public static final int LONGEST = 5;

  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36";
  private static final String ANY_USE = "2.5.29.37.0";
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int KEY_CERT_SIGN = 5;

  /// What the first certificate is for.
  private enum Use {
    CLIENT("client", "clientAuth") {
      @Override
      boolean isAllowedBy(Set<String> uses) {
        return uses.isEmpty() || uses.contains(CLIENT_AUTH) || uses.contains(ANY_USE);
      }
    },
    // it says so itself: any other certificate of ours must not do for it
    SIGNER("signer's", "documentSigning") {
      @Override
      boolean isAllowedBy(Set<String> uses) {
        return uses.contains(DOCUMENT_SIGNING);
      }
    };

    private final String whose;
    private final String word;

    Use(String whose, String word) {
      this.whose = whose;
      this.word = word;
    }

    abstract boolean isAllowedBy(Set<String> uses);
  }

  /// What came of it.
  public sealed interface Result {

    /// @param anchor the one of the anchors that the path begins at
    record Trusted(Certificate anchor) implements Result {}

    /// @param why for whoever has to find out what is wrong
    record NotTrusted(String why) implements Result {}
  }

  private CertificatePath() {}

  /// Whether the first of the presented certificates is one with which a client of these anchors
  /// may authenticate at `now`.
  ///
  /// @param presented the client's own first, then the intermediate ones, in any order
  public static Result validate(
      List<Certificate> presented, Collection<Certificate> anchors, Instant now) {
    return validate(presented, anchors, now, Use.CLIENT);
  }

  /// Whether the first of these certificates is one with which somebody below these anchors signed
  /// documents (RFC 9336) of this kind at `then`.
  ///
  /// @param chain the signer's own first, then the intermediate ones, in any order
  /// @param title what its common name says before the name of its node: `receipt signer`; who may
  ///   sign documents of one kind may not sign those of all
  public static Result validateSigner(
      List<Certificate> chain, Collection<Certificate> anchors, Instant then, String title) {
    var named =
        chain.stream()
            .findFirst()
            .flatMap(signer -> signer.subject().commonName())
            .filter(name -> name.startsWith(title + " "));
    if (named.isEmpty() && !chain.isEmpty()) {
      return new Result.NotTrusted(chain.getFirst().subject() + " is no " + title);
    }
    return validate(chain, anchors, then, Use.SIGNER);
  }

  private static Result validate(
      List<Certificate> presented, Collection<Certificate> anchors, Instant now, Use use) {
    if (presented.isEmpty() || presented.size() > LONGEST) {
      return new Result.NotTrusted("a chain of " + presented.size() + " certificates");
    }
    var leaf = presented.getFirst();
    var unfit = unfit(leaf, now, use);
    if (unfit.isPresent()) {
      return new Result.NotTrusted(unfit.get());
    }
    var path = new ArrayList<>(List.of(leaf));
    while (true) {
      var last = path.getLast();
      var certifiers = anchors.stream().filter(anchor -> certifies(anchor, last)).toList();
      if (!certifiers.isEmpty()) {
        return trusted(path, certifiers, now);
      }
      var next =
          presented.stream()
              .filter(each -> !path.contains(each))
              .filter(each -> certifies(each, last))
              .findFirst();
      if (next.isEmpty()) {
        return new Result.NotTrusted(
            "the chain ends at "
                + last.issuer()
                + ", which is neither a trust anchor here nor among the certificates presented");
      }
      path.add(next.get());
    }
  }

  /// Why this certificate cannot be a trust anchor; empty if it can.
  public static Optional<String> unfitAsAnchor(Certificate certificate) {
    if (!certificate.isAuthority()) {
      return Optional.of("it is no authority's: basicConstraints does not say CA:TRUE");
    }
    var usage = x509(certificate).getKeyUsage();
    return usage == null || usage[KEY_CERT_SIGN]
        ? Optional.empty()
        : Optional.of("its keyUsage does not allow keyCertSign");
  }

  private static Optional<String> unfit(Certificate leaf, Instant now, Use use) {
    var the = "the " + use.whose + " certificate";
    if (now.isBefore(leaf.notBefore())) {
      return Optional.of(the + " is not valid before " + leaf.notBefore());
    }
    if (!leaf.isValidAt(now)) {
      return Optional.of(the + " expired at " + leaf.notAfter());
    }
    if (leaf.isAuthority()) {
      return Optional.of(the + " is an authority's");
    }
    var usage = x509(leaf).getKeyUsage();
    if (usage != null && !usage[DIGITAL_SIGNATURE]) {
      return Optional.of(the + "'s keyUsage does not allow digitalSignature");
    }
    return use.isAllowedBy(leaf.extendedKeyUsage())
        ? Optional.empty()
        : Optional.of(the + "'s extendedKeyUsage does not allow " + use.word);
  }

  private static boolean certifies(Certificate issuer, Certificate subject) {
    return issuer.subject().matches(subject.issuer()) && subject.isSignedBy(issuer.publicKey());
  }

  private static Result trusted(List<Certificate> path, List<Certificate> anchors, Instant now) {
    var why = "";
    for (var anchor : anchors) {
      var fault = fault(path, anchor, now);
      if (fault.isEmpty()) {
        return new Result.Trusted(anchor);
      }
      why = fault.get();
    }
    return new Result.NotTrusted(why);
  }

  private static Optional<String> fault(List<Certificate> path, Certificate anchor, Instant now) {
    var top = x509(anchor);
    // the JDK takes an anchor for a name and a key only (RFC 5937 says better)
    if (path.size() - 1 > top.getBasicConstraints()) {
      return Optional.of("the path is longer than " + anchor.subject() + " allows");
    }
    try {
      var chain = path.stream().map(CertificatePath::x509).toList();
      var parameters = new PKIXParameters(Set.of(new TrustAnchor(top, nameConstraints(top))));
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now.truncatedTo(ChronoUnit.SECONDS)));
      CertPathValidator.getInstance("PKIX")
          .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
      return Optional.empty();
    } catch (CertPathValidatorException invalid) {
      var at = invalid.getIndex() < 0 ? anchor : path.get(invalid.getIndex());
      return Optional.of(at.subject() + ": " + invalid.getMessage());
    } catch (GeneralSecurityException | IllegalArgumentException unusable) {
      return Optional.of("the path cannot be validated: " + unusable.getMessage());
    }
  }

  /// The content of the extension in DER, as the JDK wants it.
  private static byte @Nullable [] nameConstraints(X509Certificate anchor) {
    var extension = anchor.getExtensionValue(NAME_CONSTRAINTS);
    return extension == null ? null : ASN1OctetString.getInstance(extension).getOctets();
  }

  private static X509Certificate x509(Certificate certificate) {
    try (var der = new ByteArrayInputStream(certificate.der().toByteArray())) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(der);
    } catch (GeneralSecurityException | IOException unreadable) {
      throw new IllegalArgumentException(
          certificate + " cannot be read: " + unreadable.getMessage(), unreadable);
    }
  }
}
