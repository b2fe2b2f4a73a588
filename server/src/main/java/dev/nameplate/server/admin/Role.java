package dev.nameplate.server.admin;

/// Who may use a route, as `@RolesAllowed` names them. A route that names none is for nobody.
final class Role {

  /// May ask and do everything.
  static final String ADMIN = "admin";

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
}
