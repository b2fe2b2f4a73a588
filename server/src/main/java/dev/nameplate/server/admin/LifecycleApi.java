package dev.nameplate.server.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is asked and answered about the life of a device besides its retirement; as [AdminApi] has
/// it for the rest.
public final class LifecycleApi {

  private LifecycleApi() {}

  /// `PATCH /devices/{id}`: what is not named stays, what is empty is forgotten.
  public record Edit(
      @Nullable String model,
      @Nullable String site,
      @Nullable String group,
      @Nullable String lot,
      @Nullable String owner,
      @Nullable String hardwareSerial) {}

  /// `POST /devices/{id}/suspend`.
  ///
  /// @param until when it ends by itself; without, somebody has to resume the device
  public record Suspend(@Nullable String reason, @Nullable Instant until) {}

  /// `POST /devices/{id}/resume` and `cancel`.
  public record Because(@Nullable String why) {}

  /// `POST /devices/{id}/repurpose`. Without more said: the profile that it had, one use, 24 hours.
  public record Repurpose(
      @Nullable String why,
      @Nullable String profile,
      @Nullable Integer secretUses,
      @Nullable Duration secretTtl) {}

  /// @param secret for its first enrollment under its new key
  public record Repurposed(AdminApi.Device device, AdminApi.Secret secret) {}

  /// @param certificates whose status changed with it
  public record Moved(AdminApi.Device device, List<AdminApi.Certificate> certificates) {}

  /// One identity of a device; certificates hang under one.
  ///
  /// @param finishedAt when it was proven that it was taken back
  public record Epoch(
      int epoch,
      String profile,
      Instant openedAt,
      @Nullable Instant retiredAt,
      @Nullable Instant finishedAt) {}

  /// @param until when it ends by itself
  public record Suspension(Instant since, @Nullable Instant until, String reason, String by) {}
}
