package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.cli.inventory.DeviceFormat;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The root of all commands, and what is true of every one: how values are read, how failures are
/// printed, what they end with.
@Command(
    name = "nameplate",
    versionProvider = VersionCommand.Provider.class,
    description = {
      "A private PKI: one X.509 identity for every device, enrolled over EST, renewed, and taken"
          + " back when the device retires.",
      "",
      "A first session:",
      "  nameplate init --dir np --org \"Acme Devices\"   make a CA in the folder np",
      "  nameplate serve --dir np                       run it; leave it running",
      "  nameplate device add pump-0017 --profile device --secret-file s",
      "  nameplate est enroll pump-0017 --secret-file s --out pump/",
      "  nameplate device show pump-0017",
      "  nameplate device retire pump-0017 --reason cessationOfOperation --wait ocsp,crl",
      "",
      "Data is printed on stdout, messages on stderr. `nameplate COMMAND --help` says more."
    },
    footer = {
      "",
      "Environment:",
      "  NAMEPLATE_DIR       the folder that `nameplate init` made, instead of --dir",
      "  NAMEPLATE_CONTEXT   a context file, instead of --context",
      "  NAMEPLATE_OUTPUT    table, json, yaml, jsonl or name, instead of -o",
      "  NAMEPLATE_LOG       what `nameplate serve` logs: WARN, INFO or DEBUG; INFO if not set",
      "  NAMEPLATE_JAVA_HOME the Java to use; else $JAVA_HOME, else one under /usr/lib/jvm",
      "  NO_COLOR            when set, help is printed without colours"
    })
final class NameplateCommand {

  private static final int WIDTH = 100;

  private static final String[] EXIT_CODES = {
    "",
    "Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 denied, 5 conflict, 6 partial, 7 approval,",
    "  8 not seen in time, 10 to 12 graded findings. `nameplate --help` says more of them."
  };

  /// Commands that are about all of the others.
  private static final Set<String> WHOLE = Set.of("help", "completion", "man");

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Print this help.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Print the version.")
  boolean version;

  /// All commands there are.
  static CommandLine commandLine(Console console) {
    return new NameplateCommand(Meant.EVERYTHING).tree(console);
  }

  /// As many as it takes to run one, or to say what is wrong with it: to read what a command takes
  /// costs some milliseconds, and there are many.
  static CommandLine commandLine(Console console, List<String> arguments) {
    if (arguments.stream().anyMatch(WHOLE::contains)) {
      return commandLine(console);
    }
    var noun = arguments.stream().findFirst().filter(first -> !first.startsWith("-"));
    if (noun.isPresent()) {
      var root = new NameplateCommand(Meant.only(arguments)).tree(console);
      if (!root.getSubcommands().isEmpty()) {
        return root;
      }
    }
    return new NameplateCommand(Meant.NOUNS).tree(console);
  }

  /// Which commands a command line can be about.
  ///
  /// @param noun by the name of a command of the first level
  /// @param verb by the name of one below
  private record Meant(Predicate<String> noun, Predicate<String> verb) {

    static final Meant EVERYTHING = new Meant(_ -> true, _ -> true);
    static final Meant NOUNS = new Meant(_ -> true, _ -> false);

    static Meant only(List<String> arguments) {
      return new Meant(arguments.getFirst()::equals, arguments::contains);
    }
  }

  private final Meant meant;

  private NameplateCommand(Meant meant) {
    this.meant = meant;
  }

  /// Takes only commands that are meant.
  private final class Root extends CommandLine {

    Root() {
      super(NameplateCommand.this);
    }

    @Override
    public CommandLine addSubcommand(Object command) {
      return meant.noun().test(name(command)) ? super.addSubcommand(command) : this;
    }
  }

  private CommandLine tree(Console console) {
    CommandLine root =
        new Root()
            .addSubcommand(new InitCommand(console))
            .addSubcommand(
                group(
                    new CeremonyGroup(),
                    new CeremonyRootCommand(console),
                    group(
                        new CeremonyIssuingGroup(),
                        new CeremonyIssuingRequestCommand(console),
                        new CeremonyIssuingSignCommand(console)),
                    new CeremonyImportCommand(console),
                    new CeremonyCrlCommand(console)))
            .addSubcommand(new ServeCommand(console))
            .addSubcommand(group(new ConfigGroup(), new ConfigCheckCommand(console)))
            .addSubcommand(
                group(
                    new DeviceGroup(),
                    new DeviceAddCommand(console),
                    new DeviceListCommand(console),
                    new DeviceShowCommand(console),
                    new DeviceExplainCommand(console),
                    new DeviceSecretCommand(console),
                    new DeviceEditCommand(console),
                    new DeviceSuspendCommand(console),
                    new DeviceResumeCommand(console),
                    new DeviceCancelCommand(console),
                    new DeviceLostCommand(console),
                    new DeviceRetireCommand(console),
                    new DeviceWipeCommand(console),
                    new DeviceRepurposeCommand(console),
                    new DevicePurgeCommand(console),
                    new DeviceImportCommand(console),
                    new DeviceExportCommand(console),
                    new DeviceTransferCommand(console),
                    new DeviceReceiveCommand(console)))
            .addSubcommand(
                group(
                    new PlanGroup(),
                    new PlanListCommand(console),
                    new PlanShowCommand(console),
                    new PlanPauseCommand(console),
                    new PlanResumeCommand(console),
                    new PlanCancelCommand(console)))
            .addSubcommand(
                group(
                    new ApprovalGroup(),
                    new ApprovalListCommand(console),
                    new ApprovalShowCommand(console),
                    new ApprovalGrantCommand(console),
                    new ApprovalDenyCommand(console)))
            .addSubcommand(
                group(
                    new ReceiptGroup(),
                    new ReceiptListCommand(console),
                    new ReceiptGetCommand(console),
                    new ReceiptVerifyCommand(console)))
            .addSubcommand(
                group(
                    new AdminGroup(),
                    new AdminAddCommand(console),
                    new AdminListCommand(console),
                    new AdminShowCommand(console),
                    new AdminGrantCommand(console),
                    new AdminRevokeRoleCommand(console),
                    new AdminSecretCommand(console),
                    new AdminRetireCommand(console),
                    new AdminEnrollCommand(console),
                    new AdminRenewCommand(console),
                    new AdminWhoamiCommand(console),
                    new AdminBreakGlassCommand(console)))
            .addSubcommand(
                group(
                    new RequestGroup(),
                    new RequestListCommand(console),
                    new RequestShowCommand(console),
                    new RequestApproveCommand(console),
                    new RequestDenyCommand(console)))
            .addSubcommand(
                group(
                    new StationGroup(),
                    new StationAddCommand(console),
                    new StationListCommand(console),
                    new StationRetireCommand(console)))
            .addSubcommand(
                group(
                    new AnchorGroup(),
                    new AnchorAddCommand(console),
                    new AnchorListCommand(console),
                    new AnchorRemoveCommand(console)))
            .addSubcommand(
                group(
                    new NodeGroup(),
                    new NodeAddCommand(console),
                    new NodeListCommand(console),
                    new NodeSecretCommand(console),
                    new NodeRetireCommand(console),
                    new NodeInitCommand(console)))
            .addSubcommand(
                group(
                    new DatabaseGroup(),
                    new DatabaseGrantsCommand(console),
                    new DatabaseAcceptRestoreCommand(console)))
            .addSubcommand(
                group(
                    new CertGroup(),
                    new CertListCommand(console),
                    new CertShowCommand(console),
                    new CertRevokeCommand(console),
                    new CertHoldCommand(console),
                    new CertReleaseCommand(console)))
            .addSubcommand(
                group(
                    new EstGroup(),
                    new EstEnrollCommand(console),
                    new EstReenrollCommand(console),
                    new EstCacertsCommand(console)))
            .addSubcommand(
                group(
                    new AuditGroup(),
                    new AuditShowCommand(console),
                    new AuditExportCommand(console),
                    new AuditVerifyCommand(console)))
            .addSubcommand(
                group(
                    new IssuerGroup(),
                    new IssuerListCommand(console),
                    new IssuerAddCommand(console),
                    new IssuerRekeyCommand(console),
                    new IssuerRolloverCommand(console)))
            .addSubcommand(
                group(
                    new CrlGroup(),
                    new CrlListCommand(console),
                    new CrlShowCommand(console),
                    new CrlPublishCommand(console),
                    new CrlImportCommand(console)))
            .addSubcommand(
                group(
                    new HsmGroup(),
                    new HsmListCommand(console),
                    new HsmTestCommand(console),
                    new HsmEvidenceCommand(console),
                    new HsmBenchCommand(console)))
            .addSubcommand(
                group(
                    new ReportGroup(),
                    new ReportListCommand(console),
                    new ReportShowCommand(console)))
            .addSubcommand(new DoctorCommand(console))
            .addSubcommand(new VersionCommand(console))
            .addSubcommand(new CompletionCommand(console))
            .addSubcommand(new ManCommand(console))
            .addSubcommand(new CommandLine.HelpCommand());
    arrangeHelp(root.getCommandSpec());
    root.getCommandSpec()
        .usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(ExitCode.meanings());
    return root.registerConverter(DeviceId.class, converter(DeviceId::new))
        .registerConverter(SerialNumber.class, converter(SerialNumber::ofHex))
        .registerConverter(RevocationReason.class, converter(RevocationReason::of))
        .registerConverter(KeyType.class, converter(KeyType::of))
        .registerConverter(OutputFormat.class, converter(OutputFormat::of))
        .registerConverter(Rate.class, converter(Rate::of))
        .registerConverter(DeviceFormat.class, converter(DeviceFormat::of))
        .registerConverter(Duration.class, converter(Durations::parse))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpWidth(WIDTH)
        .setColorScheme(CommandLine.Help.defaultColorScheme(console.colour() ? Ansi.ON : Ansi.OFF))
        .setOut(console.outWriter())
        .setErr(console.errWriter())
        .setParameterExceptionHandler(new Failures(console))
        .setExecutionExceptionHandler(new Failures(console));
  }

  /// With the one verb that is meant, or with all of them if it is none of these.
  private Object group(Object noun, Object... verbs) {
    var name = name(noun);
    if (!meant.noun().test(name) && !meant.verb().test(name)) {
      return noun;
    }
    var known = Arrays.stream(verbs).filter(verb -> meant.verb().test(name(verb))).toList();
    var group = new CommandLine(noun);
    if (!meant.equals(Meant.NOUNS)) {
      (known.isEmpty() ? List.of(verbs) : known).forEach(group::addSubcommand);
    }
    return group;
  }

  private static String name(Object command) {
    return command instanceof CommandLine line
        ? line.getCommandName()
        : command.getClass().getAnnotation(Command.class).name();
  }

  /// The same sections in the same order everywhere; in the first line only what must be given.
  private static void arrangeHelp(CommandSpec command) {
    var synopsis = new StringBuilder(command.qualifiedName());
    for (var argument : command.positionalParameters()) {
      synopsis.append(' ').append(argument.paramLabel());
    }
    for (var option : command.requiredArgs()) {
      if (option instanceof OptionSpec required) {
        synopsis.append(' ').append(required.longestName()).append(' ');
        synopsis.append(required.paramLabel());
      }
    }
    synopsis.append(command.subcommands().isEmpty() ? " [OPTIONS]" : " COMMAND [OPTIONS]");
    command
        .usageMessage()
        .customSynopsis(synopsis.toString())
        .descriptionHeading("%n")
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n")
        .commandListHeading("%nCommands:%n")
        .sortOptions(false);
    if (command.parent() != null && command.subcommands().isEmpty()) {
      command.usageMessage().footer(EXIT_CODES);
    }
    command.subcommands().values().forEach(each -> arrangeHelp(each.getCommandSpec()));
  }

  private static <T> ITypeConverter<T> converter(Function<String, T> parse) {
    return text -> {
      try {
        return parse.apply(text);
      } catch (IllegalArgumentException wrong) {
        throw new TypeConversionException(wrong.getMessage());
      }
    };
  }
}
