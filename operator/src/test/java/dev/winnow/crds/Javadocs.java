package dev.winnow.crds;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.ParamTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** What the Javadoc of records says of their components: one text for readers of both. */
final class Javadocs {
  /** By the name of the type, as {@code RetentionPolicy.Rule}, then by component. */
  private final Map<String, Map<String, String>> components = new HashMap<>();

  /** Reads the sources of a package. */
  Javadocs(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(".java")).toList();
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  manager,
                  diagnostic -> {},
                  List.of("-proc:none"),
                  null,
                  manager.getJavaFileObjectsFromPaths(files));
      DocTrees docs = DocTrees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        new Scanner(docs).scan(unit, null);
      }
    }
  }

  /**
   * What is said of a component.
   *
   * @throws IllegalStateException when nothing is
   */
  String of(Class<?> type, String component) {
    String name = type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    String text = components.getOrDefault(name, Map.of()).get(component);
    if (text == null) {
      throw new IllegalStateException("no @param " + component + " in the Javadoc of " + name);
    }
    return text;
  }

  private final class Scanner extends TreePathScanner<@Nullable Void, @Nullable Void> {
    private final DocTrees docs;

    Scanner(DocTrees docs) {
      this.docs = docs;
    }

    @Override
    public @Nullable Void visitClass(ClassTree type, @Nullable Void nothing) {
      DocCommentTree comment = docs.getDocCommentTree(getCurrentPath());
      if (comment != null) {
        Map<String, String> params = new HashMap<>();
        for (DocTree tag : comment.getBlockTags()) {
          if (tag instanceof ParamTree param && !param.isTypeParameter()) {
            params.put(param.getName().toString(), text(param));
          }
        }
        components.put(name(), params);
      }
      return super.visitClass(type, null);
    }

    private String name() {
      String name = "";
      for (TreePath at = getCurrentPath(); at != null; at = at.getParentPath()) {
        if (at.getLeaf() instanceof ClassTree type) {
          name =
              name.isEmpty() ? type.getSimpleName().toString() : type.getSimpleName() + "." + name;
        }
      }
      return name;
    }

    private static String text(ParamTree param) {
      String text =
          param.getDescription().stream()
              .map(Object::toString)
              .collect(Collectors.joining())
              .replaceAll("\\{@(?:code|link) #?([^}]*)}", "$1")
              .replaceAll("</?em>", "")
              .replaceAll("\\s+", " ")
              .strip();
      return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
    }
  }
}
