package dev.nameplate.ca.audit;

import java.util.regex.Pattern;

/// Where a chain stands, or stood.
///
/// @param sequence of its last row
/// @param hash of its last row, SHA-256 in hex
public record ChainHead(String chain, long sequence, String hash) {

  private static final Pattern CHAIN = Pattern.compile("[A-Za-z0-9._-]{1,200}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  public ChainHead {
    if (!CHAIN.matcher(chain).matches() || sequence < 0 || !HASH.matcher(hash).matches()) {
      throw new IllegalArgumentException("not the head of a chain: " + chain + " " + sequence);
    }
  }
}
