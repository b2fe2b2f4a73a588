package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.Granter;
import dev.nameplate.ca.admin.Scope;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.AdministratorStore;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.GrantOutcome;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.Within;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What every store promises about the roles of administrators.
public abstract class AdministratorStoreContract extends StoreContract {

  private static final Granter INIT = new Granter.Founder("init");
  private static final Owner ALICE = new Owner(OwnerKind.ADMIN, "alice");
  private static final Owner BOB = new Owner(OwnerKind.ADMIN, "bob");
  private static final Owner CAROL = new Owner(OwnerKind.ADMIN, "carol");
  private static final Grant VIEWER = Grant.everywhere(AdminRole.VIEWER);
  private static final Grant OFFICER = Grant.everywhere(AdminRole.SECURITY_OFFICER);
  private static final Grant LINE_OF_PLANT =
      new Grant(AdminRole.LINE_OPERATOR, Scope.of("group=plant 4"));

  @Test
  void whatIsGivenIsHeldUntilItIsTaken() {
    officer(ALICE);
    known(BOB);

    assertThat(give(BOB, ALICE, VIEWER, LINE_OF_PLANT))
        .isEqualTo(
            new GrantOutcome.Done(Set.of(VIEWER, LINE_OF_PLANT), Set.of(VIEWER, LINE_OF_PLANT)));
    assertThat(give(BOB, ALICE, VIEWER))
        .isEqualTo(new GrantOutcome.Done(Set.of(VIEWER, LINE_OF_PLANT), Set.of()));
    assertThat(administrators().grants(BOB)).containsExactlyInAnyOrder(VIEWER, LINE_OF_PLANT);
    assertThat(administrators().grants()).containsOnlyKeys(ALICE, BOB);

    assertThat(take(BOB, ALICE, VIEWER))
        .isEqualTo(new GrantOutcome.Done(Set.of(LINE_OF_PLANT), Set.of(VIEWER)));
    assertThat(take(BOB, ALICE, VIEWER))
        .isEqualTo(new GrantOutcome.Done(Set.of(LINE_OF_PLANT), Set.of()));
    assertThat(administrators().grants(BOB)).containsExactly(LINE_OF_PLANT);
  }

  @Test
  void everyChangeIsWrittenDownAndNothingElse() {
    officer(ALICE);
    known(BOB);
    int before = eventKinds().size();

    give(BOB, ALICE, VIEWER, LINE_OF_PLANT);
    give(BOB, ALICE, VIEWER);
    give(BOB, BOB, OFFICER);
    take(BOB, ALICE, VIEWER);
    take(BOB, ALICE, VIEWER);

    assertThat(eventKinds().subList(before, eventKinds().size()))
        .containsExactly("RoleGranted", "RoleGranted", "RoleRevoked");
    assertThat(rows().getLast().payload().orElseThrow())
        .contains("\"admin:bob\"", "\"viewer\"", "\"*\"", "\"admin:alice\"");
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void nobodyWhoIsNotThereOrWasRetiredIsGivenAnything() {
    officer(ALICE);
    known(BOB);
    give(BOB, ALICE, VIEWER);
    owners().retire(BOB, RevocationReason.UNSPECIFIED, clock.instant(), "test");
    register(new Owner(OwnerKind.DEVICE, "pump"));

    assertThat(administrators().grants(BOB)).isEmpty();
    assertThat(administrators().grants()).containsOnlyKeys(ALICE);
    assertThat(give(BOB, ALICE, VIEWER)).isEqualTo(new GrantOutcome.NotFound());
    assertThat(give(CAROL, ALICE, VIEWER)).isEqualTo(new GrantOutcome.NotFound());
    assertThat(give(new Owner(OwnerKind.DEVICE, "pump"), ALICE, VIEWER))
        .isEqualTo(new GrantOutcome.NotFound());
    assertThat(take(CAROL, ALICE, VIEWER)).isEqualTo(new GrantOutcome.NotFound());
  }

  @Test
  void whatTheRulesRefuseChangesNothing() {
    officer(ALICE);
    known(BOB);

    assertThat(code(give(ALICE, ALICE, VIEWER))).contains("own_grants");
    assertThat(code(give(BOB, BOB, VIEWER))).contains("own_grants");
    assertThat(code(give(BOB, CAROL, VIEWER))).contains("beyond_own_scope");
    assertThat(code(give(BOB, ALICE, OFFICER, Grant.everywhere(AdminRole.REVOKER))))
        .contains("duties_not_separated");
    assertThat(administrators().grants(BOB)).isEmpty();
  }

  @Test
  void aGrantThatWasTakenFromTheGranterCountsNoMore() {
    officer(ALICE);
    officer(BOB);
    certified(ALICE);
    certified(BOB);
    known(CAROL);

    take(BOB, ALICE, OFFICER);

    assertThat(code(give(CAROL, BOB, VIEWER))).contains("beyond_own_scope");
  }

  @Test
  void theLastSecurityOfficerStays() {
    officer(ALICE);
    certified(ALICE);

    assertThat(code(take(ALICE, ALICE, OFFICER))).contains("last_security_officer");
    assertThat(code(dismiss(ALICE, ALICE))).contains("last_security_officer");
    assertThat(administrators().grants(ALICE)).contains(OFFICER);
  }

  @Test
  void aSecurityOfficerWhoNeverEnrolledIsNoReasonToLetTheLastOneGo() {
    officer(ALICE);
    certified(ALICE);
    officer(BOB);

    assertThat(code(take(ALICE, BOB, OFFICER))).contains("last_security_officer");
  }

  @Test
  void aSecurityOfficerWhoseCertificateIsRevokedOrEndsSoonIsNoReasonEither() {
    officer(ALICE);
    certified(ALICE);
    officer(BOB);
    var certificate = certified(BOB);
    clock.set(certificate.notAfter().minus(AdministratorStore.ENOUGH).plusSeconds(1));
    assertThat(code(take(ALICE, BOB, OFFICER))).contains("last_security_officer");

    clock.set(certificate.notAfter().minus(AdministratorStore.ENOUGH));
    certificates()
        .revoke(
            issuer,
            certificate.serial(),
            RevocationReason.KEY_COMPROMISE,
            Optional.empty(),
            clock.instant(),
            "test");
    assertThat(code(take(ALICE, BOB, OFFICER))).contains("last_security_officer");
  }

  @Test
  void oneOfTwoSecurityOfficersMayGoAndTheOtherStays() {
    officer(ALICE);
    certified(ALICE);
    officer(BOB);
    certified(BOB);

    assertThat(dismiss(ALICE, BOB)).isEqualTo(new GrantOutcome.Done(Set.of(), Set.of(OFFICER)));
    assertThat(code(dismiss(BOB, BOB))).contains("last_security_officer");
  }

  @Test
  void ofTwoWhoTakeEachOthersRoleAtOnceOneKeepsIt() throws Exception {
    officer(ALICE);
    certified(ALICE);
    officer(BOB);
    certified(BOB);

    var outcomes = atOnce(() -> take(ALICE, BOB, OFFICER), () -> take(BOB, ALICE, OFFICER));

    assertThat(outcomes).filteredOn(GrantOutcome.Done.class::isInstance).hasSize(1);
    assertThat(outcomes).filteredOn(GrantOutcome.Refused.class::isInstance).hasSize(1);
    assertThat(administrators().grants()).hasSize(1);
  }

  // What those see who are limited

  @Test
  @Tag("A7")
  void aListHasWhatIsWithinAndItsPagesAreFull() {
    var mine = new ArrayList<Certificate>();
    for (int i = 0; i < 3; i++) {
      certified("of-b-" + i, DeviceAttributes.NONE.withLot("b"));
      mine.add(certified("of-a-" + i, DeviceAttributes.NONE.withLot("a")));
    }
    var atSite = certified("at-s", DeviceAttributes.NONE.withSite("s").withLot("b"));
    certified(officerOf("alice"));

    assertThat(listed(within(Set.of(), Set.of("a"), Set.of(), Set.of())))
        .containsExactlyInAnyOrderElementsOf(mine);
    assertThat(listed(within(Set.of("a"), Set.of(), Set.of("s"), Set.of())))
        .containsExactly(atSite);
    assertThat(listed(within(Set.of(), Set.of(), Set.of(), Set.of()))).isEmpty();
    assertThat(listed(within(Set.of(), Set.of("a"), Set.of(), Set.of(issuer)))).hasSize(8);
  }

  private List<Certificate> listed(Within within) {
    var all = new ArrayList<Certificate>();
    Optional<SerialNumber> after = Optional.empty();
    List<CertificateRecord> page;
    do {
      page =
          certificates()
              .list(
                  new CertificateQuery(
                      Optional.empty(), Optional.empty(), after, 2, Optional.of(within)));
      page.forEach(record -> all.add(record.certificate().orElseThrow()));
      after = page.isEmpty() ? after : Optional.of(page.getLast().serial());
    } while (page.size() == 2);
    return all;
  }

  private static Within within(
      Set<String> groups, Set<String> lots, Set<String> sites, Set<IssuerId> issuers) {
    return new Within(groups, lots, sites, Set.of(), issuers);
  }

  private Certificate certified(String name, DeviceAttributes attributes) {
    var device = FakeDevice.named(name);
    owners()
        .register(
            device.owner(),
            "device",
            attributes,
            clock.instant(),
            new AuditEvent.OwnerRegistered(device.owner(), "device", "test"));
    return issued(ourselves(device), device);
  }

  private Owner officerOf(String name) {
    var admin = new Owner(OwnerKind.ADMIN, name);
    officer(admin);
    return admin;
  }

  // Steps

  private void known(Owner admin) {
    assertThat(
            owners()
                .register(
                    admin,
                    "admin",
                    clock.instant(),
                    new AuditEvent.OwnerRegistered(admin, "admin", "test")))
        .isInstanceOf(RegisterOutcome.Registered.class);
  }

  private void officer(Owner admin) {
    known(admin);
    assertThat(administrators().grant(admin, Set.of(OFFICER), INIT, clock.instant()))
        .isEqualTo(new GrantOutcome.Done(Set.of(OFFICER), Set.of(OFFICER)));
  }

  private Certificate certified(Owner admin) {
    var reservation =
        reservationOfAdmin(new Requester.Internal(admin, 1, "test"), FakeDevice.named(admin.id()));
    reserve(reservation);
    var certificate = sign(reservation.tbs());
    assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());
    assertThat(Duration.between(clock.instant(), certificate.notAfter()))
        .isGreaterThan(AdministratorStore.ENOUGH);
    return certificate;
  }

  private GrantOutcome give(Owner admin, Owner by, Grant... wanted) {
    return administrators().grant(admin, Set.of(wanted), new Granter.Officer(by), clock.instant());
  }

  private GrantOutcome take(Owner admin, Owner by, Grant... unwanted) {
    return administrators()
        .revoke(admin, Set.of(unwanted), new Granter.Officer(by), clock.instant());
  }

  private GrantOutcome dismiss(Owner admin, Owner by) {
    return administrators().dismiss(admin, new Granter.Officer(by), clock.instant());
  }

  private static Optional<String> code(GrantOutcome outcome) {
    return outcome instanceof GrantOutcome.Refused(var why)
        ? Optional.of(why.code())
        : Optional.empty();
  }

  private static <T> List<T> atOnce(Callable<T> one, Callable<T> other) throws Exception {
    var start = new CountDownLatch(1);
    try (var threads = Executors.newFixedThreadPool(2)) {
      var running = new ArrayList<Future<T>>();
      for (var each : List.of(one, other)) {
        running.add(
            threads.submit(() -> {
              start.await();
              return each.call();
            }));
      }
      start.countDown();
      var results = new ArrayList<T>();
      for (var each : running) {
        results.add(each.get());
      }
      return results;
    }
  }
}
