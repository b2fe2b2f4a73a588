package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.store.AttributeEdit;
import dev.nameplate.ca.store.AttributeEdit.Attribute;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.StoreException;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Takes rows of devices in. Every row is a transaction of its own, and many are under way at once,
/// so that they share the writer's flushes; a row that is there already, as it is, changes nothing.
final class ImportDesk {

  /// Rows under way at once, in all imports together: enough for large groups, and few enough that
  /// a device that enrolls meanwhile waits for one group at most.
  private static final int AT_ONCE = 64;

  /// What a row asks for.
  ///
  /// @param label the profile that it names
  /// @param usual the profile if it names none, and the device is new
  private record Wish(
      InventoryApi.Row row,
      Owner device,
      Optional<String> label,
      String usual,
      InventoryApi.Import options,
      Operator operator) {

    String by() {
      return operator.getName();
    }

    boolean isDryRun() {
      return Boolean.TRUE.equals(options.dryRun());
    }
  }

  private final OwnerStore owners;
  private final OwnerDesk desk;
  private final Places places;
  private final List<CertificateProfile> profiles;
  private final InstantSource clock;
  private final Semaphore turns = new Semaphore(AT_ONCE);

  ImportDesk(
      OwnerStore owners,
      OwnerDesk desk,
      Places places,
      List<CertificateProfile> profiles,
      InstantSource clock) {
    this.owners = owners;
    this.desk = desk;
    this.places = places;
    this.profiles = profiles;
    this.clock = clock;
  }

  /// What became of each row. When it throws, some of them may have been taken in; the same again
  /// does the others.
  ///
  /// @throws ProblemException if it is no import that can be done
  InventoryApi.Imported take(InventoryApi.Import wanted, Operator operator) {
    var rows = Objects.requireNonNullElse(wanted.rows(), List.<InventoryApi.Row>of());
    if (rows.isEmpty() || rows.size() > InventoryApi.MOST_ROWS || rows.contains(null)) {
      throw ProblemException.invalid("rows: 1 to " + InventoryApi.MOST_ROWS + " are needed");
    }
    var usual = Objects.requireNonNullElse(wanted.profile(), "device");
    if (!isProfile(usual)) {
      throw ProblemException.invalid("profile: " + noProfile(usual));
    }
    if (wanted.secrets() != null) {
      OwnerDesk.check(wanted.secrets().uses(), wanted.secrets().ttl());
    }
    try (var threads =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("import-", 0).factory())) {
      var results =
          threads.invokeAll(
              rows.stream()
                  .<Callable<InventoryApi.Result>>map(
                      row -> () -> inTurn(row, usual, wanted, operator))
                  .toList());
      return new InventoryApi.Imported(results.stream().map(ImportDesk::result).toList());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreException("an import was interrupted; some rows may be done", interrupted);
    }
  }

  private static InventoryApi.Result result(Future<InventoryApi.Result> done) {
    try {
      return done.get();
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof RuntimeException why
          ? why
          : new IllegalStateException("a row failed", failed);
    } catch (InterruptedException impossible) {
      throw new IllegalStateException("what is done was waited for", impossible);
    }
  }

  private InventoryApi.Result inTurn(
      InventoryApi.Row row, String usual, InventoryApi.Import options, Operator operator)
      throws InterruptedException {
    turns.acquire();
    try {
      return take(row, usual, options, operator);
    } finally {
      turns.release();
    }
  }

  private InventoryApi.Result take(
      InventoryApi.Row row, String usual, InventoryApi.Import options, Operator operator) {
    try {
      var device = new DeviceId(said(row.id()).orElse("")).owner();
      var label = said(row.profile());
      if (label.isPresent() && !isProfile(label.get())) {
        return answer(row, "invalid", noProfile(label.get()));
      }
      attributes(row, DeviceAttributes.NONE);
      return take(new Wish(row, device, label, usual, options, operator));
    } catch (IllegalArgumentException wrong) {
      return answer(row, "invalid", wrong.getMessage());
    }
  }

  private InventoryApi.Result take(Wish wish) {
    var reach = wish.operator().reach();
    var known = owners.find(wish.device());
    if (known.isPresent()) {
      return reach.includes(places.of(known.get()))
          ? compare(wish, known.get())
          : answer(wish.row(), "conflict", "the name belongs to a device that is out of " + reach);
    }
    var attributes = reach.completed(attributes(wish.row(), DeviceAttributes.NONE));
    var label = wish.label().orElse(wish.usual());
    return reach.includes(places.ofNewDevice(label, attributes))
        ? register(wish, label, attributes)
        : answer(wish.row(), "conflict", "it would be out of " + reach);
  }

  private InventoryApi.Result register(Wish wish, String label, DeviceAttributes attributes) {
    var row = wish.row();
    if (wish.isDryRun()) {
      return answer(row, "created", null);
    }
    var outcome =
        owners.register(
            wish.device(),
            label,
            attributes,
            clock.instant(),
            new AuditEvent.OwnerRegistered(wish.device(), label, wish.by()));
    return switch (outcome) {
      case RegisterOutcome.Registered(var record) -> answer(wish, "created", null, record);
      case RegisterOutcome.NameTaken(var other) -> {
        // by the same row, a moment ago
        var same = owners.find(wish.device());
        yield same.isPresent()
            ? compare(wish, same.get())
            : answer(row, "conflict", "the name belongs to " + other + ", whose case differs");
      }
      case RegisterOutcome.NameRetired(var other) ->
          answer(row, "conflict", "the name belonged to " + other + ", which was retired");
      case RegisterOutcome.HardwareSerialTaken(var other, var retired) ->
          answer(
              row,
              "conflict",
              "the hardware serial belongs to " + other + (retired ? ", which was retired" : ""));
    };
  }

  private InventoryApi.Result compare(Wish wish, OwnerRecord known) {
    if (isGone(known.state())) {
      return answer(
          wish.row(),
          "conflict",
          "it is "
              + Parameters.word(known.state())
              + "; `nameplate device repurpose` lets it back");
    }
    if (wish.label().filter(label -> !label.equals(known.label())).isPresent()) {
      return answer(
          wish.row(),
          "conflict",
          "profile is '%s', and the row says '%s'".formatted(known.label(), wish.label().get()));
    }
    var wanted = attributes(wish.row(), known.attributes());
    if (wanted.equals(known.attributes())) {
      return answer(wish, "unchanged", null, known);
    }
    return Boolean.TRUE.equals(wish.options().update())
        ? update(wish, known, wanted)
        : answer(wish.row(), "conflict", difference(known.attributes(), wanted));
  }

  private InventoryApi.Result update(Wish wish, OwnerRecord known, DeviceAttributes wanted) {
    var row = wish.row();
    var changes = difference(known.attributes(), wanted);
    var reach = wish.operator().reachAs(AdminRole.DEVICE_ADMIN);
    // where it is and where it would be: nobody fetches a device from out of reach
    if (!reach.includes(places.of(known)) || !reach.includes(places.of(known.with(wanted)))) {
      return answer(row, "conflict", changes + "; it takes device-admin to change that");
    }
    if (wish.isDryRun()) {
      return answer(row, "updated", changes);
    }
    return switch (owners.edit(wish.device(), edit(row), clock.instant(), wish.by())) {
      case MoveOutcome.Moved(var changed, _) -> answer(wish, "updated", changes, changed);
      case MoveOutcome.Refused(_, _, var why) -> answer(row, "conflict", why);
      case MoveOutcome.NotFound() -> answer(row, "conflict", "it is not there any more");
    };
  }

  private static AttributeEdit edit(InventoryApi.Row row) {
    var said = new EnumMap<Attribute, Optional<String>>(Attribute.class);
    say(said, Attribute.MODEL, row.model());
    say(said, Attribute.SITE, row.site());
    say(said, Attribute.GROUP, row.group());
    say(said, Attribute.LOT, row.lot());
    say(said, Attribute.OWNER, row.owner());
    say(said, Attribute.HARDWARE_SERIAL, row.hardwareSerial());
    return new AttributeEdit(said);
  }

  private static void say(
      Map<Attribute, Optional<String>> said, Attribute attribute, @Nullable String value) {
    if (value != null) {
      said.put(attribute, said(value));
    }
  }

  private static boolean isGone(OwnerState state) {
    return switch (state) {
      case REGISTERED, ENROLLED, ACTIVE, SUSPENDED -> false;
      case RETIRING, RETIRED, CANCELLED, PURGED -> true;
    };
  }

  private InventoryApi.Result answer(
      Wish wish, String outcome, @Nullable String detail, OwnerRecord record) {
    var row = wish.row();
    var wanted = wish.options().secrets();
    boolean mayHaveOne =
        Boolean.TRUE.equals(row.secret())
            && !wish.isDryRun()
            && record.state() == OwnerState.REGISTERED;
    var secret =
        wanted != null && mayHaveOne
            ? desk.secret(record.owner(), "", wanted.uses(), wanted.ttl(), wish.by())
            : null;
    return new InventoryApi.Result(row.line(), row.id(), outcome, detail, secret);
  }

  private static InventoryApi.Result answer(
      InventoryApi.Row row, String outcome, @Nullable String detail) {
    return new InventoryApi.Result(row.line(), row.id(), outcome, detail, null);
  }

  private boolean isProfile(String name) {
    return profiles.stream()
        .anyMatch(
            profile -> profile.name().equals(name) && profile.owners().contains(OwnerKind.DEVICE));
  }

  private static String noProfile(String name) {
    return "there is no profile '" + name + "' for devices";
  }

  /// What the row says, and for what it does not say, what was known before.
  ///
  /// @throws IllegalArgumentException if a value cannot be
  private static DeviceAttributes attributes(InventoryApi.Row row, DeviceAttributes before) {
    return edit(row).of(before);
  }

  private static String difference(DeviceAttributes known, DeviceAttributes row) {
    return Arrays.stream(Attribute.values())
        .filter(attribute -> !attribute.of(known).equals(attribute.of(row)))
        .map(attribute ->
            "%s is %s, and the row says %s"
                .formatted(attribute.text(), shown(attribute.of(known)), shown(attribute.of(row))))
        .collect(Collectors.joining("; "));
  }

  private static String shown(Optional<String> value) {
    return value.map(text -> "'" + text + "'").orElse("nothing");
  }

  private static Optional<String> said(@Nullable String text) {
    return Optional.ofNullable(text).filter(value -> !value.isEmpty());
  }
}
