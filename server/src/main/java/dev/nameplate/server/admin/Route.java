package dev.nameplate.server.admin;

import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.glassfish.jersey.server.ContainerRequest;
import org.jspecify.annotations.Nullable;

/// A route of the admin API, as its annotations tell it.
///
/// @param path as `/devices/{id}`
/// @param roles for whom it is
record Route(String verb, String path, Set<String> roles, Limited.By limit) {

  private static final Comparator<Route> BY_PATH =
      Comparator.comparing((Route route) -> route.path()).thenComparing(route -> route.verb());

  private static final String ONE_DEVICE = "/devices/{id}";

  Route {
    roles = Set.copyOf(roles);
  }

  /// All routes of these classes, by path.
  ///
  /// @throws IllegalStateException that names the first one that is not for any role that there is:
  ///   nobody thought about who may use it
  static List<Route> of(List<Class<?>> resources) {
    return resources.stream()
        .flatMap(resource -> Arrays.stream(resource.getMethods()))
        .filter(Route::isRoute)
        .map(Route::of)
        .sorted(BY_PATH)
        .toList();
  }

  /// The one that was found for this request; empty if it is for nobody.
  static Optional<Route> of(ContainerRequestContext request) {
    return request instanceof ContainerRequest jersey
        ? Optional.ofNullable(jersey.getUriInfo().getMatchedResourceMethod())
            .map(method -> method.getInvocable().getDefinitionMethod())
            .filter(method -> method.isAnnotationPresent(RolesAllowed.class))
            .map(Route::of)
        : Optional.empty();
  }

  /// @throws IllegalStateException unless it is for some role that there is
  static Route of(Method method) {
    var path = path(method);
    var verb =
        verb(method)
            .orElseThrow(() ->
                new IllegalStateException(
                    "everything below " + path + " is handed on, and is for nobody: " + method));
    var roles =
        Optional.ofNullable(method.getAnnotation(RolesAllowed.class))
            .map(named -> new LinkedHashSet<>(List.of(named.value())))
            .orElseGet(LinkedHashSet::new);
    if (roles.isEmpty()) {
      throw new IllegalStateException("the route " + verb + " " + path + " names no role");
    }
    for (var role : roles) {
      if (!Role.all().contains(role)) {
        throw new IllegalStateException(
            "the route " + verb + " " + path + " names the role '" + role + "', and there is none");
      }
    }
    return new Route(verb, path, roles, limit(method, path));
  }

  private static Limited.By limit(Method method, String path) {
    var said = method.getAnnotation(Limited.class);
    if (said != null) {
      return said.value();
    }
    return path.equals(ONE_DEVICE) || path.startsWith(ONE_DEVICE + "/")
        ? Limited.By.DEVICE
        : Limited.By.NOTHING;
  }

  private static boolean isRoute(Method method) {
    return verb(method).isPresent() || method.isAnnotationPresent(Path.class);
  }

  private static String path(Method method) {
    return (segments(method.getDeclaringClass().getAnnotation(Path.class))
            + segments(method.getAnnotation(Path.class)))
        .replace("//", "/");
  }

  private static String segments(@Nullable Path path) {
    return path == null || path.value().isEmpty() ? "" : "/" + path.value();
  }

  private static Optional<String> verb(Method method) {
    return Arrays.stream(method.getAnnotations())
        .map(annotation -> annotation.annotationType().getAnnotation(HttpMethod.class))
        .filter(Objects::nonNull)
        .map(HttpMethod::value)
        .findFirst();
  }

  /// `POST /devices/{id}/retire`
  @Override
  public String toString() {
    return verb + " " + path;
  }
}
