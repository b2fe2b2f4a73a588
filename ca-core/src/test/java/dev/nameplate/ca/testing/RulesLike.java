package dev.nameplate.ca.testing;

import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.profile.EnrollmentRules.Linking;
import dev.nameplate.ca.profile.EnrollmentRules.Registration;
import dev.nameplate.ca.profile.EnrollmentRules.RequestedExtensions;
import dev.nameplate.ca.profile.EnrollmentRules.Require;
import dev.nameplate.ca.profile.EnrollmentRules.SecretScheme;
import dev.nameplate.ca.profile.EnrollmentRules.ServerKeygen;
import java.time.Duration;
import java.util.Set;

/// The usual rules of a label, but for what a test says.
public final class RulesLike {

  private Set<Credential> credentials = EnrollmentRules.USUAL.credentials();
  private Linking linking = EnrollmentRules.USUAL.linking();
  private ServerKeygen serverKeygen = EnrollmentRules.USUAL.serverKeygen();
  private boolean approval = EnrollmentRules.USUAL.approval();
  private RequestedExtensions requestedExtensions = EnrollmentRules.USUAL.requestedExtensions();
  private Set<SecretScheme> secrets = EnrollmentRules.USUAL.secrets();
  private Require require = EnrollmentRules.USUAL.require();
  private Registration register = EnrollmentRules.USUAL.register();
  private Duration expiredGrace = EnrollmentRules.USUAL.expiredGrace();

  private RulesLike() {}

  public static RulesLike usual() {
    return new RulesLike();
  }

  public RulesLike credentials(Credential... others) {
    credentials = Set.of(others);
    return this;
  }

  public RulesLike linking(Linking other) {
    linking = other;
    return this;
  }

  public RulesLike serverKeygen(ServerKeygen other) {
    serverKeygen = other;
    return this;
  }

  public RulesLike approval(boolean other) {
    approval = other;
    return this;
  }

  public RulesLike requestedExtensions(RequestedExtensions other) {
    requestedExtensions = other;
    return this;
  }

  public RulesLike secrets(SecretScheme... others) {
    secrets = Set.of(others);
    return this;
  }

  public RulesLike require(Require other) {
    require = other;
    return this;
  }

  public RulesLike register(Registration other) {
    register = other;
    return this;
  }

  public RulesLike expiredGrace(Duration other) {
    expiredGrace = other;
    return this;
  }

  public EnrollmentRules rules() {
    return new EnrollmentRules(
        credentials,
        linking,
        serverKeygen,
        approval,
        requestedExtensions,
        secrets,
        require,
        EnrollmentRules.USUAL.idevid(),
        register,
        expiredGrace);
  }
}
