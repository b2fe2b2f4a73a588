package dev.nameplate.server;

import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.Granter;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.store.GrantOutcome;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes an administrator with all roles for an hour, when none of the others can get in: for
/// somebody on the server's host, who has its folder, its database and the PIN of its token. There is
/// no such administrator without the row in the audit log that says so.
public final class BreakGlass {

  /// Where requests wait that a running server takes up.
  public static final String FOLDER = "break-glass";

  static final String ACT = "break-glass";

  private static final Logger LOG = LoggerFactory.getLogger(BreakGlass.class);
  private static final int LONGEST = 500;
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("'break-glass-'yyyyMMdd'T'HHmmss.SSS", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /// Who wants it, and why.
  ///
  /// @param user of the operating system
  public record Reason(String text, String user) {

    /// @throws IllegalArgumentException if one of them is blank, too long, or more than a line
    public Reason {
      for (var each : new String[] {text, user}) {
        if (each.isBlank()
            || each.length() > LONGEST
            || each.codePoints().anyMatch(Character::isISOControl)) {
          throw new IllegalArgumentException("a reason is one line, of 1 to 500 characters");
        }
      }
    }
  }

  private BreakGlass() {}

  /// With the database and the token of a folder whose server does not run.
  ///
  /// @throws StoreException if it cannot be written down; nothing was made then
  /// @throws NotIssuedException if the rules refuse it
  public static Certificate make(Core core, Csr request, Reason reason) {
    var source = ProfileFiles.breakGlass();
    var profile = source.profile();
    core.authorities().refresh();
    core.record(source);
    var now = core.clock().instant();
    var owner = new Owner(OwnerKind.ADMIN, NAME.format(now));
    core.own().register(owner, profile.name());
    core.database()
        .audit()
        .append(
            new AuditEvent.GlassBroken(
                owner,
                reason.text(),
                reason.user(),
                now.minus(profile.backdate()).plus(profile.validity())));
    var granted =
        core.database().administrators().grant(owner, Grant.all(), new Granter.Founder(ACT), now);
    if (!(granted instanceof GrantOutcome.Done)) {
      throw new NotIssuedException(owner + " is given no roles: " + granted);
    }
    var made = core.own().issue(owner, profile, request, ACT);
    shout(owner, made.notAfter());
    return made;
  }

  static void shout(Owner owner, Instant until) {
    LOG.error(
        "BREAK-GLASS: {} may do everything until {}; the audit log says who made it, and why",
        owner,
        until);
  }
}
