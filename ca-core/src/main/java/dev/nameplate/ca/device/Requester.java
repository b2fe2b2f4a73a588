package dev.nameplate.ca.device;

import dev.nameplate.ca.x509.Certificate;
import java.util.Optional;

/// Who asks, and by what right: the outcome of authentication.
public sealed interface Requester {

  Owner owner();

  /// The identity epoch of the owner in which the credential was given.
  int epoch();

  /// What was shown, in a form that can be stored and compared: `secret:ID`, `certificate:SHA256`.
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
  /// at.
  record ByCertificate(Owner owner, int epoch, Certificate presented) implements Requester {
    @Override
    public String credential() {
      return "certificate:" + presented.sha256();
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

  /// Nameplate itself, for its own keys: `init`, and the renewal of what it made.
  record Internal(Owner owner, int epoch, String purpose) implements Requester {
    @Override
    public String credential() {
      return "internal:" + purpose;
    }
  }
}
