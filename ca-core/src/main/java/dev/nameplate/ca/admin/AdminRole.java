package dev.nameplate.ca.admin;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// What somebody may do who administers.
public enum AdminRole {
  /// Looks at everything but the audit log, and changes nothing.
  VIEWER,
  /// Reads the audit log and the reports, and nothing else.
  AUDITOR,
  /// Registers devices and makes their enrollment secrets, and does nothing else.
  LINE_OPERATOR,
  /// Does everything with devices, except approve.
  DEVICE_ADMIN,
  /// Takes things back: certificates, devices.
  REVOKER,
  /// Works with the authorities, their lists and keys, and with whoever vouches for others.
  CA_ADMIN,
  /// Approves what others ask for, and says who may do what.
  SECURITY_OFFICER,
  /// Tells what it sees and asks whom to let in: a broker, or another gateway.
  GATEWAY;

  /// As people write it: `line-operator`.
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// @throws IllegalArgumentException if there is no such role
  public static AdminRole of(String text) {
    return Arrays.stream(values())
        .filter(role -> role.text().equals(text))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'"
                    + text
                    + "' is none of "
                    + String.join(", ", texts(EnumSet.allOf(AdminRole.class)))));
  }

  /// Roles that nobody has who also says who may do what: whoever had both could do everything
  /// alone.
  boolean needsASecondPerson() {
    return switch (this) {
      case DEVICE_ADMIN, REVOKER, CA_ADMIN -> true;
      case VIEWER, AUDITOR, LINE_OPERATOR, SECURITY_OFFICER, GATEWAY -> false;
    };
  }

  private static String[] texts(Set<AdminRole> roles) {
    return roles.stream().map(AdminRole::text).toArray(String[]::new);
  }
}
