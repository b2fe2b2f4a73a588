package dev.nameplate.ca.device;

import java.util.regex.Pattern;

/// The name by which a device is known: in the CSR, in the certificate, in the audit log, and as
/// the user name with its enrollment secret. 1 to 64 letters, digits, dots, dashes and underscores.
public record DeviceId(String value) {

  private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  public DeviceId {
    if (!SHAPE.matcher(value).matches()) {
      throw new IllegalArgumentException("not a device id: " + value);
    }
  }

  public Owner owner() {
    return new Owner(OwnerKind.DEVICE, value);
  }

  @Override
  public String toString() {
    return value;
  }
}
