package dev.nameplate.ca.device;

import java.util.Locale;
import java.util.regex.Pattern;

/// Who a name, a key or a certificate belongs to: `device:pump-0017`. Ids of all kinds have the
/// shape of a [DeviceId].
public record Owner(OwnerKind kind, String id) {

  private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  public Owner {
    if (!SHAPE.matcher(id).matches()) {
      throw new IllegalArgumentException("not an owner id: " + id);
    }
  }

  /// @throws IllegalArgumentException unless it is `kind:id` as [#toString] prints it
  public static Owner of(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("not an owner: " + text);
    }
    return new Owner(OwnerKind.of(text.substring(0, colon)), text.substring(colon + 1));
  }

  /// The value of the claim on this owner's name: the same for names that differ in case only.
  public String foldedName() {
    return kind.text() + ":" + id.toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return kind.text() + ":" + id;
  }
}
