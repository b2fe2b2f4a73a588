package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.AdminRole;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/// Who may use a route, as `@RolesAllowed` names them. A server with a route that names none does
/// not start. What each is for: [AdminRole].
public final class Role {

  public static final String VIEWER = "viewer";
  public static final String AUDITOR = "auditor";
  public static final String LINE_OPERATOR = "line-operator";
  public static final String DEVICE_ADMIN = "device-admin";
  public static final String REVOKER = "revoker";
  public static final String CA_ADMIN = "ca-admin";
  public static final String SECURITY_OFFICER = "security-officer";

  /// A status node: may ask for what it needs itself.
  public static final String NODE = "node";

  private Role() {}

  /// All there are, in the order of tables.
  static SequencedSet<String> all() {
    var all = new LinkedHashSet<String>();
    Arrays.stream(AdminRole.values()).map(AdminRole::text).forEach(all::add);
    all.add(NODE);
    return all;
  }
}
