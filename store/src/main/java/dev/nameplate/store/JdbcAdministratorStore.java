package dev.nameplate.store;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.GrantRules;
import dev.nameplate.ca.admin.Granter;
import dev.nameplate.ca.admin.Scope;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.store.AdministratorStore;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.GrantOutcome;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What administrators may do, in the database.
final class JdbcAdministratorStore implements AdministratorStore {

  /// One row for each grant, of those who are let in.
  private static final String SELECT =
      """
      SELECT owner_kind, owner_id, role, scope FROM admin_role
      JOIN owner ON owner.kind = owner_kind AND owner.id = owner_id
        AND owner.state IN ('REGISTERED', 'ENROLLED', 'ACTIVE')
      """;

  private record Held(Owner admin, Grant grant) {}

  private final GroupCommit writer;
  private final Reader reader;

  JdbcAdministratorStore(GroupCommit writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public Set<Grant> grants(Owner admin) {
    return together(
            reader.read(connection ->
                Sql.list(
                    connection,
                    SELECT + "WHERE owner_kind = ? AND owner_id = ?",
                    JdbcAdministratorStore::held,
                    admin.kind().text(),
                    admin.id())))
        .getOrDefault(admin, Set.of());
  }

  @Override
  public Map<Owner, Set<Grant>> grants() {
    return Map.copyOf(
        together(
            reader.read(connection -> Sql.list(connection, SELECT, JdbcAdministratorStore::held))));
  }

  @Override
  public GrantOutcome grant(Owner admin, Set<Grant> wanted, Granter by, Instant now) {
    return writer.submit(
        Lane.ISSUE,
        admin.foldedName(),
        "grant to " + admin,
        transaction -> {
          lockOfficers(transaction);
          if (!isThere(transaction, admin)) {
            return new GrantOutcome.NotFound();
          }
          var held = grants(transaction, admin);
          var refusal =
              GrantRules.whyNotGiven(by, grantersOf(transaction, by), admin, held, wanted);
          if (refusal.isPresent()) {
            return new GrantOutcome.Refused(refusal.get());
          }
          var added = new TreeSet<>(wanted);
          added.removeAll(held);
          for (var grant : added) {
            var role = grant.role().text();
            var scope = grant.scope().toString();
            transaction.update(
                """
                INSERT INTO admin_role (owner_kind, owner_id, role, scope, granted_at, granted_by)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                admin.kind().text(),
                admin.id(),
                role,
                scope,
                now,
                by.toString());
            transaction.record(new AuditEvent.RoleGranted(admin, role, scope, by.toString()));
          }
          return new GrantOutcome.Done(grants(transaction, admin), Set.copyOf(added));
        });
  }

  @Override
  public GrantOutcome revoke(Owner admin, Set<Grant> unwanted, Granter by, Instant now) {
    return writer.submit(
        Lane.REVOKE,
        admin.foldedName(),
        "take from " + admin,
        transaction -> {
          lockOfficers(transaction);
          return take(transaction, admin, unwanted, by, now);
        });
  }

  @Override
  public GrantOutcome dismiss(Owner admin, Granter by, Instant now) {
    return writer.submit(
        Lane.REVOKE,
        admin.foldedName(),
        "dismiss " + admin,
        transaction -> {
          lockOfficers(transaction);
          return take(transaction, admin, grants(transaction, admin), by, now);
        });
  }

  private static GrantOutcome take(
      Transaction transaction, Owner admin, Set<Grant> unwanted, Granter by, Instant now)
      throws SQLException {
    if (!isThere(transaction, admin)) {
      return new GrantOutcome.NotFound();
    }
    var taken = new TreeSet<>(unwanted);
    taken.retainAll(grants(transaction, admin));
    var refusal =
        GrantRules.whyNotTaken(
            by,
            grantersOf(transaction, by),
            admin,
            taken,
            isThereAnotherOfficer(transaction, admin, now));
    if (refusal.isPresent()) {
      return new GrantOutcome.Refused(refusal.get());
    }
    for (var grant : taken) {
      var role = grant.role().text();
      var scope = grant.scope().toString();
      transaction.update(
          """
          DELETE FROM admin_role
          WHERE owner_kind = ? AND owner_id = ? AND role = ? AND scope = ?
          """,
          admin.kind().text(),
          admin.id(),
          role,
          scope);
      transaction.record(new AuditEvent.RoleRevoked(admin, role, scope, by.toString()));
    }
    return new GrantOutcome.Done(grants(transaction, admin), Set.copyOf(taken));
  }

  /// Whoever gives or takes takes these rows first, in one order: of two security officers who take
  /// each other's role at once, the second finds that they have none any more.
  private static void lockOfficers(Transaction transaction) throws SQLException {
    transaction.list(
        """
        SELECT owner_id FROM admin_role WHERE role = ?
        ORDER BY owner_kind, owner_id, role, scope FOR UPDATE
        """,
        row -> row.getString("owner_id"),
        AdminRole.SECURITY_OFFICER.text());
  }

  private static boolean isThere(Transaction transaction, Owner admin) throws SQLException {
    return admin.kind() == OwnerKind.ADMIN
        && Owners.lock(transaction, admin)
            .filter(found -> found.state().mayEnroll())
            .isPresent();
  }

  private static Set<Grant> grantersOf(Transaction transaction, Granter by) throws SQLException {
    return switch (by) {
      case Granter.Officer(var officer) -> grants(transaction, officer);
      case Granter.Founder _ -> Set.of();
    };
  }

  private static Set<Grant> grants(Transaction transaction, Owner admin) throws SQLException {
    return together(
            transaction.list(
                SELECT + "WHERE owner_kind = ? AND owner_id = ?",
                JdbcAdministratorStore::held,
                admin.kind().text(),
                admin.id()))
        .getOrDefault(admin, Set.of());
  }

  private static boolean isThereAnotherOfficer(Transaction transaction, Owner besides, Instant now)
      throws SQLException {
    return transaction
        .first(
            SELECT
                + """
                WHERE role = ? AND scope = ? AND NOT (owner_kind = ? AND owner_id = ?)
                  AND EXISTS (
                    SELECT 1 FROM certificate
                    WHERE certificate.owner_kind = admin_role.owner_kind
                      AND certificate.owner_id = admin_role.owner_id
                      AND certificate.state = ? AND certificate.revoked_at IS NULL
                      AND certificate.not_after >= ?)
                FETCH FIRST 1 ROWS ONLY
                """,
            JdbcAdministratorStore::held,
            AdminRole.SECURITY_OFFICER.text(),
            Scope.EVERYWHERE.toString(),
            besides.kind().text(),
            besides.id(),
            CertificateState.ISSUED,
            now.plus(ENOUGH))
        .isPresent();
  }

  private static Map<Owner, Set<Grant>> together(List<Held> rows) {
    var grants = new HashMap<Owner, Set<Grant>>();
    for (var row : rows) {
      grants.computeIfAbsent(row.admin(), _ -> new TreeSet<>()).add(row.grant());
    }
    grants.replaceAll((_, held) -> Set.copyOf(held));
    return grants;
  }

  private static Held held(ResultSet row) throws SQLException {
    return new Held(
        new Owner(OwnerKind.of(row.getString("owner_kind")), row.getString("owner_id")),
        new Grant(AdminRole.of(row.getString("role")), Scope.of(row.getString("scope"))));
  }
}
