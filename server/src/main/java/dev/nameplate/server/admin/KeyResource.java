package dev.nameplate.server.admin;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.ServiceSignerRecord;
import dev.nameplate.ca.store.ServiceSignerStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.List;

/// Where the keys of this node should be: for those who look into its token.
@Path("keys")
@Produces(MediaType.APPLICATION_JSON)
public final class KeyResource {

  private final IssuerSource issuers;
  private final ServiceSignerStore signers;
  private final String node;

  KeyResource(IssuerSource issuers, ServiceSignerStore signers, String node) {
    this.issuers = issuers;
    this.signers = signers;
    this.node = node;
  }

  /// Where each key of this node should be.
  @GET
  @RolesAllowed({Role.VIEWER, Role.CA_ADMIN})
  public AdminApi.Keys keys() {
    return known(issuers, signers, node, true);
  }

  /// The key of a root that is offline is among them, in a token that is none.
  ///
  /// @param issues whether the node is one that issues: the keys of the authorities are its own,
  ///   too, and it signs documents
  public static AdminApi.Keys known(
      IssuerSource issuers, ServiceSignerStore signers, String node, boolean issues) {
    var keys = new ArrayList<AdminApi.Key>();
    for (var issuer : issues ? issuers.issuers() : List.<IssuerRecord>of()) {
      var use = issuer.role() + " authority " + issuer.issuer().name();
      issuer.keys().forEach(key -> keys.add(key(use, key)));
    }
    for (var signer : issuers.ocspSigners()) {
      if (signer.node().equals(node)) {
        keys.add(key("OCSP answers until " + signer.certificate().notAfter(), signer.key()));
      }
    }
    for (var signer : issues ? signers.serviceSigners() : List.<ServiceSignerRecord>of()) {
      if (signer.node().equals(node)) {
        var use =
            switch (signer.purpose()) {
              case AUDIT -> "audit checkpoints until ";
              case RECEIPT -> "receipts until ";
            };
        keys.add(key(use + signer.certificate().notAfter(), signer.key()));
      }
    }
    return new AdminApi.Keys(keys);
  }

  private static AdminApi.Key key(String use, KeyLocation key) {
    return new AdminApi.Key(use, key.token(), key.label(), key.id(), key.fingerprint().hex());
  }
}
