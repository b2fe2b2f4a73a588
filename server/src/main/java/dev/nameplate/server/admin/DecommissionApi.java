package dev.nameplate.server.admin;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the admin API says about retirements: plans, approvals, wipe evidence and receipts. The
/// same conventions as in [AdminApi].
public final class DecommissionApi {

  private DecommissionApi() {}

  /// `POST /plans`.
  ///
  /// @param devices their names; either this or `where`
  /// @param where a query that finds them
  /// @param reason what their certificates are revoked as: `cessationOfOperation`
  /// @param note why, in words
  /// @param wipe what is known of the data on all of them
  /// @param dryRun whether to look only, and keep nothing
  /// @param planSha256 of the plan that was looked at: another one is refused
  public record NewPlan(
      @Nullable List<String> devices,
      @Nullable String where,
      @Nullable String reason,
      @Nullable String note,
      @Nullable Wipe wipe,
      @Nullable Boolean dryRun,
      @Nullable String planSha256) {}

  /// Evidence, or a waiver.
  ///
  /// @param method `clear`, `purge` or `destroy` of NIST SP 800-88
  /// @param at when it was done; without it, now
  /// @param serial of the device or its medium
  /// @param fileSha256 of a report that is kept elsewhere
  /// @param waiver why there is no evidence
  public record Wipe(
      @Nullable String method,
      @Nullable String tool,
      @Nullable String verifiedBy,
      @Nullable Instant at,
      @Nullable String serial,
      @Nullable String fileSha256,
      @Nullable String waiver) {}

  /// @param id null in a dry run
  /// @param state `waiting`, `ready`, `running`, `paused`, `done`, `cancelled`, `denied`; of what
  ///   is over, `expired`; in a dry run `draft`
  /// @param sha256 of its canonical form
  /// @param devices how many it would retire, or retires
  /// @param certificates how many of theirs were to be revoked when it was made
  /// @param ended devices that were asked for and are out of service already; in an answer to `POST
  ///   /plans` only
  /// @param rate devices a second
  /// @param progress what became of its devices; null in a dry run
  public record Plan(
      @Nullable String id,
      String state,
      String sha256,
      String reason,
      String note,
      @Nullable Wipe wipe,
      int devices,
      int certificates,
      @Nullable List<String> ended,
      boolean needsApproval,
      @Nullable String requester,
      @Nullable Instant madeAt,
      @Nullable Instant expiresAt,
      @Nullable Integer rate,
      @Nullable String decidedBy,
      @Nullable Instant decidedAt,
      @Nullable String decisionReason,
      @Nullable String startedBy,
      @Nullable Progress progress) {}

  /// @param pending devices that nothing has happened to yet
  /// @param retired by this plan
  /// @param already retired before
  /// @param failed not retired; their results say why
  public record Progress(int pending, int retired, int already, int failed) {}

  public record Plans(List<Plan> items) {}

  /// What became of a device of a plan.
  ///
  /// @param result `pending`, `retired`, `already`, `failed`
  /// @param revoked how many certificates
  /// @param notInPlan serials of certificates that were revoked, and came after the plan
  /// @param seenAt when all of them had been seen revoked by OCSP and CRL
  /// @param receipt the id of its receipt, once everything is there
  public record PlanDevice(
      String device,
      int epoch,
      String result,
      @Nullable Instant at,
      @Nullable Integer revoked,
      @Nullable Integer abandoned,
      @Nullable Integer burned,
      @Nullable List<String> notInPlan,
      @Nullable String detail,
      @Nullable Instant seenAt,
      @Nullable String receipt) {}

  /// @param next what to ask `after` for the next page; null if this is the last
  public record PlanDevices(List<PlanDevice> items, @Nullable String next) {}

  /// `POST /plans/{id}/start`.
  ///
  /// @param sha256 of the plan that is meant
  /// @param confirm how many devices it has, so that nobody means another number
  /// @param rate devices a second; without it, 20
  public record StartPlan(
      @Nullable String sha256, @Nullable Integer confirm, @Nullable Integer rate) {}

  /// `POST /approvals/{id}/grant` and `/deny`.
  ///
  /// @param sha256 of the plan that was looked at
  /// @param reason of a denial
  public record Decide(@Nullable String sha256, @Nullable String reason) {}

  /// @param already whether it was so before, and nothing changed
  public record PlanMoved(Plan plan, boolean already) {}

  /// `POST /devices/{id}/retire`.
  public record Retire(@Nullable String reason, @Nullable String note, @Nullable Wipe wipe) {}

  /// How far the retirement of a device has come.
  ///
  /// @param plan by which it was retired
  /// @param seenAt when all its certificates had been seen revoked by OCSP and CRL
  /// @param missing what it takes to be finished; null if nothing
  /// @param receipt its id, once it is finished
  public record Retirement(
      String device,
      int epoch,
      String state,
      @Nullable String plan,
      @Nullable Instant seenAt,
      @Nullable Wipe wipe,
      @Nullable String missing,
      @Nullable String receipt) {}

  /// @param id `pump-0017.1`: the device, and which of its identities
  /// @param jws the receipt itself; only where one is asked for
  public record Receipt(
      String id, String device, int epoch, Instant madeAt, String sha256, @Nullable String jws) {}

  /// @param next what to ask `after` for the next page; null if this is the last
  public record ReceiptPage(List<Receipt> items, @Nullable String next) {}
}
