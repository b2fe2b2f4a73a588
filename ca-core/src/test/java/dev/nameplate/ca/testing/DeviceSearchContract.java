package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.store.DeviceFilter;
import dev.nameplate.ca.store.Within;
import dev.nameplate.ca.store.DevicePage;
import dev.nameplate.ca.store.DeviceWhere;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What every store promises of finding devices.
public abstract class DeviceSearchContract extends StoreContract {

  private static final DeviceAttributes GRAZ =
      DeviceAttributes.NONE.withSite("Graz").withGroup("pumps").withModel("GW2").withLot("L1");
  private static final DeviceAttributes LINZ =
      DeviceAttributes.NONE.withSite("Linz").withGroup("valves").withModel("GW2").withLot("L2");

  @ParameterizedTest
  @Tag("INV")
  @CsvSource(
      delimiter = '|',
      value = {
        "model=GW2 | a-1 a-2 b-1 b-2",
        "model=GW2 and site=Graz | a-1 a-2",
        "group=valves and state=registered | b-1",
        "state=retiring | b-2",
        "lot=L1 and owner='Erika Mustermann' | a-2",
        "hardware_serial=HW-7 | a-2",
        "profile=device and site=Linz | b-1 b-2",
        "id=a* | a-1 a-2",
        "id=a* and model=GW2 and site=Linz | ''",
        "last_issued=never | b-1 c-1",
        "last_issued=never and model=GW2 | b-1",
        "last_renewed<2026-01-01 | ''",
        "last_renewed>=2026-01-01 | a-1 a-2 b-2",
        "last_renewed>=2026-01-01 and model=GW2 and state=enrolled | a-1 a-2",
        "last_renewed>=2026-01-01 and id=a-2* | a-2",
        "expires<2099-01-01 and site=Graz | a-1 a-2",
        "registered>=2026-01-01 and registered<2099-01-01 | a-1 a-2 b-1 b-2 c-1",
        "registered<2026-01-01 | ''",
      })
  void whatIsAskedForIsFound(String where, String expected) {
    fill();

    assertThat(all(DeviceWhere.parse(where), 10)).isEqualTo(names(expected));
    assertThat(all(DeviceWhere.parse(where), 1)).isEqualTo(names(expected));
    assertThat(all(DeviceFilter.ALL, 2)).isEqualTo(names("a-1 a-2 b-1 b-2 c-1"));
  }

  @Test
  @Tag("INV")
  void nobodySeesBeyondTheirPlaces() {
    fill();

    assertThat(within(Set.of("pumps"), Set.of(), Set.of(), Set.of())).containsExactly("a-1", "a-2");
    assertThat(within(Set.of("pumps"), Set.of("L2"), Set.of(), Set.of()))
        .containsExactly("a-1", "a-2", "b-1", "b-2");
    assertThat(within(Set.of(), Set.of(), Set.of("Linz"), Set.of())).containsExactly("b-1", "b-2");
    assertThat(within(Set.of(), Set.of(), Set.of(), Set.of("device"))).hasSize(5);
    assertThat(within(Set.of(), Set.of(), Set.of(), Set.of())).isEmpty();
    var valves = new Within(Set.of("valves"), Set.of(), Set.of(), Set.of());
    assertThat(all(DeviceWhere.parse("site=Graz").within(valves), 10)).isEmpty();
    assertThat(all(DeviceWhere.parse("state=registered").within(valves), 10))
        .containsExactly("b-1");
  }

  @Test
  void ownersThatAreNoDevicesAreNotFound() {
    fill();
    register(new Owner(OwnerKind.ADMIN, "alice"));

    assertThat(all(DeviceFilter.ALL, 10)).doesNotContain("alice");
  }

  @Test
  void devicesThatWereRegisteredAtOnceAreFoundPageByPage() {
    for (int i = 0; i < 7; i++) {
      registered("d-" + i);
    }

    assertThat(all(DeviceWhere.parse("registered>=2026-01-01"), 3)).hasSize(7);
  }

  private List<String> within(
      Set<String> groups, Set<String> lots, Set<String> sites, Set<String> labels) {
    return all(DeviceFilter.ALL.within(new Within(groups, lots, sites, labels)), 10);
  }

  private static List<String> names(String expected) {
    return expected.isEmpty() ? List.of() : List.of(expected.split(" ", -1));
  }

  /// All pages, sorted: in which order they come is the store's matter.
  private List<String> all(DeviceFilter filter, int limit) {
    var found = new ArrayList<String>();
    Optional<String> after = Optional.empty();
    DevicePage page;
    do {
      page = owners().search(filter, after, limit);
      assertThat(page.items()).hasSizeLessThanOrEqualTo(limit);
      page.items().forEach(record -> found.add(record.owner().id()));
      after = page.next();
    } while (after.isPresent());
    assertThat(found).doesNotHaveDuplicates();
    return found.stream().sorted().toList();
  }

  private void fill() {
    var first = known("a-1", GRAZ);
    var second = known("a-2", GRAZ.withOwner("Erika Mustermann").withHardwareSerial("HW-7"));
    known("b-1", LINZ);
    var last = known("b-2", LINZ);
    known("c-1", DeviceAttributes.NONE);
    issued(withSecret(first, "s1", 1), first);
    clock.advance(Duration.ofMinutes(1));
    issued(withSecret(second, "s2", 1), second);
    issued(withSecret(last, "s3", 1), last);
    owners().retire(last.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");
  }

  private FakeDevice known(String name, DeviceAttributes attributes) {
    var device = FakeDevice.named(name);
    owners()
        .register(
            device.owner(),
            "device",
            attributes,
            clock.instant(),
            new AuditEvent.OwnerRegistered(device.owner(), "device", "test"));
    return device;
  }
}
