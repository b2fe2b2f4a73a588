package dev.nameplate.server.admin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// How a route keeps within the scopes of whoever asks. What is out of reach does not exist for
/// them. Without it, only grants without a limit count for the route; but everything below
/// `devices/{id}` keeps [By#DEVICE] without being told.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Limited {

  By value();

  /// What has to be within reach.
  enum By {
    /// Nothing can be: the route concerns everything.
    NOTHING,
    /// The device that the path parameter `id` names.
    DEVICE,
    /// The device that made the request that the path parameter `id` names.
    REQUEST,
    /// The authority whose role is the path parameter `role`.
    ROLE,
    /// The authority whose id is the path parameter `issuer`.
    ISSUER,
    /// The authority that issues under the path parameter `label`.
    LABEL,
    /// The route looks after it, with [Operator#reach].
    ITSELF
  }
}
