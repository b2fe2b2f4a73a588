package dev.nameplate.cli;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.CsrAttribute.ChallengePassword;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.cli.est.Attempt;
import dev.nameplate.cli.est.EstAnswer;
import dev.nameplate.cli.est.EstClient;
import dev.nameplate.cli.est.EstProtocolException;
import dev.nameplate.cli.est.IdentityFolder;
import dev.nameplate.cli.est.IssuedCheck;
import dev.nameplate.cli.est.RenewalWindow;
import dev.nameplate.cli.http.NoAnswerException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// What `est enroll` and `est reenroll` share: ask until there is an answer, look at it, keep it.
final class EstExchange {

  /// One sending of the request.
  interface Ask {
    EstAnswer once() throws NoAnswerException, EstProtocolException;
  }

  /// RFC 7030 section 4.2.3: an operator has to decide.
  private static final int ACCEPTED = 202;

  private final Console console;
  private final EstOptions.Server server;
  private final InstantSource clock = InstantSource.system();

  EstExchange(Console console, EstOptions.Server server) {
    this.console = console;
    this.server = server;
  }

  static Der request(DistinguishedName subject, SoftwareKey key) {
    return Csr.sign(subject, key.publicKey(), key.algorithm(), key::sign);
  }

  /// The request of an attempt once more, tied to one connection: for the server it is the same.
  ///
  /// @param binding as RFC 7030 section 3.5 wants it in challengePassword
  static Der linked(Attempt attempt, String binding) {
    var key = attempt.key();
    return Csr.sign(
        attempt.csr().subject(),
        key.publicKey(),
        List.of(new ChallengePassword(binding)),
        key.algorithm(),
        key::sign);
  }

  /// The authorities as the server names them. Asked before anything else, so that a wrong URL,
  /// label or trust.pem shows before a key is made or a secret is sent.
  List<X509Certificate> cacerts(EstClient client) {
    try {
      return client.cacerts();
    } catch (NoAnswerException silence) {
      throw explain(silence);
    } catch (EstProtocolException strange) {
      throw CommandFailure.error(String.valueOf(strange.getMessage())).because(strange);
    }
  }

  /// When the certificate is to be renewed: as the server says, or as usual.
  RenewalWindow renewalWindow(EstClient client, X509Certificate certificate) {
    try {
      return client.renewalInfo(certificate).orElseGet(() -> RenewalWindow.usual(certificate));
    } catch (NoAnswerException silence) {
      throw explain(silence);
    }
  }

  /// The same for a request that no operator has to approve.
  X509Certificate ask(Ask ask, Duration timeout) {
    return ask(ask, timeout, Duration.ZERO);
  }

  /// Sends the request, again and again while the server says "later", until the time is over.
  ///
  /// @param approval how long to go on while an operator has not approved
  /// @throws CommandFailure if there is no certificate; the attempt stays as it is
  X509Certificate ask(Ask ask, Duration timeout, Duration approval) {
    var approvedBy = clock.instant().plus(approval);
    var end = clock.instant().plus(timeout);
    while (true) {
      try {
        switch (ask.once()) {
          case EstAnswer.Issued(var certificate) -> {
            return certificate;
          }
          case EstAnswer.Refused(int status, var reason) -> throw refusal(status, reason);
          case EstAnswer.TryLater(int status, var after, _) when status == ACCEPTED -> {
            if (clock.instant().plus(after).isAfter(approvedBy)) {
              throw CommandFailure.of(ExitCode.APPROVAL, "it waits for an operator's approval")
                  .next(
                      "After `nameplate request approve` run the same command again, or use --wait;"
                          + " it goes on with the same key.");
            }
            console.say(
                "It waits for an operator's approval. Asking again in "
                    + after.toSeconds()
                    + " s, until "
                    + approvedBy.truncatedTo(ChronoUnit.SECONDS)
                    + ".");
            LockSupport.parkNanos(after.toNanos());
          }
          case EstAnswer.TryLater(int status, var after, var reason) -> {
            if (clock.instant().plus(after).isAfter(end)) {
              throw CommandFailure.error("not yet (HTTP status " + status + "): " + reason)
                  .next("Run the same command again later; it goes on with the same key.");
            }
            console.say(
                "The server says later: "
                    + reason
                    + ". Asking again in "
                    + after.toSeconds()
                    + " s.");
            LockSupport.parkNanos(after.toNanos());
          }
        }
      } catch (NoAnswerException silence) {
        throw explain(silence);
      } catch (EstProtocolException strange) {
        throw CommandFailure.error(String.valueOf(strange.getMessage())).because(strange);
      }
    }
  }

  /// Checks the certificate and makes it the current one of the folder.
  ///
  /// @param shown the folder as it was named
  void keep(
      IdentityFolder folder,
      Path shown,
      Attempt attempt,
      X509Certificate certificate,
      List<X509Certificate> hints,
      boolean json) {
    try {
      var issuers =
          new IssuedCheck(server.trusted(), clock)
              .chain(certificate, attempt.key().publicKey(), hints);
      folder.commit(attempt, certificate, issuers);
    } catch (EstProtocolException wrong) {
      throw CommandFailure.error(wrong.getMessage() + "; it was not kept")
          .next("Is " + server.trust() + " of the server at " + server.url() + "?")
          .because(wrong);
    } catch (IOException failed) {
      throw folderFailure(shown, failed);
    }
    print(shown, certificate, json);
  }

  private void print(Path folder, X509Certificate certificate, boolean json) {
    var values = new LinkedHashMap<String, Object>();
    values.put(
        "subject",
        DistinguishedName.parse(certificate.getSubjectX500Principal().getEncoded()).toString());
    values.put("serial", new SerialNumber(certificate.getSerialNumber()).hex());
    values.put("not_before", certificate.getNotBefore().toInstant());
    values.put("not_after", certificate.getNotAfter().toInstant());
    values.put("key", folder.resolve(IdentityFolder.KEY).toString());
    values.put("certificate", folder.resolve(IdentityFolder.CERTIFICATE).toString());
    values.put("chain", folder.resolve(IdentityFolder.CHAIN).toString());
    if (json) {
      console.printJson(values);
      return;
    }
    var table = Table.pairs();
    values.forEach((name, value) -> table.row(name.replace('_', ' '), value));
    console.print(table);
    console.say(
        "Renew it when two thirds of that time are over:\n  nameplate est reenroll --in %s --out %s"
            .formatted(folder, folder));
  }

  static CommandFailure folderFailure(Path folder, IOException failed) {
    return CommandFailure.error(folder + ": " + failed.getMessage()).because(failed);
  }

  private static CommandFailure refusal(int status, String reason) {
    var exitCode =
        switch (status) {
          case 401, 403 -> ExitCode.DENIED;
          case 404 -> ExitCode.NOT_FOUND;
          case 409 -> ExitCode.CONFLICT;
          default -> ExitCode.ERROR;
        };
    return CommandFailure.of(
        exitCode, "the server says no (HTTP status %d): %s".formatted(status, reason));
  }

  private CommandFailure explain(NoAnswerException silence) {
    var failure = CommandFailure.error(String.valueOf(silence.getMessage())).because(silence);
    return switch (silence.why()) {
      case NOBODY_THERE ->
          failure.next("Is the server running, and is " + server.url() + " its EST URL?");
      case SERVER_NOT_TRUSTED ->
          failure.next("Is " + server.trust() + " the trust.pem of that server?");
      case NOT_LET_IN -> failure.next("The server did not take the TLS client certificate.");
      case TOO_LATE, BROKEN_OFF ->
          failure.next(
              "Run the same command again: it goes on with the same key, and gets the same"
                  + " certificate if one was made.");
    };
  }
}
