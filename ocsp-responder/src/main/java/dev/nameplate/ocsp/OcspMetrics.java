package dev.nameplate.ocsp;

import dev.nameplate.ca.store.CertificateStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/// What the responder counts; every series is there from the start, at zero. In Prometheus the
/// names read `nameplate_ocsp_responses_total` and so on.
final class OcspMetrics {

  private static final String OTHER = "other";

  private final Counter good;
  private final Counter revoked;
  private final Counter unknown;
  private final Counter neverIssued;
  private final Map<OcspError, Counter> errors = new EnumMap<>(OcspError.class);
  private final Map<String, Counter> hashes = new HashMap<>();
  private final Counter otherHash;
  private final Counter remembered;
  private final Counter queueFull;
  private final Counter limited;
  private final Counter withoutSigner;
  private final Timer answers;

  OcspMetrics(MeterRegistry registry, AnswerCache cache, SigningQueue queue) {
    good = responses(registry, "good");
    revoked = responses(registry, "revoked");
    unknown = responses(registry, "unknown");
    for (var error : OcspError.values()) {
      errors.put(error, responses(registry, error.rfcName()));
    }
    for (var hash : CertIdHash.values()) {
      hashes.put(hash.oid(), hash(registry, hash.text()));
    }
    otherHash = hash(registry, OTHER);
    neverIssued =
        Counter.builder("nameplate.ocsp.never.issued")
            .description("Serials asked for that their issuer never used: alarming")
            .register(registry);
    remembered =
        Counter.builder("nameplate.ocsp.remembered")
            .description("OCSP requests that were answered from memory at once")
            .register(registry);
    queueFull = refused(registry, "queue");
    limited = refused(registry, "source");
    withoutSigner =
        Counter.builder("nameplate.ocsp.without.signer")
            .description("OCSP requests without an answer: no signer is valid and not revoked")
            .register(registry);
    Gauge.builder("nameplate.ocsp.memory.bytes", cache, AnswerCache::bytes)
        .description("Memory that remembered OCSP answers take, about")
        .register(registry);
    Gauge.builder("nameplate.ocsp.memory.answers", cache, AnswerCache::size)
        .description("OCSP answers that are remembered")
        .register(registry);
    FunctionCounter.builder("nameplate.ocsp.memory.evictions", cache, AnswerCache::evictions)
        .description("OCSP answers that were forgotten to make room for others")
        .register(registry);
    Gauge.builder("nameplate.ocsp.signing", queue, SigningQueue::busy)
        .description("OCSP answers that are being signed, or wait for it")
        .register(registry);
    answers =
        Timer.builder("nameplate.ocsp.answer")
            .description("How long answers took that were not in memory")
            .publishPercentileHistogram()
            .register(registry);
  }

  <T> T time(Supplier<T> work) {
    var sample = Timer.start();
    try {
      return work.get();
    } finally {
      sample.stop(answers);
    }
  }

  OcspAnswer answered(OcspAnswer answer) {
    switch (answer) {
      case OcspAnswer.Signed signed -> signed.says().forEach(this::count);
      case OcspAnswer.Unsigned(_, var error) -> {
        var counter = errors.get(error);
        if (counter != null) {
          counter.increment();
        }
      }
    }
    return answer;
  }

  OcspAnswer.Signed remembered(AnswerCache.Entry entry) {
    remembered.increment();
    hashes.getOrDefault(entry.hash().oid(), otherHash).increment();
    count(entry.status());
    return entry.answer();
  }

  private void count(CertificateStatus status) {
    switch (status) {
      case CertificateStatus.Good _ -> good.increment();
      case CertificateStatus.Revoked _ -> revoked.increment();
      case CertificateStatus.Reserved _, CertificateStatus.NeverIssued _ -> unknown.increment();
    }
  }

  void askedWith(IssuerHashes issuer) {
    hashes.getOrDefault(issuer.algorithm(), otherHash).increment();
  }

  void queueFull() {
    queueFull.increment();
  }

  void limited() {
    limited.increment();
  }

  void withoutSigner() {
    withoutSigner.increment();
  }

  void neverIssued() {
    neverIssued.increment();
  }

  private static Counter responses(MeterRegistry registry, String status) {
    return Counter.builder("nameplate.ocsp.responses")
        .description("OCSP answers: one for each certificate asked for, or for the whole error")
        .tag("status", status)
        .register(registry);
  }

  private static Counter refused(MeterRegistry registry, String why) {
    return Counter.builder("nameplate.ocsp.limited")
        .description("OCSP requests that were told to try later because there were too many")
        .tag("limit", why)
        .register(registry);
  }

  private static Counter hash(MeterRegistry registry, String algorithm) {
    return Counter.builder("nameplate.ocsp.certid.hash")
        .description("CertIDs by the hash that names their issuer")
        .tag("alg", algorithm)
        .register(registry);
  }
}
