package dev.nameplate.ocsp;

import dev.nameplate.ca.store.CertificateStatus;
import io.micrometer.core.instrument.Counter;
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
  private final Timer answers;

  OcspMetrics(MeterRegistry registry) {
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
    answers =
        Timer.builder("nameplate.ocsp.answer")
            .description("From a request's last byte to its answer")
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

  void answered(CertificateStatus status) {
    switch (status) {
      case CertificateStatus.Good _ -> good.increment();
      case CertificateStatus.Revoked _ -> revoked.increment();
      case CertificateStatus.Reserved _, CertificateStatus.NeverIssued _ -> unknown.increment();
    }
  }

  void answered(OcspError error) {
    var counter = errors.get(error);
    if (counter != null) {
      counter.increment();
    }
  }

  void askedWith(IssuerHashes issuer) {
    hashes.getOrDefault(issuer.algorithm(), otherHash).increment();
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

  private static Counter hash(MeterRegistry registry, String algorithm) {
    return Counter.builder("nameplate.ocsp.certid.hash")
        .description("CertIDs by the hash that names their issuer")
        .tag("alg", algorithm)
        .register(registry);
  }
}
