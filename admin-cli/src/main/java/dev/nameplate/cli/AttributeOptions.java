package dev.nameplate.cli;

import dev.nameplate.server.admin.LifecycleApi;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What is known of a device beside its name.
final class AttributeOptions {

  @Option(names = "--model", paramLabel = "TEXT", description = "What it is.")
  @Nullable String model;

  @Option(names = "--site", paramLabel = "TEXT", description = "Where it stands.")
  @Nullable String site;

  @Option(names = "--group", paramLabel = "TEXT", description = "Which group it belongs to.")
  @Nullable String group;

  @Option(names = "--lot", paramLabel = "TEXT", description = "In which lot it was made.")
  @Nullable String lot;

  @Option(names = "--owner", paramLabel = "TEXT", description = "Whose it is.")
  @Nullable String owner;

  @Option(
      names = "--hardware-serial",
      paramLabel = "TEXT",
      description = "The serial number that its maker gave it; one living device has it.")
  @Nullable String hardwareSerial;

  LifecycleApi.Edit edit() {
    return new LifecycleApi.Edit(model, site, group, lot, owner, hardwareSerial);
  }
}
