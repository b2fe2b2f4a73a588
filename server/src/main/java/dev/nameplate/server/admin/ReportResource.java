package dev.nameplate.server.admin;

import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.ReportStore;
import dev.nameplate.ca.store.ReportStore.Generation;
import dev.nameplate.ca.store.ReportStore.Line;
import dev.nameplate.ca.store.ReportStore.Page;
import dev.nameplate.ca.store.ReportStore.RefusalCount;
import dev.nameplate.ca.store.ReportStore.Wanted;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.SightingRecord;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.x509.KeyType;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What operators ask of the whole fleet.
@Path("reports")
@Produces(MediaType.APPLICATION_JSON)
public final class ReportResource {

  private static final Duration SOON = Duration.ofDays(30);
  private static final Duration LONG = Duration.ofDays(7);
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final ReportStore reports;
  private final InstantSource clock;

  ReportResource(ReportStore reports, InstantSource clock) {
    this.reports = reports;
    this.clock = clock;
  }

  @GET
  @RolesAllowed({Role.VIEWER, Role.AUDITOR})
  public ReportApi.ReportKinds list() {
    return new ReportApi.ReportKinds(
        Arrays.stream(ReportName.values()).map(ReportName::kind).toList());
  }

  /// @param within of `expiring`: how soon
  /// @param olderThan of `long-held`: for how long
  @GET
  @Path("{name}")
  @RolesAllowed({Role.VIEWER, Role.AUDITOR})
  public ReportApi.Report report(
      @PathParam("name") String name,
      @QueryParam("within") @Nullable String within,
      @QueryParam("older_than") @Nullable String olderThan,
      @QueryParam("after") @Nullable String after,
      @QueryParam("limit") @Nullable String limit) {
    var report =
        ReportName.of(name).orElseThrow(() -> ProblemException.notFound("there is no such report"));
    refuse("within", within, report == ReportName.EXPIRING);
    refuse("older_than", olderThan, report == ReportName.LONG_HELD);
    var soon = duration("within", within, SOON);
    var held = duration("older_than", olderThan, LONG);
    var wanted = new Wanted(Optional.ofNullable(after), Parameters.limit(limit));
    try {
      var page = page(report, wanted, soon, held);
      return new ReportApi.Report(report.text(), page.items(), page.next().orElse(null));
    } catch (IllegalArgumentException wrong) {
      throw ProblemException.invalid("after: not where a page of this report ended");
    }
  }

  private Page<ReportApi.Row> page(ReportName report, Wanted wanted, Duration soon, Duration held) {
    var now = clock.instant();
    return switch (report) {
      case NEVER_ENROLLED -> reports.neverEnrolled(wanted).map(ReportResource::row);
      case NEVER_RENEWED ->
          reports.overdue(now, true, wanted).map(line -> row(line, line.overdueAt(), now));
      case OVERDUE ->
          reports.overdue(now, false, wanted).map(line -> row(line, line.overdueAt(), now));
      case EXPIRING ->
          reports
              .expiring(now, now.plus(soon), wanted)
              .map(line -> row(line, line.notBefore(), now));
      case UNCONFIRMED -> reports.unconfirmed(wanted).map(line -> row(line, line.notBefore(), now));
      case DUPLICATE_KEYS_REFUSED ->
          reports
              .refusals(List.of(Refusal.Reason.KEY_BELONGS_TO_ANOTHER), wanted)
              .map(ReportResource::row);
      case TOMBSTONE_HITS ->
          reports.refusals(reasons(Refusal.Reason::isTombstone), wanted).map(ReportResource::row);
      case RETIRED_BUT_SEEN -> reports.alarmed(Alarm.TAKEN_BACK, wanted).map(ReportResource::row);
      case UNKNOWN_BUT_SEEN -> reports.alarmed(Alarm.UNKNOWN, wanted).map(ReportResource::row);
      case WEAK_ALGORITHMS ->
          reports
              .withKey(KeyType.RSA_2048, now, wanted)
              .map(line -> row(line, line.notBefore(), now));
      case BY_CA_GENERATION ->
          new Page<>(
              reports.generations(now).stream().map(ReportResource::row).toList(),
              Optional.empty());
      case LONG_HELD ->
          reports
              .heldSince(now.minus(held), wanted)
              .map(line ->
                  row(
                      line,
                      line.revocation().map(RevocationRecord::at).orElse(line.notBefore()),
                      now));
    };
  }

  private static List<Refusal.Reason> reasons(Predicate<Refusal.Reason> wanted) {
    return Arrays.stream(Refusal.Reason.values()).filter(wanted).toList();
  }

  private static void refuse(String name, @Nullable String value, boolean belongs) {
    if (value != null && !belongs) {
      throw ProblemException.invalid(name + ": not a parameter of this report");
    }
  }

  private static Duration duration(String name, @Nullable String text, Duration usual) {
    if (text == null) {
      return usual;
    }
    try {
      var duration = Duration.parse(text);
      if (!duration.isNegative() && duration.compareTo(LONGEST) <= 0) {
        return duration;
      }
    } catch (DateTimeException wrong) {
      throw ProblemException.invalid(name + ": not an ISO 8601 duration such as P30D");
    }
    throw ProblemException.invalid(name + ": not between nothing and a hundred years");
  }

  private static ReportApi.Row row(OwnerRecord owner) {
    return new ReportApi.Row(
        owner.owner().toString(),
        Parameters.word(owner.state()),
        owner.label(),
        owner.attributes().group().orElse(null),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        owner.registeredAt(),
        null,
        null,
        null,
        null,
        null);
  }

  private static ReportApi.Row row(Line line, Instant since, Instant now) {
    return new ReportApi.Row(
        line.owner().toString(),
        standing(line, now),
        line.label(),
        null,
        line.serial().hex(),
        line.issuer().hex(),
        line.fingerprint().orElse(null),
        line.key().orElse(null),
        null,
        null,
        null,
        since,
        line.notAfter(),
        null,
        null,
        null,
        null);
  }

  /// `on_hold`, `expired`, or which of its owner's certificates it is.
  private static @Nullable String standing(Line line, Instant now) {
    if (line.revocation().isPresent()) {
      return "on_hold";
    }
    return now.isAfter(line.notAfter())
        ? "expired"
        : line.slot().map((CertificateRecord.Slot slot) -> Parameters.word(slot)).orElse(null);
  }

  private static ReportApi.Row row(RefusalCount count) {
    return new ReportApi.Row(
        count.owner().toString(),
        null,
        count.label(),
        null,
        null,
        null,
        null,
        null,
        null,
        Parameters.word(count.reason()),
        count.address(),
        null,
        null,
        count.firstAt(),
        count.lastAt(),
        count.count(),
        null);
  }

  private static ReportApi.Row row(SightingRecord seen) {
    return new ReportApi.Row(
        seen.owner().map(Object::toString).orElse(seen.fingerprint()),
        null,
        null,
        null,
        null,
        null,
        seen.fingerprint(),
        null,
        seen.source(),
        null,
        null,
        null,
        null,
        seen.firstAt(),
        seen.lastAt(),
        seen.count(),
        null);
  }

  private static ReportApi.Row row(Generation generation) {
    return new ReportApi.Row(
        generation.role(),
        null,
        null,
        null,
        null,
        generation.issuer().hex(),
        null,
        null,
        null,
        null,
        null,
        null,
        generation.lastNotAfter().orElse(null),
        null,
        null,
        generation.confirmed(),
        generation.pending());
  }
}
