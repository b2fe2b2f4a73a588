package dev.nameplate.est;

/// A body that was read to its end; what is in it is looked at only when we know who sent it.
@FunctionalInterface
public interface Posted {

  /// @throws UnreadableBodyException if it is not encoded as its transport wants it
  byte[] der() throws UnreadableBodyException;
}
