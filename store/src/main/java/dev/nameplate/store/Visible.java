package dev.nameplate.store;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.Within;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/// What somebody may see of a list, as the condition of a statement.
record Visible(String sql, List<Object> values) {

  private static final String NOTHING = "1 = 0";

  /// Of the table `owner`.
  static Visible owners(Within within) {
    var conditions = place(within);
    conditions.in("label", within.labels());
    return conditions.any();
  }

  /// Of the table `certificate`: the attributes are its owner's.
  static Visible certificates(Within within) {
    var conditions = new Conditions();
    conditions.ofOwner("certificate", place(within).any());
    conditions.in("issuer_id", within.issuers().stream().map(IssuerId::hex).toList());
    return conditions.any();
  }

  /// Of the table `pending_request`: everything is its owner's.
  static Visible requests(Within within) {
    var conditions = new Conditions();
    conditions.ofOwner("pending_request", owners(within));
    return conditions.any();
  }

  private static Conditions place(Within within) {
    var conditions = new Conditions();
    conditions.in("device_group", within.groups());
    conditions.in("lot", within.lots());
    conditions.in("site", within.sites());
    return conditions;
  }

  private static final class Conditions {
    private final List<String> some = new ArrayList<>();
    private final List<Object> values = new ArrayList<>();

    void in(String column, Collection<String> wanted) {
      if (!wanted.isEmpty()) {
        some.add(
            column + " IN (" + String.join(", ", Collections.nCopies(wanted.size(), "?")) + ")");
        values.addAll(wanted);
      }
    }

    void ofOwner(String table, Visible owners) {
      if (!owners.sql().equals(NOTHING)) {
        some.add(
            "EXISTS (SELECT 1 FROM owner WHERE owner.kind = "
                + table
                + ".owner_kind AND owner.id = "
                + table
                + ".owner_id AND "
                + owners.sql()
                + ")");
        values.addAll(owners.values());
      }
    }

    Visible any() {
      return new Visible(
          some.isEmpty() ? NOTHING : "(" + String.join(" OR ", some) + ")", List.copyOf(values));
    }
  }
}
