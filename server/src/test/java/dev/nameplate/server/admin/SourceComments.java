package dev.nameplate.server.admin;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/// What the comments in our own sources say: of classes, methods and their parameters.
final class SourceComments {

  /// A reference to another part of the code, which means nothing outside of it.
  private static final Pattern REFERENCE = Pattern.compile("\\[#?([\\w.#]+)](?!\\()");

  /// One comment.
  ///
  /// @param parameters what `@param` says, by name
  record Comment(String text, Map<String, String> parameters) {

    static final Comment NONE = new Comment("", Map.of());

    /// Up to the first full stop.
    String firstSentence() {
      int end = text.indexOf(". ");
      return end < 0 ? text : text.substring(0, end + 1);
    }
  }

  /// By the binary name of the class, with `#method` for a method.
  private final Map<String, Comment> comments = new HashMap<>();

  private SourceComments() {}

  /// Of all files in these folders of the module that is tested.
  static SourceComments of(Path... folders) throws IOException {
    var files = new ArrayList<Path>();
    for (var folder : folders) {
      try (var inside = Files.list(folder)) {
        inside.filter(file -> file.toString().endsWith(".java")).sorted().forEach(files::add);
      }
    }
    var all = new SourceComments();
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var manager = compiler.getStandardFileManager(null, null, null)) {
      var task =
          (JavacTask)
              compiler.getTask(
                  null,
                  manager,
                  _ -> {},
                  List.of("-proc:none"),
                  null,
                  manager.getJavaFileObjectsFromPaths(files));
      var docs = DocTrees.instance(task);
      for (var unit : task.parse()) {
        all.new Reader(docs, Objects.requireNonNull(unit.getPackageName()).toString())
            .scan(unit, null);
      }
    }
    return all;
  }

  Comment of(Class<?> type) {
    return comments.getOrDefault(type.getName(), Comment.NONE);
  }

  Comment of(Class<?> type, String method) {
    return comments.getOrDefault(type.getName() + "#" + method, Comment.NONE);
  }

  private final class Reader extends TreePathScanner<@Nullable Void, @Nullable Void> {

    private final DocTrees docs;
    private String name;

    Reader(DocTrees docs, String packageName) {
      this.docs = docs;
      this.name = packageName + ".";
    }

    @Override
    public @Nullable Void visitClass(ClassTree type, @Nullable Void nothing) {
      var outside = name;
      name = outside + type.getSimpleName();
      remember(name);
      name += "$";
      super.visitClass(type, null);
      name = outside;
      return null;
    }

    @Override
    public @Nullable Void visitMethod(MethodTree method, @Nullable Void nothing) {
      remember(name.substring(0, name.length() - 1) + "#" + method.getName());
      // what is inside of it has no routes
      return null;
    }

    private void remember(String of) {
      Optional.ofNullable(docs.getDocCommentTree(getCurrentPath()))
          .ifPresent(comment -> comments.putIfAbsent(of, parsed(comment)));
    }
  }

  private static Comment parsed(DocCommentTree comment) {
    var parameters = new HashMap<String, String>();
    for (var tag : comment.getBlockTags()) {
      var words = tag.toString().split("\\s+", 3);
      if (words[0].equals("@param") && words.length == 3) {
        parameters.put(words[1], inOneLine(words[2]));
      }
    }
    var body = new StringBuilder();
    comment.getFullBody().forEach(body::append);
    return new Comment(inOneLine(body.toString()), Map.copyOf(parameters));
  }

  private static String inOneLine(String text) {
    return REFERENCE.matcher(text.replaceAll("\\s+", " ").strip()).replaceAll("$1");
  }
}
