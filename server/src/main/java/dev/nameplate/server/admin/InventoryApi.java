package dev.nameplate.server.admin;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the admin API says about many devices at once: the JSON of an import. See [AdminApi] for
/// what holds for all of it.
public final class InventoryApi {

  /// How many rows one request may have.
  public static final int MOST_ROWS = 1000;

  /// How many characters the cells of one request may have together.
  public static final int MOST_CHARACTERS = 256 * 1024;

  /// A device as an import wants it. What is null was not said, and is left as it is; what is empty
  /// is said to be nothing.
  ///
  /// @param line where it stands in the file, for the answer
  /// @param profile for its certificates
  /// @param secret whether to make one for it, as the import says, if it never had a certificate
  public record Row(
      long line,
      @Nullable String id,
      @Nullable String profile,
      @Nullable String model,
      @Nullable String site,
      @Nullable String group,
      @Nullable String lot,
      @Nullable String owner,
      @Nullable String hardwareSerial,
      @Nullable Boolean secret) {

    public Row withSecret() {
      return new Row(
          line, id, profile, model, site, group, lot, owner, hardwareSerial, Boolean.TRUE);
    }
  }

  /// `POST /inventory/import`. Without more said: nothing that is there already is changed,
  /// everything is done, and no secrets are made.
  ///
  /// @param rows [#MOST_ROWS] at most
  /// @param profile for rows that name none
  /// @param update whether devices that are there already get the attributes that the rows say
  /// @param dryRun whether to tell only what would be done
  /// @param secrets how those are that the rows ask for
  public record Import(
      @Nullable List<Row> rows,
      @Nullable String profile,
      @Nullable Boolean update,
      @Nullable Boolean dryRun,
      AdminApi.@Nullable NewSecret secrets) {}

  /// What became of one row.
  ///
  /// @param outcome `created`, `unchanged`, `updated`, `conflict` or `invalid`
  /// @param detail what was found, where that has to be said
  /// @param secret if one was made
  public record Result(
      long line,
      @Nullable String id,
      String outcome,
      @Nullable String detail,
      AdminApi.@Nullable Secret secret) {}

  /// In the order of the rows.
  public record Imported(List<Result> items) {}

  /// A device as an export has it: the fields of a [Row] first, so that it can be imported again.
  ///
  /// @param state `registered`, `enrolled`, `active`, ...
  public record Device(
      String id,
      String profile,
      @Nullable String model,
      @Nullable String site,
      @Nullable String group,
      @Nullable String lot,
      @Nullable String owner,
      @Nullable String hardwareSerial,
      String state,
      int epoch,
      Instant registeredAt,
      @Nullable Instant retiredAt) {}

  /// `GET /inventory/devices`.
  ///
  /// @param next what to ask `after` for the next page; null if this is the last
  public record Devices(List<Device> items, @Nullable String next) {}

  private InventoryApi() {}
}
