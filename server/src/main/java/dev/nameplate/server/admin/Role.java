package dev.nameplate.server.admin;

/// Who may use a route, as `@RolesAllowed` names them. A route that names none is for nobody.
final class Role {

  /// May ask and do everything.
  static final String ADMIN = "admin";

  /// A status node: may ask for what it needs itself.
  static final String NODE = "node";

  private Role() {}
}
