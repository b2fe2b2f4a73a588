package dev.nameplate.server.admin;

import dev.nameplate.ca.admin.Place;
import dev.nameplate.ca.admin.Reach;
import dev.nameplate.ca.admin.Scope.Dimension;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.RequestStore;
import dev.nameplate.ca.store.Within;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Where things are, as the scopes of administrators see it. What is not there is nowhere to be
/// found, for anybody.
final class Places {

  private final OwnerStore owners;
  private final RequestStore requests;
  private final IssuerSource issuers;
  private final List<CertificateProfile> profiles;

  Places(
      OwnerStore owners,
      RequestStore requests,
      IssuerSource issuers,
      List<CertificateProfile> profiles) {
    this.owners = owners;
    this.requests = requests;
    this.issuers = issuers;
    this.profiles = profiles;
  }

  /// Empty for what is no name of a device, too.
  Optional<Place> ofDevice(String id) {
    return parsed(id, DeviceId::new).flatMap(device -> ofOwner(device.owner()));
  }

  Optional<Place> ofOwner(Owner owner) {
    return owners.find(owner).map(this::of);
  }

  Place of(OwnerRecord record) {
    return record.owner().kind() == OwnerKind.DEVICE
        ? ofNewDevice(record.label(), record.attributes())
        : Place.NOWHERE;
  }

  /// Where a device would be that is registered like this.
  Place ofNewDevice(String label, DeviceAttributes attributes) {
    return Place.of(attributes, authorityOf(label));
  }

  /// Where its owner is, and who issued it.
  Place of(CertificateRecord record) {
    var owner = ofOwner(record.owner()).orElse(Place.NOWHERE);
    return new Place(owner.group(), owner.lot(), owner.site(), role(record.issuer()));
  }

  Optional<Place> ofRequest(String id) {
    return parsed(id, PendingRequest.Id::new)
        .flatMap(requests::find)
        .flatMap(request -> ofOwner(request.owner()));
  }

  Optional<Place> ofRole(String role) {
    return issuers.issuers().stream()
        .map(IssuerRecord::role)
        .filter(role::equals)
        .findFirst()
        .map(Place::ofAuthority);
  }

  Optional<Place> ofIssuer(String id) {
    return parsed(id, IssuerId::new).flatMap(this::role).map(Place::ofAuthority);
  }

  Optional<Place> ofLabel(String label) {
    return authorityOf(label).map(Place::ofAuthority);
  }

  /// What of a list is within reach; empty if all of it is.
  Optional<Within> within(Reach reach) {
    if (reach.isEverywhere()) {
      return Optional.empty();
    }
    var roles = reach.values(Dimension.CA);
    return Optional.of(
        new Within(
            reach.values(Dimension.GROUP),
            reach.values(Dimension.LOT),
            reach.values(Dimension.SITE),
            profiles.stream()
                .filter(profile -> roles.contains(profile.issuer()))
                .map(CertificateProfile::name)
                .collect(Collectors.toSet()),
            roles.isEmpty()
                ? Set.of()
                : issuers.issuers().stream()
                    .filter(record -> roles.contains(record.role()))
                    .map(record -> record.issuer().id())
                    .collect(Collectors.toSet())));
  }

  private Optional<String> authorityOf(String label) {
    return profiles.stream()
        .filter(profile -> profile.name().equals(label))
        .map(CertificateProfile::issuer)
        .findFirst();
  }

  private Optional<String> role(IssuerId issuer) {
    return issuers.issuers().stream()
        .filter(record -> record.issuer().id().equals(issuer))
        .map(IssuerRecord::role)
        .findFirst();
  }

  private static <T> Optional<T> parsed(String text, Function<String, T> parse) {
    try {
      return Optional.of(parse.apply(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
