package dev.nameplate.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.ws.rs.HttpMethod;
import jakarta.ws.rs.Path;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RoutesTest {

  @Test
  void everyRouteIsListedHereAndNamesARole() {
    assertThat(routes().map(RoutesTest::describe))
        .containsExactlyInAnyOrder(
            "GET /devices admin",
            "POST /devices admin",
            "GET /devices/{id} admin",
            "POST /devices/{id}/secrets admin",
            "POST /devices/{id}/retire admin",
            "GET /devices/{id}/explain admin",
            "GET /devices/{id}/retirement viewer,auditor,device-admin,revoker,security-officer,admin",
            "POST /devices/{id}/retirement/wipe device-admin,revoker,admin",
            "POST /plans device-admin,revoker,admin",
            "GET /plans viewer,auditor,device-admin,revoker,security-officer,admin",
            "GET /plans/{id} viewer,auditor,device-admin,revoker,security-officer,admin",
            "GET /plans/{id}/devices viewer,auditor,device-admin,revoker,security-officer,admin",
            "POST /plans/{id}/start device-admin,revoker,admin",
            "POST /plans/{id}/pause device-admin,revoker,admin",
            "POST /plans/{id}/resume device-admin,revoker,admin",
            "POST /plans/{id}/cancel device-admin,revoker,security-officer,admin",
            "GET /approvals viewer,auditor,device-admin,revoker,security-officer,admin",
            "POST /approvals/{id}/grant security-officer,admin",
            "POST /approvals/{id}/deny security-officer,admin",
            "GET /receipts viewer,auditor,device-admin,revoker,security-officer,admin",
            "GET /receipts/{id} viewer,auditor,device-admin,revoker,security-officer,admin",
            "GET /requests admin",
            "GET /requests/{id} admin",
            "POST /requests/{id}/approve admin",
            "POST /requests/{id}/deny admin",
            "GET /stations admin",
            "POST /stations admin",
            "GET /stations/{id} admin",
            "POST /stations/{id}/secrets admin",
            "POST /stations/{id}/retire admin",
            "GET /nodes admin",
            "POST /nodes admin",
            "GET /nodes/{id} admin",
            "POST /nodes/{id}/secrets admin",
            "POST /nodes/{id}/retire admin",
            "POST /nodes/{id}/ocsp-signers node",
            "POST /nodes/{id}/alarms node",
            "GET /anchors admin",
            "GET /labels/{label}/anchors admin",
            "POST /labels/{label}/anchors admin",
            "DELETE /labels/{label}/anchors/{sha256} admin",
            "GET /certificates admin",
            "GET /certificates/{serial} admin",
            "POST /certificates/{serial}/revoke admin",
            "POST /certificates/{serial}/release admin",
            "GET /audit admin",
            "POST /audit/verify admin",
            "GET /issuers admin",
            "POST /issuers admin",
            "POST /issuers/{role}/rekey admin",
            "POST /issuers/{role}/rollover admin",
            "GET /crls admin",
            "GET /crls/{issuer}/{scope} admin",
            "POST /crls/{issuer}/publish admin",
            "POST /crls/{issuer}/import admin",
            "GET /keys admin",
            "GET /server admin");
  }

  private static Stream<Method> routes() {
    return AdminApplication.RESOURCES.stream()
        .flatMap(resource -> Arrays.stream(resource.getDeclaredMethods()))
        .filter(method -> verb(method).isPresent());
  }

  private static String describe(Method route) {
    var path =
        (path(route.getDeclaringClass().getAnnotation(Path.class))
                + path(route.getAnnotation(Path.class)))
            .replace("//", "/");
    var roles =
        RoleFilter.roles(route).map(allowed -> List.of(allowed.value())).orElse(List.of("nobody"));
    return verb(route).orElseThrow() + " " + path + " " + String.join(",", roles);
  }

  private static String path(@Nullable Path path) {
    return path == null || path.value().isEmpty() ? "" : "/" + path.value();
  }

  private static Optional<String> verb(Method method) {
    return Arrays.stream(method.getAnnotations())
        .map(annotation -> annotation.annotationType().getAnnotation(HttpMethod.class))
        .filter(Objects::nonNull)
        .map(HttpMethod::value)
        .findFirst();
  }
}
