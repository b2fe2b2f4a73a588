package dev.nameplate.server;

import dev.nameplate.ca.signing.KeyPurpose;
import dev.nameplate.server.Settings.Role;
import dev.nameplate.server.Settings.Token;
import dev.nameplate.server.Settings.Token.Driver;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What must hold between the tokens of the settings.
final class TokenRules {

  private TokenRules() {}

  /// @throws IllegalArgumentException naming the tokens that do not go together, and why
  static void check(Optional<Token> one, Optional<List<Token>> several, Set<Role> roles) {
    if (one.isPresent() == several.isPresent()) {
      throw new IllegalArgumentException("needs either token, or tokens");
    }
    if (one.filter(token -> token.keys().isPresent() || token.standby().isPresent()).isPresent()) {
      throw new IllegalArgumentException(
          "token: keys and standby are for one of several tokens; write tokens as a list");
    }
    var tokens = several.orElseGet(() -> one.stream().toList());
    if (tokens.isEmpty()) {
      throw new IllegalArgumentException("tokens: keys live in one token at least");
    }
    var byLabel = byLabel(tokens);
    requireOneSoftHsm(tokens);
    requireStandbys(tokens, byLabel);
    requireNoneMadeByJca(tokens);
    requireOneMaker(tokens);
    if (roles.contains(Role.STATUS)) {
      requireOcspMaker(tokens);
    }
  }

  /// Those that are nobody's standby.
  static List<Token> primaries(List<Token> tokens) {
    var standbys = new HashSet<String>();
    tokens.forEach(token -> token.standby().ifPresent(standbys::add));
    return tokens.stream().filter(token -> !standbys.contains(token.label())).toList();
  }

  private static Map<String, Token> byLabel(List<Token> tokens) {
    var byLabel = new HashMap<String, Token>();
    for (var token : tokens) {
      if (byLabel.put(token.label(), token) != null) {
        throw new IllegalArgumentException(
            "tokens: two have the label " + token.label() + ", by which their keys are found");
      }
    }
    return byLabel;
  }

  private static void requireOneSoftHsm(List<Token> tokens) {
    var softHsm = tokens.stream().filter(token -> token.softhsm().isPresent()).toList();
    for (var token : softHsm) {
      if (!token.softhsm().equals(softHsm.getFirst().softhsm())) {
        throw new IllegalArgumentException(
            "tokens: SoftHSM reads one folder in a process, and %s is in %s, but %s in %s"
                .formatted(
                    softHsm.getFirst().label(),
                    softHsm.getFirst().softhsm().orElseThrow(),
                    token.label(),
                    token.softhsm().orElseThrow()));
      }
    }
  }

  private static void requireStandbys(List<Token> tokens, Map<String, Token> byLabel) {
    var taken = new HashSet<String>();
    for (var token : tokens) {
      if (token.standby().isEmpty()) {
        continue;
      }
      var label = token.standby().get();
      var standby = byLabel.get(label);
      if (standby == null || label.equals(token.label())) {
        throw new IllegalArgumentException(
            "tokens: the standby of " + token.label() + " must be another of them, not " + label);
      }
      if (!taken.add(label) || standby.standby().isPresent()) {
        throw new IllegalArgumentException(
            "tokens: " + label + " can be the standby of one token only, and have none itself");
      }
      if (!token.makes().isEmpty() || !standby.makes().isEmpty()) {
        throw new IllegalArgumentException(
            "tokens: %s and its standby %s hold the same keys, so none is made in one of them; name"
                    .formatted(token.label(), label)
                + " their keys for another token");
      }
      if (token.rsaSignatures() != standby.rsaSignatures()) {
        throw new IllegalArgumentException(
            "tokens: %s and its standby %s sign for each other, but differ in rsa_signatures"
                .formatted(token.label(), label));
      }
    }
  }

  private static void requireNoneMadeByJca(List<Token> tokens) {
    for (var token : tokens) {
      if (token.driver() == Driver.JCA && token.keys().isPresent()) {
        throw new IllegalArgumentException(
            "tokens: no key is made in %s, which has the driver jca; name its keys for another token"
                .formatted(token.label()));
      }
    }
  }

  private static void requireOneMaker(List<Token> tokens) {
    var makers = new HashMap<KeyPurpose, String>();
    for (var token : tokens) {
      for (var purpose : token.makes()) {
        var other = makers.put(purpose, token.label());
        if (other != null) {
          throw new IllegalArgumentException(
              "tokens: new %s keys cannot be made in both %s and %s"
                  .formatted(RecordBinder.word(purpose), other, token.label()));
        }
      }
    }
  }

  /// Each node makes its own, and new ones as the old ones run out: nobody is asked then.
  private static void requireOcspMaker(List<Token> tokens) {
    var maker =
        tokens.stream()
            .filter(token -> token.makes().contains(KeyPurpose.OCSP))
            .findFirst()
            .orElseGet(() -> primaries(tokens).getFirst());
    if (maker.driver() == Driver.JCA || maker.standby().isPresent()) {
      throw new IllegalArgumentException(
          "tokens: OCSP signing keys are made again and again, and %s makes none (it %s); name them"
                  .formatted(
                      maker.label(),
                      maker.driver() == Driver.JCA ? "has the driver jca" : "has a standby")
              + " for a token that does: keys: [ocsp]");
    }
  }
}
