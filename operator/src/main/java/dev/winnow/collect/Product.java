package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.Container;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Registries whose volumes are not Winnow's to collect: each has a collector of its own. */
enum Product {
  HARBOR(
      "Harbor",
      "(.*/)?goharbor/.*|(.*/)?(harbor-[^/]*|registry-photon)",
      "schedule garbage collection in Harbor itself (Administration, Clean Up)"),
  GITLAB(
      "GitLab",
      "(.*/)?gitlab(-container-registry|-[ce]e|/gitlab-.*)",
      "collect with gitlab-ctl registry-garbage-collect, or the online one of its metadata"
          + " database"),
  QUAY("Quay", "(.*/)?quay(-rhel\\d+)?", "Quay collects by itself"),
  ZOT("zot", "(.*/)?zot(-[^/]*)?", "zot collects by itself: storage.gc in its configuration");

  private final String title;
  private final Pattern image;
  private final String instead;

  Product(String title, String image, String instead) {
    this.title = title;
    this.image = Pattern.compile(image);
    this.instead = instead;
  }

  /** Which of them a container is; empty for anything else. */
  static Optional<Product> of(Container container) {
    String image = withoutHost(withoutTag(container.getImage()));
    return Stream.of(values())
        .filter(product -> product.image.matcher(image).matches() || product.isRun(container))
        .findFirst();
  }

  /** By the name of the program. */
  private boolean isRun(Container container) {
    return container.getCommand().stream()
        .limit(1)
        .anyMatch(
            program -> program.matches("(.*/)?" + name().toLowerCase(Locale.ROOT) + "([-_].*)?"));
  }

  /** Why it is not collected, and what to do. */
  String message() {
    return "the workload runs " + title + ", whose volume Winnow does not collect: " + instead;
  }

  /** An image's name without tag and digest. */
  static String withoutTag(String image) {
    String name = image.replaceFirst("@.*$", "");
    return name.replaceFirst(":[^/]*$", "");
  }

  private static String withoutHost(String name) {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    boolean isHost = first.contains(".") || first.contains(":") || first.equals("localhost");
    return isHost ? name.substring(slash + 1) : name;
  }
}
