package dev.nameplate.bench;

import dev.nameplate.hsm.HsmSettings;
import dev.nameplate.hsm.PinSource;
import dev.nameplate.hsm.SoftHsm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// Signatures by a token: through our lanes, beside a loop in C over the same module with the same
/// key, and beside the JDK's own provider. Each runs in a process of its own, one after the other.
final class HsmBench {

  private static final String TOKEN = "bench";
  private static final int[] CALLERS = {1, 4, 16};
  private static final int SECONDS = 2;
  private static final int ROUNDS = Integer.getInteger("bench.rounds", 3);

  /// @param name as it is called here, and labelled
  /// @param tool what pkcs11-tool calls it
  /// @param mechanism what signs, in the loop in C
  /// @param input how many bytes it is given: a digest, or the data
  /// @param inSun whether the JDK's provider knows such keys
  private record Kind(
      String name, String tool, String id, int mechanism, int input, boolean inSun) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind("ec-p256", "EC:prime256v1", "01", 0x1041, 32, true),
          new Kind("ec-p384", "EC:secp384r1", "02", 0x1041, 48, true),
          new Kind("rsa-2048", "rsa:2048", "03", 1, 51, true),
          new Kind("rsa-3072", "rsa:3072", "04", 1, 51, true),
          new Kind("ed25519", "EC:edwards25519", "05", 0x1057, 64, false));

  private final Report report;
  private final Path folder;
  private final Path loop;
  private final Path slow;
  private final HsmSettings token;
  private final Path pin;

  HsmBench(Report report, Path folder) throws IOException, InterruptedException {
    this.report = report;
    this.folder = folder;
    this.loop = compile("loop.c", "loop", "-pthread", "-ldl");
    this.slow = compile("slow.c", "slow.so", "-shared", "-fPIC", "-ldl");
    this.token = new SoftHsm(folder.resolve("token")).createToken(TOKEN, new SecureRandom());
    this.pin =
        switch (token.pin()) {
          case PinSource.File(var path) -> path;
          case PinSource.Credential _, PinSource.Entered _ ->
              throw new IllegalStateException("a new token has a file with its PIN");
        };
    for (var kind : KINDS) {
      makeKey(kind);
    }
  }

  void run() throws IOException, InterruptedException {
    report.section("Signatures by SoftHSM; as many sessions as callers");
    for (var kind : KINDS) {
      for (int callers : CALLERS) {
        compare(kind, callers, Duration.ZERO);
      }
    }
    var delay = Duration.ofMillis(5);
    report.section("The same with " + delay.toMillis() + " ms more for each C_Sign");
    for (int callers : CALLERS) {
      report.limit(
          callers + (callers == 1 ? " session" : " sessions") + " over the delay",
          callers / (delay.toNanos() / 1e9));
      compare(KINDS.getFirst(), callers, delay);
    }
  }

  /// In turns, and of each the best: on a machine that others use, too, that is what says most.
  private void compare(Kind kind, int callers, Duration delay)
      throws IOException, InterruptedException {
    var commands = new LinkedHashMap<String, List<String>>();
    commands.put("a loop in C", inC(kind, callers, delay));
    commands.put("our lane", inJava(Signer.How.LANE, kind, callers, delay));
    commands.put(
        "our lane, each signature checked", inJava(Signer.How.CHECKED, kind, callers, delay));
    if (kind.inSun()) {
      commands.put("SunPKCS11", inJava(Signer.How.SUN, kind, callers, delay));
    }
    var best = new LinkedHashMap<String, Best>();
    for (int round = 0; round < ROUNDS; round++) {
      for (var command : commands.entrySet()) {
        best.merge(command.getKey(), Best.of(measure(command.getValue(), delay)), Best::or);
      }
    }
    var c = Objects.requireNonNull(best.get("a loop in C"));
    best.forEach((whose, measured) ->
        report.say(
            String.format(
                Locale.ROOT,
                "  %-58s %10.0f /s   %5.2f of C;   %7.1f µs of CPU   %5.2f of C",
                kind.name() + ", " + callers + ": " + whose,
                measured.perSecond(),
                measured.perSecond() / c.perSecond(),
                measured.cpuMicros(),
                c.cpuMicros() / measured.cpuMicros())));
  }

  /// The highest rate and the lowest cost of several rounds.
  private record Best(double perSecond, double cpuMicros) {

    static Best of(Rate rate) {
      return new Best(rate.perSecond(), rate.cpuMicros());
    }

    Best or(Best other) {
      return new Best(Math.max(perSecond, other.perSecond), Math.min(cpuMicros, other.cpuMicros));
    }
  }

  private List<String> inC(Kind kind, int callers, Duration delay) {
    return List.of(
        loop.toString(),
        module(delay).toString(),
        TOKEN,
        pin.toString(),
        kind.name(),
        Integer.toString(kind.mechanism()),
        Integer.toString(kind.input()),
        Integer.toString(callers),
        Integer.toString(SECONDS));
  }

  private List<String> inJava(Signer.How how, Kind kind, int callers, Duration delay) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC",
        "-cp",
        System.getProperty("java.class.path"),
        Signer.class.getName(),
        how.name(),
        module(delay).toString(),
        TOKEN,
        pin.toString(),
        kind.name(),
        Integer.toString(callers),
        Integer.toString(SECONDS));
  }

  private Path module(Duration delay) {
    return delay.isZero() ? token.module() : slow;
  }

  private Rate measure(List<String> command, Duration delay)
      throws IOException, InterruptedException {
    var environment = new HashMap<>(token.environment());
    environment.put("SLOW_MODULE", token.module().toString());
    environment.put("SLOW_MICROS", Long.toString(delay.toNanos() / 1000));
    var numbers = execute(command, environment).strip().split(" ", -1);
    return new Rate(
        Long.parseLong(numbers[0]),
        Duration.ofNanos(Long.parseLong(numbers[1])),
        Duration.ofNanos(Long.parseLong(numbers[2])));
  }

  /// As pkcs11-tool makes keys, so that everybody may use them, with a certificate beside those
  /// that the JDK's provider uses: it sees no key without one, and takes any.
  private void makeKey(Kind kind) throws IOException, InterruptedException {
    pkcs11("--keypairgen", "--key-type", kind.tool(), "--label", kind.name(), "--id", kind.id());
    if (!kind.inSun()) {
      return;
    }
    var certificate = folder.resolve(kind.name() + ".der");
    execute(
        List.of(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            kind.tool().startsWith("EC:") ? "ec" : "rsa:2048",
            "-pkeyopt",
            kind.tool().startsWith("EC:")
                ? "ec_paramgen_curve:" + kind.tool().substring(3)
                : "rsa_keygen_pubexp:65537",
            "-nodes",
            "-keyout",
            folder.resolve("unused.key").toString(),
            "-subj",
            "/CN=" + kind.name(),
            "-outform",
            "DER",
            "-out",
            certificate.toString()),
        Map.of());
    pkcs11(
        "--write-object",
        certificate.toString(),
        "--type",
        "cert",
        "--label",
        kind.name(),
        "--id",
        kind.id());
  }

  private void pkcs11(String... arguments) throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                "pkcs11-tool",
                "--module",
                token.module().toString(),
                "--token-label",
                TOKEN,
                "--login",
                "--pin",
                "env:BENCH_PIN"));
    command.addAll(List.of(arguments));
    var environment = new HashMap<>(token.environment());
    environment.put("BENCH_PIN", Files.readString(pin).strip());
    execute(command, environment);
  }

  private Path compile(String source, String result, String... options)
      throws IOException, InterruptedException {
    var file = folder.resolve(source);
    try (var resource = HsmBench.class.getResourceAsStream(source)) {
      if (resource == null) {
        throw new IllegalStateException(source + " was not built in");
      }
      Files.copy(resource, file);
    }
    var made = folder.resolve(result);
    var command = new ArrayList<>(List.of("gcc", "-O2", "-o", made.toString(), file.toString()));
    command.addAll(List.of(options));
    execute(command, Map.of());
    return made;
  }

  /// What a program printed on stdout.
  private String execute(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    var errors = folder.resolve("errors");
    var builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().putAll(environment);
    var process = builder.start();
    var printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(
          Path.of(command.getFirst()).getFileName()
              + " ended with "
              + process.exitValue()
              + ": "
              + Files.readString(errors));
    }
    return printed;
  }
}
