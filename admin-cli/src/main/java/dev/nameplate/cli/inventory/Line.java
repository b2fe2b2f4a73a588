package dev.nameplate.cli.inventory;

import dev.nameplate.server.admin.InventoryApi;

/// One row of a file, and the line on which it begins, counted from 1.
public sealed interface Line {

  long number();

  /// A row that can be read; whether it makes sense is for the server to say.
  record Row(InventoryApi.Row content) implements Line {
    @Override
    public long number() {
      return content.line();
    }
  }

  /// A row that cannot be read; the rows after it can.
  ///
  /// @param id of the device, or empty if that cannot be said
  /// @param what was found
  record Wrong(long number, String id, String what) implements Line {}
}
