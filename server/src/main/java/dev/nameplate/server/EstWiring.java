package dev.nameplate.server;

import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.trust.ManufacturerAuthentication;
import dev.nameplate.ca.trust.RequestedRevocation;
import dev.nameplate.ca.trust.StationAuthentication;
import dev.nameplate.est.BodyDeadline;
import dev.nameplate.est.DigestNonces;
import dev.nameplate.est.EstApplication;
import dev.nameplate.est.EstExtensions;
import dev.nameplate.est.EstSettings;
import dev.nameplate.est.KeyEncryptionKeys;
import dev.nameplate.est.KeyGeneration;
import dev.nameplate.est.KeySigner;
import dev.nameplate.est.RenewalInfo;
import dev.nameplate.est.SecretThrottle;
import dev.nameplate.est.UnauthenticatedRefusals;
import dev.nameplate.est.coap.CoapIdentity;
import dev.nameplate.est.coap.CoapSettings;
import dev.nameplate.est.coap.EstCoapServer;
import dev.nameplate.server.flood.Refused;
import dev.nameplate.server.flood.RequestHeads;
import dev.nameplate.server.flood.SourceConnections;
import dev.nameplate.server.flood.SourceRefusals;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Handler;
import org.glassfish.jersey.server.ResourceConfig;

/// The side that devices see: EST over HTTPS and CoAPs.
final class EstWiring {

  private final Node node;
  private final Settings settings;
  private final Core core;
  private final Credentials credentials;
  private final UnauthenticatedRefusals strangers;

  /// @param strangers counts those who are refused before anybody knows who they are
  EstWiring(Node node, Core core, Credentials credentials, UnauthenticatedRefusals strangers) {
    this.node = node;
    this.settings = node.settings();
    this.core = core;
    this.credentials = credentials;
    this.strangers = strangers;
  }

  EstApplication application() {
    var labels =
        node.profiles().est().stream().collect(Collectors.toMap(profile -> profile.name(), p -> p));
    var estSettings =
        new EstSettings(
            labels, settings.est().defaultLabel(), Set.of(), settings.est().retryAfter());
    var stations =
        new StationAuthentication(
            core.database().stations(),
            core.database().owners(),
            core.database().audit(),
            node.clock());
    return new EstApplication(
        estSettings,
        credentials.authentication(),
        new ManufacturerAuthentication(
            core.database().anchors(),
            core.database().issuers(),
            core.database().owners(),
            core.database().audit(),
            node.clock()),
        stations,
        core.enrollment(),
        new RequestedRevocation(
            core.database().certificates(),
            new Revocation(core.database().certificates(), node.clock()),
            stations,
            core.database().audit(),
            node.clock()),
        core.authorities()::bundle,
        new KeyGeneration(
            core.database().certificates(), sharedKeys(), this::keySigner, node.clock()),
        SecretThrottle.standard(node.clock()),
        DigestNonces.standard(node.clock(), node.random(), credentials.secretHash()::stamp),
        strangers,
        node.meters());
  }

  /// What is served over HTTP.
  Handler handler(EstApplication est, Listeners net) {
    var config =
        new ResourceConfig()
            .registerInstances(est.components())
            .registerInstances(extensions(est.operations().settings()).components())
            .registerInstances(
                new BodyDeadline(
                    node.clock(), settings.est().limits().requestTime(), node.meters()));
    config.addProperties(est.properties());
    return sheltered(Listeners.application(config, ""), net);
  }

  /// Keeps whoever floods the EST listener from keeping others out.
  private Handler sheltered(Handler est, Listeners net) {
    var limits = settings.est().limits().flood();
    var refused = new Refused(node.meters());
    // a connection that is idle between two requests is the idle timeout's
    var patience = settings.tls().idleTimeout().plus(limits.requestTime());
    var heads =
        new RequestHeads(
            net.scheduler(),
            patience,
            refused,
            new SourceRefusals(limits, node.clock(), refused, est));
    net.watchEst(heads);
    net.watchEst(new SourceConnections(limits, node.clock(), refused));
    return heads;
  }

  /// Serves the same over CoAPs.
  ///
  /// @throws StartException if the address cannot be had
  EstCoapServer openCoap(Settings.Listener at, TlsIdentity identity, EstApplication est)
      throws StartException {
    try {
      return node.opened(
          EstCoapServer.open(
              CoapSettings.at(new InetSocketAddress(at.bind(), at.port())),
              coapIdentity(identity),
              est.operations(),
              node.random(),
              node.meters()));
    } catch (IOException busy) {
      throw new StartException("the coap listener cannot have " + busy.getMessage(), busy);
    }
  }

  static CoapIdentity coapIdentity(TlsIdentity identity) {
    return new CoapIdentity(identity.key(), identity.chain());
  }

  private EstExtensions extensions(EstSettings estSettings) {
    var renewals =
        new RenewalInfo(
            core.database().certificates(),
            core.authorities()::withKeyIdentifier,
            node.profiles()::find);
    return new EstExtensions(
        estSettings,
        new CrlCopies(core.authorities(), core.database().crls(), node.clock()),
        Optional.of(renewals).filter(_ -> settings.est().renewalInfo()));
  }

  /// Keys that we make are signed by what a device knows this server by: its TLS certificate, as it
  /// is now.
  private KeySigner keySigner() {
    try {
      var identity = TlsIdentity.load(settings.tls());
      return new KeySigner(identity.key(), identity.chain());
    } catch (IOException | IllegalArgumentException unusable) {
      throw new SigningException("the TLS key cannot sign a generated key", unusable);
    }
  }

  private KeyEncryptionKeys sharedKeys() {
    if (settings.est().sharedKeys().isEmpty()) {
      return KeyEncryptionKeys.NONE;
    }
    try {
      return SharedKeyFile.read(settings.est().sharedKeys().get());
    } catch (IOException unusable) {
      throw new IllegalStateException(
          "the keys that devices share cannot be used: " + unusable.getMessage(), unusable);
    }
  }
}
