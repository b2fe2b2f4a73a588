package dev.nameplate.ca.issuer;

import java.util.regex.Pattern;

/// Which of an issuer's CRLs a certificate is listed on; fixed when the certificate is reserved.
public record CrlScope(String name) {

  // before the constants below: they are checked against it
  private static final Pattern SHAPE = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  /// Certificates of authorities.
  public static final CrlScope AUTHORITIES = new CrlScope("authorities");

  /// Certificates of everybody else: all of them, also those that have a shard of their own.
  public static final CrlScope END_ENTITIES = new CrlScope("end-entities");

  /// How many shards there can be.
  public static final int MOST_SHARDS = 1024;

  private static final String SHARD = "shard-";

  public CrlScope {
    if (!SHAPE.matcher(name).matches()) {
      throw new IllegalArgumentException("not a CRL scope: " + name);
    }
  }

  /// One of many parts of what end entities have: each of their certificates is in one of them, or
  /// in none, as it was fixed when it was reserved.
  public static CrlScope shard(int index) {
    if (index < 0 || index >= MOST_SHARDS) {
      throw new IllegalArgumentException("not the index of a shard: " + index);
    }
    return new CrlScope(SHARD + index);
  }

  public boolean isShard() {
    return name.startsWith(SHARD);
  }

  /// Whether what is listed there is listed here, too.
  public boolean covers(CrlScope other) {
    return equals(other) || (equals(END_ENTITIES) && other.isShard());
  }

  @Override
  public String toString() {
    return name;
  }
}
