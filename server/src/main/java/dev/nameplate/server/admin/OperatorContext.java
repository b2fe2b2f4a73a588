package dev.nameplate.server.admin;

import jakarta.ws.rs.core.SecurityContext;

/// An operator whom a client certificate names, as JAX-RS knows whoever asks.
record OperatorContext(Operator operator) implements SecurityContext {

  @Override
  public Operator getUserPrincipal() {
    return operator;
  }

  @Override
  public boolean isUserInRole(String role) {
    return operator.isInRole(role);
  }

  @Override
  public boolean isSecure() {
    return true;
  }

  @Override
  public String getAuthenticationScheme() {
    return SecurityContext.CLIENT_CERT_AUTH;
  }
}
