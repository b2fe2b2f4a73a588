package dev.nameplate.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /// @param next where the next page begins; null after the last
  record Page<T>(List<T> items, @Nullable String next) {}

  /// All that was found, up to the limit. Says on stderr when there is more.
  ///
  /// @param ask for one page, by a query to which what is looked for is to be added
  <T> List<T> collect(Console console, Function<Map<String, @Nullable Object>, Page<T>> ask) {
    if (limit < 1) {
      throw CommandFailure.of(ExitCode.USAGE, "--limit: at least 1");
    }
    var items = new ArrayList<T>();
    var after = Optional.<String>empty();
    do {
      var query = new HashMap<String, @Nullable Object>();
      query.put("after", after.orElse(null));
      query.put("limit", Math.min(PAGE, limit - items.size()));
      var page = ask.apply(query);
      items.addAll(page.items());
      after = Optional.ofNullable(page.next());
    } while (after.isPresent() && items.size() < limit);
    if (after.isPresent()) {
      console.say("There are more than " + items.size() + "; --limit N shows more.");
    }
    return List.copyOf(items);
  }
}
