package dev.nameplate.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How much of a list is wanted. The server gives it in pages; the command asks for one after the
/// other.
final class PageOptions {

  private static final int PAGE = 500;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Print this many at most. Default: ${DEFAULT-VALUE}.")
  int limit = 1000;

  @Option(
      names = "--all",
      description = "Print all there are; with -o jsonl or name as they come, however many.")
  boolean all;

  /// @param next where the next page begins; null after the last
  record Page<T>(List<T> items, @Nullable String next) {}

  /// All that was found, up to the limit. Says on stderr when there is more.
  ///
  /// @param ask for one page, by a query to which what is looked for is to be added
  <T> List<T> collect(Console console, Function<Map<String, @Nullable Object>, Page<T>> ask) {
    var items = new ArrayList<T>();
    each(console, ask, items::add);
    return List.copyOf(items);
  }

  /// Prints all that was found, up to the limit, as [OutputOptions] wants it. Where that is line by
  /// line, no more than a page is kept.
  ///
  /// @param json what [OutputOptions#json] said
  /// @param ask for one page, by a query to which what is looked for is to be added
  /// @param table for people
  <T> void print(
      Console console,
      boolean json,
      Function<Map<String, @Nullable Object>, Page<T>> ask,
      Function<List<T>, Table> table) {
    if (console.printsByItem()) {
      each(console, ask, console::printItem);
    } else if (json) {
      console.printJson(Map.of("items", collect(console, ask)));
    } else {
      console.print(table.apply(collect(console, ask)));
    }
  }

  private <T> void each(
      Console console,
      Function<Map<String, @Nullable Object>, Page<T>> ask,
      Consumer<? super T> action) {
    if (limit < 1) {
      throw CommandFailure.of(ExitCode.USAGE, "--limit: at least 1");
    }
    long left = all ? Long.MAX_VALUE : limit;
    var after = Optional.<String>empty();
    do {
      var query = new HashMap<String, @Nullable Object>();
      query.put("after", after.orElse(null));
      query.put("limit", Math.min(PAGE, left));
      var page = ask.apply(query);
      page.items().forEach(action);
      left -= page.items().size();
      after = Optional.ofNullable(page.next());
    } while (after.isPresent() && left > 0);
    if (after.isPresent()) {
      console.say("There are more than " + limit + "; --limit N shows more, --all all of them.");
    }
  }
}
