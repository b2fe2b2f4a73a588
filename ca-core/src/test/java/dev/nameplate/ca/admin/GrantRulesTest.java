package dev.nameplate.ca.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrantRulesTest {

  private static final Owner ALICE = new Owner(OwnerKind.ADMIN, "alice");
  private static final Owner BOB = new Owner(OwnerKind.ADMIN, "bob");
  private static final Granter BY_ALICE = new Granter.Officer(ALICE);
  private static final Grant OFFICER = Grant.everywhere(AdminRole.SECURITY_OFFICER);

  @ParameterizedTest
  @EnumSource
  @Tag("threat-R15")
  void nobodyGrantsThemselves(AdminRole role) {
    assertThat(
            GrantRules.whyNotGiven(
                BY_ALICE, Grant.all(), ALICE, Set.of(), Set.of(Grant.everywhere(role))))
        .map(GrantRules.No::code)
        .contains("own_grants");
  }

  @ParameterizedTest
  @EnumSource
  void onlyASecurityOfficerGrants(AdminRole role) {
    var refusal = given(Set.of(Grant.everywhere(role)), Set.of(), viewer("*"));

    assertThat(refusal)
        .isEqualTo(
            role == AdminRole.SECURITY_OFFICER
                ? Optional.empty()
                : Optional.of("beyond_own_scope"));
  }

  @ParameterizedTest
  @CsvSource({
    "*, *, true",
    "*, group=a, true",
    "*, ca=issuing, true",
    "group=a, group=a, true",
    "group=a, *, false",
    "group=a, group=b, false",
    "group=a, group=A, false",
    "group=a, lot=a, false",
    "group=a, site=a, false",
    "ca=a, group=a, false",
    "lot=1, lot=10, false",
  })
  @Tag("A7")
  void aGrantNeverGoesBeyondTheGrantersOwnScope(String own, String wanted, boolean allowed) {
    var officer = new Grant(AdminRole.SECURITY_OFFICER, Scope.of(own));

    assertThat(given(Set.of(officer), Set.of(), viewer(wanted)).isEmpty()).isEqualTo(allowed);
    assertThat(taken(Set.of(officer), viewer(wanted)).isEmpty()).isEqualTo(allowed);
  }

  @Test
  void whoSaysWhoMayDoWhatDoesNotDoItToo() {
    for (var first : AdminRole.values()) {
      for (var second : AdminRole.values()) {
        var both = EnumSet.of(first, second);
        boolean apart =
            both.contains(AdminRole.SECURITY_OFFICER)
                && both.stream().anyMatch(AdminRole::needsASecondPerson);
        var expected = apart ? Optional.of("duties_not_separated") : Optional.<String>empty();
        var one = Grant.everywhere(first);
        // a limit makes no difference
        var other = new Grant(second, Scope.of("lot=7"));

        assertThat(given(Set.of(OFFICER), Set.of(), one, other)).as("%s", both).isEqualTo(expected);
        assertThat(given(Set.of(OFFICER), Set.of(one), other)).as("%s", both).isEqualTo(expected);
      }
    }
  }

  @Test
  void theFirstAdministratorHasAllAndMayBeGivenWhatTheyHave() {
    assertThat(
            GrantRules.whyNotGiven(
                new Granter.Founder("init"), Set.of(), ALICE, Set.of(), Grant.all()))
        .isEmpty();
    assertThat(given(Set.of(OFFICER), Grant.all(), OFFICER)).isEmpty();
  }

  @Test
  void theLastSecurityOfficerIsNotTakenByAnybody() {
    for (var by : Stream.of(BY_ALICE, new Granter.Founder("break-glass")).toList()) {
      assertThat(GrantRules.whyNotTaken(by, Grant.all(), BOB, Set.of(OFFICER), false))
          .map(GrantRules.No::code)
          .contains("last_security_officer");
      assertThat(GrantRules.whyNotTaken(by, Grant.all(), BOB, Set.of(OFFICER), true)).isEmpty();
    }
  }

  @Test
  void reachIsTheUnionOfTheScopesOfTheRolesThatCount() {
    var grants =
        Set.of(
            viewer("group=a"), viewer("site=s"), new Grant(AdminRole.REVOKER, Scope.of("lot=1")));
    var reach = Reach.of(grants, Set.of(AdminRole.VIEWER));

    assertThat(reach.isEverywhere()).isFalse();
    assertThat(reach.includes(place("a", "9", "x"))).isTrue();
    assertThat(reach.includes(place("z", "9", "s"))).isTrue();
    assertThat(reach.includes(place("z", "1", "x"))).isFalse();
    assertThat(reach.includes(Place.NOWHERE)).isFalse();
    assertThat(Reach.of(grants, Set.of(AdminRole.AUDITOR)).isNowhere()).isTrue();
    assertThat(Reach.EVERYWHERE.includes(Place.NOWHERE)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "group",
        "group=",
        "=a",
        "colour=a",
        "GROUP=a",
        "**",
        "* ",
        "group= a",
        "group=a ",
        "group=a\nb",
        "group=\u001b[2J"
      })
  @Tag("A9")
  void whatIsNoScopeIsRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Scope.of(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "group=*", "lot=a=b", "site=Plant 4 / Süd", "ca=issuing"})
  void scopesAreReadAsTheyAreWritten(String text) {
    assertThat(Scope.of(text)).hasToString(text);
  }

  @Test
  @Tag("A9")
  void aStarInAValueIsNoWildcard() {
    assertThat(Scope.of("group=*").includes(place("a", "1", "s"))).isFalse();
    assertThat(Scope.of("group=*").covers(Scope.of("group=a"))).isFalse();
  }

  @ParameterizedTest
  @EnumSource
  void rolesAreReadAsTheyAreWritten(AdminRole role) {
    assertThat(AdminRole.of(role.text())).isEqualTo(role);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AdminRole.of(role.name()))
        .withMessageContaining("line-operator");
  }

  private static Optional<String> given(Set<Grant> granters, Set<Grant> held, Grant... wanted) {
    return GrantRules.whyNotGiven(
            BY_ALICE, granters, BOB, held, Stream.of(wanted).collect(Collectors.toSet()))
        .map(GrantRules.No::code);
  }

  private static Optional<String> taken(Set<Grant> granters, Grant unwanted) {
    return GrantRules.whyNotTaken(BY_ALICE, granters, BOB, Set.of(unwanted), true)
        .map(GrantRules.No::code);
  }

  private static Grant viewer(String scope) {
    return new Grant(AdminRole.VIEWER, Scope.of(scope));
  }

  private static Place place(String group, String lot, String site) {
    return new Place(
        Optional.of(group), Optional.of(lot), Optional.of(site), Optional.of("issuing"));
  }
}
