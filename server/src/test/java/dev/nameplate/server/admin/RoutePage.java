package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.AdminRole;
import java.util.List;

/// The table of routes and roles, as people read it.
final class RoutePage {

  private static final List<String> ROLES = List.copyOf(Role.all());

  private RoutePage() {}

  static String of(List<Route> routes) {
    var page =
        new StringBuilder(
            """
            # Who may use which route

            Generated from the routes of the server, which does not start with one that names no role;
            `RoleMatrixTest` calls every one of them with every role. What each role is for:
            [roles.md](roles.md).

            `x`: may; `s`: may, within the scopes of their grants; a blank: 403. The last column says what
            has to be within reach of whoever has no grant without a limit; where it is blank, only grants
            without a limit count.

            """);
    page.append("| route |");
    ROLES.forEach(role -> page.append(' ').append(role).append(" |"));
    page.append(" scope |\n|---|").append("---|".repeat(ROLES.size() + 1)).append('\n');
    for (var route : routes) {
      page.append("| `").append(route.verb()).append(' ').append(route.path()).append("` |");
      ROLES.forEach(role -> page.append(' ').append(cell(route, role)).append(" |"));
      page.append(' ').append(words(route.limit())).append(" |\n");
    }
    return page.append('\n')
        .append(routes.size())
        .append(" routes, ")
        .append(AdminRole.values().length)
        .append(" roles of administrators, and nodes.\n")
        .toString();
  }

  private static String cell(Route route, String role) {
    if (!route.roles().contains(role)) {
      return " ";
    }
    return route.limit() == Limited.By.NOTHING || role.equals(Role.NODE) ? "x" : "s";
  }

  private static String words(Limited.By limit) {
    return switch (limit) {
      case NOTHING -> "";
      case DEVICE -> "the device";
      case REQUEST -> "the device that asks";
      case ROLE, ISSUER -> "the authority";
      case LABEL -> "the authority behind the label";
      case ITSELF -> "what is asked for, or listed";
    };
  }
}
