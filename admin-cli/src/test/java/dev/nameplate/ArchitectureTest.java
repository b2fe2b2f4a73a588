package dev.nameplate;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.conditions.ArchConditions.accessTargetWhere;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Keeps the picture in `docs/architecture.md` true. Where a rule is in the way of something good,
/// change it here and there, in one commit that says why.
class ArchitectureTest {

  /// A module's package under `dev.nameplate`.
  ///
  /// @param atLeast with fewer top-level classes the import went wrong, and no rule means anything
  /// @param knows the other modules it may use
  /// @param thirdParties what it may use besides the JDK, JSpecify and SLF4J
  record Module(String name, int atLeast, Set<String> knows, List<String> thirdParties) {

    String classes() {
      return "dev.nameplate." + name + "..";
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Module> modules() {
    return Stream.of(
        new Module("ca", 60, Set.of(), List.of("org.bouncycastle..", "org.conscrypt..")),
        new Module(
            "store",
            8,
            Set.of("ca"),
            List.of("org.h2..", "org.postgresql..", "com.zaxxer.hikari..", "org.flywaydb..")),
        new Module("hsm", 8, Set.of("ca"), List.of()),
        new Module(
            "est",
            8,
            Set.of("ca"),
            List.of(
                "jakarta.ws.rs..",
                "jakarta.servlet..",
                "org.bouncycastle..",
                "org.eclipse.californium..",
                "io.micrometer..")),
        new Module(
            "ocsp",
            4,
            Set.of("ca"),
            List.of("org.eclipse.jetty..", "org.bouncycastle..", "io.micrometer..")),
        new Module(
            "server",
            12,
            Set.of("ca", "store", "hsm", "est", "ocsp"),
            List.of(
                "org.eclipse.jetty..",
                "org.conscrypt..",
                "org.glassfish..",
                "jakarta..",
                "com.fasterxml.jackson..",
                "io.micrometer..",
                "io.prometheus..",
                "ch.qos.logback..")),
        new Module(
            "cli",
            12,
            Set.of("ca", "hsm", "server"),
            List.of(
                "picocli..",
                "com.fasterxml.jackson..",
                "org.yaml.snakeyaml..",
                "software.amazon.smithy.jmespath..",
                // the server that the class cache is trained with
                "com.sun.net.httpserver..",
                "org.bouncycastle..")));
  }

  /// The order inside ca-core: a package may use those on its own line and on the lines before it.
  private static final List<Set<String>> CORE =
      List.of(
          Set.of("x509"),
          Set.of("device", "signing"),
          Set.of("admin", "issuer", "profile"),
          Set.of("policy"),
          Set.of("audit"),
          Set.of("store"),
          Set.of("enrollment", "revocation", "retirement", "sighting", "memory"),
          Set.of("trust", "job"));

  /// Where time and chance come in.
  private static final DescribedPredicate<JavaClass> THE_START =
      resideInAPackage("dev.nameplate.server.setup..")
          .or(inTheFile("dev.nameplate.server.Nameplate"))
          .as("the start");

  /// Where the implementations of the ports come in.
  private static final DescribedPredicate<JavaClass> THE_WIRING =
      THE_START
          .or(inTheFile("dev.nameplate.server.IssuingWiring"))
          .or(inTheFile("dev.nameplate.server.StatusNodeWiring"))
          .or(inTheFile("dev.nameplate.server.StatusWiring"))
          .or(inTheFile("dev.nameplate.server.EstWiring"))
          .or(inTheFile("dev.nameplate.server.Vaults"))
          // an offline root has a token and nothing else
          .or(inTheFile("dev.nameplate.server.ceremony.RootToken"))
          .as("the wiring");

  private static final DescribedPredicate<JavaClass> THE_COMMAND =
      resideInAPackage("dev.nameplate.cli..");

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.nameplate");

  @ParameterizedTest
  @MethodSource("modules")
  void ofEveryModuleEnoughClassesWereSeen(Module module) {
    var seen =
        PRODUCT.stream()
            .filter(JavaClass::isTopLevelClass)
            .filter(each -> !each.getSimpleName().equals("package-info"))
            .collect(groupingBy(ArchitectureTest::module, counting()));

    assertThat(seen.getOrDefault(module.name(), 0L))
        .as("top-level classes of %s", module)
        .isGreaterThanOrEqualTo(module.atLeast());
  }

  @Test
  void everyClassBelongsToAModule() {
    classes()
        .should()
        .resideInAnyPackage(modules().map(Module::classes).toArray(String[]::new))
        .check(PRODUCT);
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleKnowsOnlyThoseThePictureSays(Module module) {
    var strangers =
        modules()
            .filter(other -> !other.equals(module) && !module.knows().contains(other.name()))
            .map(Module::classes)
            .toArray(String[]::new);

    noClasses()
        .that()
        .resideInAPackage(module.classes())
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(strangers)
        .check(PRODUCT);
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleUsesOnlyItsOwnThirdParties(Module module) {
    var allowed =
        Stream.concat(
                Stream.of(
                    "java..", "javax..", "dev.nameplate..", "org.jspecify..", "org.slf4j..", ""),
                module.thirdParties().stream())
            .toArray(String[]::new);

    noClasses()
        .that()
        .resideInAPackage(module.classes())
        .should()
        .dependOnClassesThat(resideOutsideOfPackages(allowed))
        .check(PRODUCT);
  }

  @Test
  void noPackagesGoInCircles() {
    slices().matching("dev.nameplate.(**)").should().beFreeOfCycles().check(PRODUCT);
  }

  @Test
  void thePackagesOfTheCoreKeepTheirOrder() {
    var later = new TreeSet<String>();
    for (var line : CORE.reversed()) {
      if (!later.isEmpty()) {
        noClasses()
            .that()
            .resideInAnyPackage(inCore(line))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(inCore(later))
            .check(PRODUCT);
      }
      later.addAll(line);
    }
    classes()
        .that()
        .resideInAPackage("dev.nameplate.ca.*..")
        .should()
        .resideInAnyPackage(inCore(later))
        .as("a package of the core has a place in the order")
        .check(PRODUCT);
  }

  @Test
  void theCoreOpensNoFileNoSocketAndNoDatabase() {
    noClasses()
        .that()
        .resideInAPackage("dev.nameplate.ca..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                    "java.io..",
                    "java.net..",
                    "java.nio.channels..",
                    "java.nio.file..",
                    "javax.net..")
                .and(
                    // Streams and addresses that are only values.
                    describe(
                        "that open something",
                        type ->
                            !Set.of(
                                    "java.io.ByteArrayInputStream",
                                    "java.io.ByteArrayOutputStream",
                                    "java.io.DataInputStream",
                                    "java.io.DataOutputStream",
                                    "java.io.EOFException",
                                    "java.io.IOException",
                                    "java.io.InputStream",
                                    "java.io.OutputStream",
                                    "java.io.Serializable",
                                    "java.io.UncheckedIOException",
                                    "java.net.URI",
                                    "java.net.URISyntaxException")
                                .contains(type.getFullName())))
                .or(isOneOf("java.lang.Process", "java.lang.ProcessBuilder", "java.lang.Runtime")))
        .check(PRODUCT);
  }

  @Test
  void sqlStaysInTheStore() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.nameplate.store..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..")
        .check(PRODUCT);
  }

  @Test
  void nativeCallsStayInTheHsm() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.nameplate.hsm..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(PRODUCT);
  }

  @Test
  void bouncyCastleIsOnlyWhereBytesBecomeValuesAndBack() {
    noClasses()
        .that(
            resideOutsideOfPackages(
                    "dev.nameplate.ca.x509..",
                    "dev.nameplate.est..",
                    "dev.nameplate.ocsp..",
                    "dev.nameplate.cli.est..",
                    "dev.nameplate.cli.status..")
                .and(not(inTheFile("dev.nameplate.ca.enrollment.CertificateTemplate")))
                .and(not(inTheFile("dev.nameplate.ca.revocation.CrlBuilder"))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bouncycastle..")
        .check(PRODUCT);
  }

  @Test
  void conscryptIsOnlyWhereSignaturesAreCheckedAndTlsIsSpoken() {
    noClasses()
        .that(
            not(
                inTheFile("dev.nameplate.ca.x509.SignatureCheck")
                    .or(inTheFile("dev.nameplate.server.tls.ConscryptTls"))))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.conscrypt..")
        .check(PRODUCT);
  }

  @Test
  void nobodyChangesTheProvidersOfTheWholeProcess() {
    noClasses()
        .should(
            access("java.security.Security", "addProvider", "insertProviderAt", "removeProvider"))
        .check(PRODUCT);
  }

  @Test
  void timeAndChanceComeInThroughTheConstructor() {
    noClasses()
        .that(not(THE_START.or(THE_COMMAND)))
        .should(access("java.lang.System", "currentTimeMillis"))
        .orShould(access("java.time.Instant", "now"))
        .orShould(access("java.time.LocalDate", "now"))
        .orShould(access("java.time.LocalDateTime", "now"))
        .orShould(access("java.time.OffsetDateTime", "now"))
        .orShould(access("java.time.ZonedDateTime", "now"))
        .orShould(access("java.time.InstantSource", "system"))
        .orShould(access("java.time.Clock", "system", "systemUTC", "systemDefaultZone"))
        .orShould(access("java.util.Date", "<init>"))
        .orShould(
            access("java.security.SecureRandom", "<init>", "getInstance", "getInstanceStrong"))
        .orShould(access("java.util.Random", "<init>"))
        .orShould(access("java.util.concurrent.ThreadLocalRandom", "current"))
        .orShould(access("java.util.UUID", "randomUUID"))
        .orShould(access("java.lang.Math", "random"))
        .check(PRODUCT);
  }

  @Test
  void everyNewThatJoinsTwoModulesIsInTheWiring() {
    var joins =
        describe(
            "make what another module is built of",
            (JavaAccess<?> access) -> {
              var made = access.getTargetOwner();
              return access.getTarget().getName().equals(JavaConstructor.CONSTRUCTOR_NAME)
                  && Set.of("store", "hsm", "est", "ocsp").contains(module(made))
                  && !module(made).equals(module(access.getOriginOwner()))
                  && !made.isRecord()
                  && !made.isAssignableTo(Throwable.class);
            });

    noClasses().that(not(THE_WIRING)).should(accessTargetWhere(joins)).check(PRODUCT);
  }

  @Test
  void onlyTheCommandWritesToTheConsole() {
    noClasses().that(not(THE_COMMAND)).should(ACCESS_STANDARD_STREAMS).check(PRODUCT);
  }

  @Test
  void logsGoThroughSlf4j() {
    noClasses()
        // javax.sql.DataSource has a method that returns a java.util.logging.Logger
        .that()
        .areNotAssignableTo("javax.sql.DataSource")
        .should()
        .dependOnClassesThat(
            resideInAPackage("java.util.logging..").or(isOneOf("java.lang.System$Logger")))
        .check(PRODUCT);
  }

  @Test
  void nobodySleeps() {
    noClasses()
        .should(access("java.lang.Thread", "sleep"))
        .orShould(access("java.util.concurrent.TimeUnit", "sleep"))
        .check(PRODUCT);
  }

  @Test
  void everyPackageSaysWhatItIsForAndIsNullMarked() {
    var unmarked =
        PRODUCT.stream()
            .map(JavaClass::getPackage)
            .distinct()
            .filter(each -> !each.isAnnotatedWith(NullMarked.class))
            .map(each -> each.getName())
            .toList();

    assertThat(unmarked).as("packages without a @NullMarked package-info.java").isEmpty();
  }

  @Test
  void classesAreNamedForWhatTheyAre() {
    noClasses().should().haveNameMatching(".*(Impl|Manager|Helper|Utils?)").check(PRODUCT);
  }

  private static String[] inCore(Set<String> packages) {
    return packages.stream().map(name -> "dev.nameplate.ca." + name + "..").toArray(String[]::new);
  }

  /// `dev.nameplate.est.CertsOnly` → `est`
  private static String module(JavaClass type) {
    var parts = type.getPackageName().split("\\.", -1);
    return type.getPackageName().startsWith("dev.nameplate.") ? parts[2] : "";
  }

  /// The class of this name and those inside it.
  private static DescribedPredicate<JavaClass> inTheFile(String name) {
    return describe(
        "in the file of " + name,
        type -> type.getFullName().equals(name) || type.getFullName().startsWith(name + "$"));
  }

  private static DescribedPredicate<JavaClass> isOneOf(String... names) {
    return describe(
        "are one of " + List.of(names), type -> List.of(names).contains(type.getFullName()));
  }

  private static DescribedPredicate<JavaClass> not(DescribedPredicate<JavaClass> predicate) {
    return DescribedPredicate.not(predicate);
  }

  /// Calls one of the methods, or hands on a reference to it.
  private static ArchCondition<JavaClass> access(String type, String... methods) {
    return accessTargetWhere(
        describe(
            "access %s.%s".formatted(type, String.join("|", methods)),
            (JavaAccess<?> access) ->
                access.getTargetOwner().getFullName().equals(type)
                    && List.of(methods).contains(access.getTarget().getName())));
  }
}
