package dev.nameplate.server.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the admin API says about those who use it: the same conventions as [AdminApi].
public final class AdministratorApi {

  /// @param role `line-operator`
  /// @param scope `*`, or as `group=plant-4`; without one it is `*`
  public record Grant(@Nullable String role, @Nullable String scope) {}

  /// @param state `registered` before the first certificate; then `enrolled`, `active`, `retired`
  /// @param grants what they may do now
  /// @param certifiedUntil when the last of their good certificates ends; null without any
  public record Administrator(
      String id,
      String state,
      String profile,
      Instant registeredAt,
      @Nullable Instant retiredAt,
      List<Grant> grants,
      @Nullable Instant certifiedUntil) {}

  /// @param next what to ask `after` for the next page; null if this is the last
  public record Administrators(List<Administrator> items, @Nullable String next) {}

  public record AdministratorDetail(
      Administrator administrator, List<AdminApi.Certificate> certificates) {}

  /// `POST /administrators`. The secret serves once; without more said, for 24 hours.
  public record RegisterAdministrator(
      @Nullable String id, @Nullable List<Grant> grants, @Nullable Duration secretTtl) {}

  public record RegisteredAdministrator(Administrator administrator, AdminApi.Secret secret) {}

  /// `POST /administrators/{id}/secrets`. Without more said: 24 hours.
  public record NewSecret(@Nullable Duration ttl) {}

  /// @param already whether it was so before, and nothing changed
  public record Changed(Administrator administrator, boolean already) {}

  /// @param already whether they were retired before, and nothing changed
  public record Retired(
      Administrator administrator,
      List<AdminApi.Certificate> revoked,
      int burned,
      boolean already) {}

  /// `GET /whoami`.
  ///
  /// @param serial of the certificate that was shown
  public record Myself(
      String owner, List<Grant> grants, String serial, Instant notBefore, Instant notAfter) {}

  private AdministratorApi() {}
}
