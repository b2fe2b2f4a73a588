package dev.nameplate.server.admin;

import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.SecretRecord;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What a device would be answered if it asked now, and what an operator can do about it. It
/// decides nothing: the rules do, when the device does ask.
final class Prospect {

  /// @param answer an HTTP status, and why
  /// @param next what to do, as a command where there is one
  record Judgement(String answer, String next) {}

  private final OwnerRecord owner;

  Prospect(OwnerRecord owner) {
    this.owner = owner;
  }

  Judgement judge(
      List<CertificateRecord> certificates,
      List<SecretRecord> secrets,
      Optional<PendingRequest> asked,
      Instant now) {
    var id = owner.owner().id();
    var closed = closed(id);
    if (closed.isPresent()) {
      return closed.get();
    }
    var waiting = asked.map(request -> approval(request, now)).orElse(Optional.empty());
    if (waiting.isPresent()) {
      return waiting.get();
    }
    var live =
        certificates.stream()
            .filter(record -> record.state() == CertificateState.ISSUED)
            .filter(record -> record.isLiveAt(now))
            .max(Comparator.comparing(CertificateRecord::notAfter));
    var usable = secrets.stream().filter(secret -> whyNot(secret, now).isEmpty()).findFirst();
    if (live.isPresent()) {
      return new Judgement(
          "200 to a renewal with certificate "
              + live.get().serial()
              + ", valid until "
              + live.get().notAfter()
              + (usable.isPresent() ? ", and to an enrollment with its secret" : ""),
          usable.isPresent()
              ? "Nothing: the device can renew, and enroll."
              : "Nothing while it has that key; if the key is lost: " + newSecret(id));
    }
    if (usable.isPresent()) {
      return new Judgement(
          "200 to an enrollment with secret "
              + usable.get().id()
              + ", good for "
              + usable.get().usesLeft()
              + " more until "
              + usable.get().expiresAt(),
          "Let the device enroll under the label " + owner.label() + ".");
    }
    var held = certificates.stream().filter(CertificateRecord::isHeld).findFirst();
    if (held.isPresent()) {
      return new Judgement(
          "403: its certificate " + held.get().serial() + " is on hold",
          "Release it: nameplate cert release %s; or revoke it, and: %s"
              .formatted(held.get().serial(), newSecret(id)));
    }
    var newest = secrets.stream().max(Comparator.comparing(SecretRecord::expiresAt));
    var why =
        newest
            .flatMap(secret -> whyNot(secret, now).map(how -> "its secret " + how))
            .orElse("it was given no secret");
    return new Judgement(
        "403: it has no certificate that is valid now, and " + why,
        "Give it a new secret: " + newSecret(id));
  }

  /// For a device that is given nothing, whatever it shows.
  private Optional<Judgement> closed(String id) {
    return switch (owner.state()) {
      case REGISTERED, ENROLLED, ACTIVE -> Optional.empty();
      case SUSPENDED ->
          Optional.of(
              new Judgement(
                  "403: the device is suspended, on every way in",
                  "Let it go on: nameplate device resume " + id + "; or retire it."));
      case RETIRING ->
          Optional.of(
              new Judgement(
                  "403: the device is retired, on every way in; that is not proven yet",
                  "Finish its retirement; its keys never come back."));
      case RETIRED ->
          Optional.of(
              new Judgement(
                  "403: the device is retired, on every way in",
                  "Its keys never come back; the device itself can, under a new key:"
                      + " nameplate device repurpose "
                      + id));
      case CANCELLED ->
          Optional.of(
              new Judgement(
                  "403: the registration of the device was cancelled",
                  "Register it under another name: nameplate device add NAME --profile "
                      + owner.label()));
      case PURGED ->
          Optional.of(
              new Judgement(
                  "403: the device is retired, on every way in, and was purged",
                  "It never comes back; register it under another name: nameplate device add NAME"
                      + " --profile "
                      + owner.label()));
    };
  }

  /// Why a secret is good for no new request; empty if it is good.
  static Optional<String> whyNot(SecretRecord secret, Instant now) {
    if (secret.burned()) {
      return Optional.of("was burned by a retirement");
    }
    if (secret.usesLeft() < 1) {
      return Optional.of("is spent");
    }
    return now.isBefore(secret.expiresAt())
        ? Optional.empty()
        : Optional.of("expired at " + secret.expiresAt());
  }

  private static Optional<Judgement> approval(PendingRequest request, Instant now) {
    if (request.isOverAt(now)) {
      return Optional.empty();
    }
    var id = request.id();
    return switch (request.stateAt(now)) {
      case PENDING ->
          Optional.of(
              new Judgement(
                  "202: request " + id + " waits for an operator until " + request.expiresAt(),
                  "Decide: nameplate request approve " + id + ", or deny it."));
      case APPROVED ->
          Optional.of(
              new Judgement(
                  "200 to the same request: " + id + " is approved until " + request.expiresAt(),
                  "Wait until the device asks again."));
      case DENIED ->
          Optional.of(
              new Judgement(
                  "403 to the same request: "
                      + id
                      + " was denied: "
                      + request.decision().flatMap(PendingRequest.Decision::reason).orElse(""),
                  "With another key the device may ask again."));
      case USED, EXPIRED, REPLACED, VOIDED -> Optional.empty();
    };
  }

  private static String newSecret(String id) {
    return "nameplate device secret " + id;
  }
}
