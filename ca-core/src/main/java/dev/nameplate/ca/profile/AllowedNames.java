package dev.nameplate.ca.profile;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.AltName;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// The subjectAltNames that a request may ask for. In patterns `{id}` stands for the owner's id; a
/// pattern without it lets every owner have the name.
///
/// @param dns host names; a label `*` stands for any one label, but never for a wildcard
/// @param ip networks in CIDR notation
/// @param uri whole URIs
/// @param hardwareModule whether a hardwareModuleName is allowed, with any content
public record AllowedNames(
    List<String> dns, List<Network> ip, List<String> uri, boolean hardwareModule) {

  private static final String ID = "{id}";
  private static final Pattern DNS_PATTERN =
      Pattern.compile("(?i)(\\*|[a-z0-9{}-]+)(\\.(\\*|[a-z0-9{}-]+))*");

  public AllowedNames {
    dns.forEach(pattern -> {
      if (!DNS_PATTERN.matcher(pattern).matches() || hasOtherBraces(pattern)) {
        throw new IllegalArgumentException("not a pattern of host names: " + pattern);
      }
    });
    uri.forEach(pattern -> {
      if (pattern.indexOf(':') < 1 || hasOtherBraces(pattern)) {
        throw new IllegalArgumentException("not a pattern of URIs: " + pattern);
      }
    });
    if (dns.isEmpty() && ip.isEmpty() && uri.isEmpty() && !hardwareModule) {
      throw new IllegalArgumentException("no names are allowed");
    }
    dns = List.copyOf(dns);
    ip = List.copyOf(ip);
    uri = List.copyOf(uri);
  }

  /// The first of these that is not allowed.
  public Optional<AltName> firstDenied(List<AltName> asked, Owner owner) {
    return asked.stream().filter(name -> !allows(name, owner)).findFirst();
  }

  private boolean allows(AltName name, Owner owner) {
    return switch (name) {
      case AltName.Dns host ->
          host.isValid() && dns.stream().anyMatch(pattern -> matches(pattern, host, owner));
      case AltName.Ip(var address) ->
          ip.stream().anyMatch(network -> network.contains(address.toByteArray()));
      case AltName.Uri asked ->
          uri.stream()
              .anyMatch(pattern -> new AltName.Uri(pattern.replace(ID, owner.id())).equals(asked));
      case AltName.HardwareModule _ -> hardwareModule;
      case AltName.Other _ -> false;
    };
  }

  private static boolean matches(String pattern, AltName.Dns host, Owner owner) {
    // an id with dots in it is several labels
    var wanted = pattern.replace(ID, owner.id()).toLowerCase(Locale.ROOT).split("\\.", -1);
    var asked = host.name().split("\\.", -1);
    if (wanted.length != asked.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (!wanted[i].equals("*") && !wanted[i].equals(asked[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasOtherBraces(String pattern) {
    var rest = pattern.replace(ID, "");
    return rest.indexOf('{') >= 0 || rest.indexOf('}') >= 0;
  }
}
