package dev.nameplate.est;

import dev.nameplate.ca.enrollment.Authentication;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.trust.ManufacturerAuthentication;
import dev.nameplate.ca.trust.RequestedRevocation;
import dev.nameplate.ca.trust.StationAuthentication;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.Set;

/// The EST service, as parts for a JAX-RS container that is mounted at the root of a TLS listener
/// which asks for client certificates, requires none, and judges none ([AnyClientCertificate]).
public final class EstApplication {

  private final Operations operations;
  private final Set<Object> components;

  public EstApplication(
      EstSettings settings,
      Authentication authentication,
      ManufacturerAuthentication manufacturers,
      StationAuthentication stations,
      Enrollment enrollment,
      RequestedRevocation revocation,
      TrustBundle trust,
      KeyGeneration keys,
      SecretThrottle throttle,
      DigestNonces nonces,
      UnauthenticatedRefusals strangers,
      MeterRegistry meters) {
    var refusals = new Refusals(strangers, meters, settings.retryAfter());
    var authenticator =
        new Authenticator(authentication, manufacturers, stations, refusals, throttle, nonces);
    var linking = new Linking(authentication, refusals, throttle);
    this.operations =
        new Operations(settings, authenticator, linking, enrollment, trust, keys, refusals);
    var fullPki = new FullPki(settings, authenticator, linking, enrollment, revocation, refusals);
    this.components =
        Set.of(
            new CaCerts(operations),
            new CsrAttrs(operations),
            new SimpleEnroll(operations),
            new ServerKeygen(operations),
            new FullCmc(fullPki),
            new Faults(settings.retryAfter()),
            new RequestMetrics(settings, meters));
  }

  /// The same operations, for another transport.
  public Operations operations() {
    return operations;
  }

  /// Resources and providers, to be registered as instances.
  public Set<Object> components() {
    return components;
  }

  /// What Jersey has to be told: nothing is found on the class path, and errors keep their bodies.
  public Map<String, Object> properties() {
    return Map.of(
        "jersey.config.disableAutoDiscovery", true,
        "jersey.config.server.disableMetainfServicesLookup", true,
        "jersey.config.server.wadl.disableWadl", true,
        "jersey.config.server.response.setStatusOverSendError", true);
  }
}
