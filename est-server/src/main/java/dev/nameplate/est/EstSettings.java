package dev.nameplate.est;

import dev.nameplate.ca.profile.CertificateProfile;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What the EST service offers.
///
/// @param labels the profile behind each label of `/.well-known/est/{label}/…`
/// @param defaultLabel the label meant by a path without one
/// @param wrapped labels whose cacerts are wrapped at 64 characters for every client, because
///   theirs cannot read one long line
/// @param retryAfter when to ask again after a fault of ours
public record EstSettings(
    Map<String, CertificateProfile> labels,
    String defaultLabel,
    Set<String> wrapped,
    Duration retryAfter) {

  private static final Pattern LABEL = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  public EstSettings {
    labels = Map.copyOf(labels);
    wrapped = Set.copyOf(wrapped);
    labels.forEach(EstSettings::check);
    if (!labels.containsKey(defaultLabel)) {
      throw new IllegalArgumentException("the default EST label " + defaultLabel + " is no label");
    }
    if (!labels.keySet().containsAll(wrapped)) {
      throw new IllegalArgumentException("wrapped for labels that are not there: " + wrapped);
    }
    if (retryAfter.toSeconds() < 1) {
      throw new IllegalArgumentException("an EST Retry-After below one second: " + retryAfter);
    }
  }

  /// The profile behind a label, which must be written exactly as it was configured.
  Optional<CertificateProfile> profile(String label) {
    return Optional.ofNullable(labels.get(label));
  }

  private static void check(String label, CertificateProfile profile) {
    if (!LABEL.matcher(label).matches()) {
      throw new IllegalArgumentException("not an EST label: " + label);
    }
    if (Operation.of(label).isPresent()) {
      throw new IllegalArgumentException(
          "the EST label " + label + " has the name of an operation");
    }
    if (profile.enrollment().isEmpty()) {
      throw new IllegalArgumentException(
          "the EST label " + label + ": profile " + profile.name() + " is not for EST");
    }
  }
}
