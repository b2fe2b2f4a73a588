package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.AdminRole;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/// Who may use a route, as `@RolesAllowed` names them. A server with a route that names none does
/// not start.
final class Role {

  /// Looks at everything but the audit log.
  static final String VIEWER = "viewer";

  /// Reads and checks the audit log, and the reports.
  static final String AUDITOR = "auditor";

  /// Registers devices and gives them secrets.
  static final String LINE_OPERATOR = "line-operator";

  /// Does with devices all that one person may.
  static final String DEVICE_ADMIN = "device-admin";

  /// Revokes and holds certificates, and retires devices.
  static final String REVOKER = "revoker";

  /// Looks after authorities, their CRLs and keys, stations and nodes.
  static final String CA_ADMIN = "ca-admin";

  /// Decides what needs a second person, and who is an administrator.
  static final String SECURITY_OFFICER = "security-officer";

  /// A broker or gateway: tells what it sees, and asks whom to let in.
  static final String GATEWAY = "gateway";

  /// A status node: may ask for what it needs itself.
  static final String NODE = "node";

  private Role() {}

  /// All there are, in the order of tables.
  static SequencedSet<String> all() {
    var all = new LinkedHashSet<String>();
    Arrays.stream(AdminRole.values()).map(AdminRole::text).forEach(all::add);
    all.add(NODE);
    return all;
  }
}
