package dev.nameplate.ca.policy;

import org.jspecify.annotations.Nullable;

/// Where a request came from, for whoever reads the audit log next to the log of a client.
///
/// @param request the id that the answer carried, and every log line about it
/// @param address of the client, or `internal`
public record Origin(String request, String address) {

  /// Nameplate itself.
  public static final Origin INTERNAL = new Origin("-", "internal");

  private static final Origin UNKNOWN = new Origin("-", "unknown");

  /// The attribute of an HTTP request under which the server keeps it.
  public static final String ATTRIBUTE = Origin.class.getName();

  /// What was found under [#ATTRIBUTE].
  public static Origin of(@Nullable Object attribute) {
    return attribute instanceof Origin origin ? origin : UNKNOWN;
  }

  @Override
  public String toString() {
    return "request " + request + " from " + address;
  }
}
