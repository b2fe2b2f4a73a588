package dev.nameplate.ca.device;

import dev.nameplate.ca.x509.Certificate;
import java.time.Duration;
import java.util.Optional;

/// Who asks, and by what right: the outcome of authentication.
public sealed interface Requester {

  Owner owner();

  /// The identity epoch of the owner in which the credential was given.
  int epoch();

  /// What was shown, in a form that can be stored and compared: `secret:ID`, `certificate:SHA256`,
  /// `idevid:SHA256`, `station:SHA256`.
  String credential();

  /// The id of the owner's enrollment secret that was shown: the store looks at it once more, and
  /// spends one use of it.
  default Optional<String> secret() {
    return Optional.empty();
  }

  /// The owner's certificate of this CA that was shown: the store looks at it once more, and what
  /// is issued replaces it.
  default Optional<Certificate> certificate() {
    return Optional.empty();
  }

  /// The one of the two who shows a certificate, if there are two credentials; else this.
  default Requester holder() {
    return this;
  }

  /// Knows the owner's enrollment secret.
  record BySecret(Owner owner, int epoch, String secretId) implements Requester {
    @Override
    public String credential() {
      return "secret:" + secretId;
    }

    @Override
    public Optional<String> secret() {
      return Optional.of(secretId);
    }
  }

  /// Holds the key of a certificate that this CA issued to the owner, which was valid when looked
  /// at, or had expired within the grace.
  ///
  /// @param grace how long after its notAfter it may still be renewed, and nothing else
  record ByCertificate(Owner owner, int epoch, Certificate presented, Duration grace)
      implements Requester {

    /// What credentials of this kind begin with.
    public static final String SCHEME = "certificate:";

    public ByCertificate {
      if (grace.isNegative()) {
        throw new IllegalArgumentException("a grace of " + grace);
      }
    }

    /// Valid, and good for nothing once it expires.
    public ByCertificate(Owner owner, int epoch, Certificate presented) {
      this(owner, epoch, presented, Duration.ZERO);
    }

    @Override
    public String credential() {
      return SCHEME + presented.sha256();
    }

    @Override
    public Optional<Certificate> certificate() {
      return Optional.of(presented);
    }
  }

  /// Holds a certificate's key and knows the owner's enrollment secret, too.
  ///
  /// @param holder what the certificate says
  record WithSecret(Requester holder, String secretId) implements Requester {

    public WithSecret {
      if (holder.secret().isPresent()) {
        throw new IllegalArgumentException("two secrets");
      }
    }

    @Override
    public Owner owner() {
      return holder.owner();
    }

    @Override
    public int epoch() {
      return holder.epoch();
    }

    @Override
    public String credential() {
      return holder.credential() + "+secret:" + secretId;
    }

    @Override
    public Optional<String> secret() {
      return Optional.of(secretId);
    }

    @Override
    public Optional<Certificate> certificate() {
      return holder.certificate();
    }
  }

  /// Holds the key of a certificate of its manufacturer (an IDevID of IEEE 802.1AR), whom the label
  /// trusts for first enrollment.
  ///
  /// @param anchor SHA-256 in hex of the manufacturer's authority through which it is trusted
  record ByManufacturer(Owner owner, int epoch, Certificate idevid, String anchor)
      implements Requester {
    @Override
    public String credential() {
      return "idevid:" + idevid.sha256();
    }
  }

  /// A station asks for the owner (a registration authority of RFC 7030 section 3.7).
  ///
  /// @param presented the station's certificate
  record ByStation(Owner owner, int epoch, Owner station, Certificate presented)
      implements Requester {

    /// What credentials of this kind begin with.
    public static final String SCHEME = "station:";

    @Override
    public String credential() {
      return SCHEME + presented.sha256();
    }
  }

  /// Nameplate itself, for its own keys: `init`, and the renewal of what it made.
  record Internal(Owner owner, int epoch, String purpose) implements Requester {
    @Override
    public String credential() {
      return "internal:" + purpose;
    }
  }
}
