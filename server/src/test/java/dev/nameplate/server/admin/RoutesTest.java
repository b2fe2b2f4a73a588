package dev.nameplate.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Every route, and who may use it: the page people read is what the annotations say.
@Tag("A8")
@Tag("G18")
class RoutesTest {

  /// The module's folder is where surefire runs tests.
  private static final java.nio.file.Path PAGE = java.nio.file.Path.of("..", "docs", "routes.md");

  @Test
  void thePageOfRoutesSaysWhoMayUseEachOfThem() throws Exception {
    var actual = RoutePage.of(Route.of(AdminApplication.RESOURCES));
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, actual);
    }
    assertThat(actual)
        .as("%s is not what the routes say now; renew it with: ./build fix", PAGE)
        .isEqualTo(Files.exists(PAGE) ? Files.readString(PAGE) : "");
  }

  @Test
  void theAuditorReadsTheAuditLogAndReportsAndNothingElse() {
    assertThat(Route.of(AdminApplication.RESOURCES))
        .filteredOn(route -> route.roles().contains(Role.AUDITOR))
        .filteredOn(route -> !route.path().startsWith("/audit"))
        .filteredOn(route -> !route.path().startsWith("/reports"))
        .filteredOn(route -> !route.path().startsWith("/checkpoints"))
        .extracting(Route::path)
        .containsExactlyInAnyOrderElementsOf(List.of("/server", "/whoami", "/openapi.json"));
  }

  @Test
  void theViewerChangesNothing() {
    assertThat(Route.of(AdminApplication.RESOURCES))
        .filteredOn(route -> route.roles().contains(Role.VIEWER))
        .extracting(Route::verb)
        .containsOnly("GET");
  }

  @Test
  void aNodeShowsItselfToNoAdministratorsRoute() {
    assertThat(Route.of(AdminApplication.RESOURCES))
        .filteredOn(route -> route.roles().contains(Role.NODE))
        .allSatisfy(route -> {
          assertThat(route.roles()).containsExactly(Role.NODE);
          assertThat(route.path()).startsWith("/nodes/{id}/");
        });
  }

  // What keeps a server from starting

  @Path("things")
  public static final class Forgotten {
    @GET
    @RolesAllowed(Role.VIEWER)
    public String list() {
      return "all";
    }

    @DELETE
    @Path("{id}")
    public String remove() {
      return "gone";
    }
  }

  @Path("things")
  public static final class Nobodys {
    @GET
    @RolesAllowed({})
    public String list() {
      return "all";
    }
  }

  @Path("things")
  public static final class Misspelt {
    @GET
    @RolesAllowed({Role.VIEWER, "security_officer"})
    public String list() {
      return "all";
    }
  }

  @Path("things")
  public static final class HandedOn {
    @Path("{id}")
    @RolesAllowed(Role.VIEWER)
    public Object locate() {
      return "all";
    }
  }

  @Test
  void aRouteForWhichNobodyNamedARoleKeepsTheServerFromStarting() {
    refused(Forgotten.class, "the route DELETE /things/{id} names no role");
    refused(Nobodys.class, "the route GET /things names no role");
    refused(Misspelt.class, "names the role 'security_officer', and there is none");
    refused(HandedOn.class, "everything below /things/{id} is handed on");
    assertThatNoException().isThrownBy(() -> Route.of(AdminApplication.RESOURCES));
  }

  @Test
  void whatIsServedAndNotListedKeepsTheServerFromStarting() {
    assertThatIllegalStateException()
        .isThrownBy(
            () -> AdminApplication.requireRoles(List.of(new Forgotten()), List.of(Nobodys.class)))
        .withMessageContaining("Forgotten");
    assertThatIllegalStateException()
        .isThrownBy(
            () -> AdminApplication.requireRoles(List.of(new Forgotten()), List.of(Forgotten.class)))
        .withMessage("the route DELETE /things/{id} names no role");
  }

  private static void refused(Class<?> resource, String why) {
    assertThatIllegalStateException()
        .isThrownBy(() -> Route.of(List.of(resource)))
        .withMessageContaining(why);
  }
}
