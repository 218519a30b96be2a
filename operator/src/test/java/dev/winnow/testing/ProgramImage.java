package dev.winnow.testing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image of programs of this machine, as {@code docker save} writes it: for {@link
 * TestCluster#load}, and for {@code crane push}.
 */
public final class ProgramImage {
  private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");

  private final String reference;
  private final SortedMap<String, BiConsumer<Tar, String>> entries = new TreeMap<>();
  private final ObjectNode config = Json.object();

  private ProgramImage(String reference) {
    this.reference = reference;
    config.put("os", "linux").put("architecture", architecture());
    config.withObject("/rootfs").put("type", "layers");
    folder("tmp", 01777);
  }

  /** An image of this name and tag, with nothing in it. */
  public static ProgramImage named(String reference) {
    return new ProgramImage(reference);
  }

  /** A shell with the usual commands: {@code winnow.dev/busybox:1}. */
  public static ProgramImage busybox() {
    ProgramImage image =
        named("winnow.dev/busybox:1").program("bin/busybox", Tools.find().path("busybox"));
    Tools.find()
        .run("busybox", "--list")
        .lines()
        .filter(command -> !command.equals("busybox"))
        .forEach(command -> image.link("bin/" + command, "busybox"));
    return image.environment("PATH", "/bin").entrypoint("sh");
  }

  /**
   * A registry with the paths of the official image: {@code winnow.dev/registry:2} or {@code :3},
   * on port 5000, with deletes allowed. A pod may mount another {@code
   * /etc/docker/registry/config.yml}.
   */
  public static ProgramImage registry(RegistryVersion version) {
    String config =
        """
        version: 0.1
        storage: {filesystem: {rootdirectory: /var/lib/registry}, delete: {enabled: true}}
        http: {addr: ":5000"}
        """;
    return named("winnow.dev/registry:" + (version == RegistryVersion.V2_8 ? 2 : 3))
        .program("bin/registry", Tools.find().path(version.tool()))
        .file("etc/docker/registry/config.yml", config)
        .folder("var/lib/registry", 0777)
        // 3.x would look for a collector of traces.
        .environment("OTEL_TRACES_EXPORTER", "none")
        .environment("PATH", "/bin")
        .entrypoint("registry", "serve", "/etc/docker/registry/config.yml");
  }

  /** The name and tag. */
  public String reference() {
    return reference;
  }

  /** A program of this machine, with the libraries that it is linked to. */
  public ProgramImage program(String path, Path program) {
    entries.put(path, (tar, name) -> tar.file(name, 0755, program));
    ProcessBuilder ldd = new ProcessBuilder("ldd", program.toString());
    Matcher libraries = LIBRARY.matcher(Tools.finish(ldd).out());
    while (libraries.find()) {
      Path library = Path.of(libraries.group(1));
      entries.put(library.toString().substring(1), (tar, name) -> tar.file(name, 0755, library));
    }
    return this;
  }

  /** A text file. */
  public ProgramImage file(String path, String text) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    entries.put(path, (tar, name) -> tar.file(name, 0644, content));
    return this;
  }

  /** A symbolic link. */
  public ProgramImage link(String path, String target) {
    entries.put(path, (tar, name) -> tar.link(name, target));
    return this;
  }

  /** An empty folder; those that files are in come by themselves. */
  public ProgramImage folder(String path, int mode) {
    entries.put(path, (tar, name) -> tar.folder(name, mode));
    return this;
  }

  /** What a container runs. */
  public ProgramImage entrypoint(String... command) {
    Json.set(config, "config.Entrypoint", command);
    return this;
  }

  /** A variable of a container's environment. */
  public ProgramImage environment(String name, String value) {
    config.withObject("/config").withArray("Env").add(name + "=" + value);
    return this;
  }

  /** Writes the archive into the folder and returns its path. */
  public Path write(Path folder) {
    Path archive = folder.resolve(reference.replaceAll("[^A-Za-z0-9.]", "-") + ".tar");
    Path layer = folder.resolve(archive.getFileName() + ".layer");
    try {
      config.withObject("/rootfs").putArray("diff_ids").add(writeLayer(layer));
      ObjectNode manifest = Json.object().put("Config", "config.json");
      manifest.putArray("RepoTags").add(reference);
      manifest.putArray("Layers").add("layer.tar");
      try (Tar tar = new Tar(new BufferedOutputStream(Files.newOutputStream(archive)))) {
        tar.file("manifest.json", 0644, Json.bytes(Json.array(manifest)))
            .file("config.json", 0644, Json.bytes(config))
            .file("layer.tar", 0644, layer);
      }
      Files.delete(layer);
      return archive;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String writeLayer(Path layer) throws IOException {
    MessageDigest digest = sha256();
    OutputStream file = new BufferedOutputStream(Files.newOutputStream(layer));
    try (Tar tar = new Tar(new DigestOutputStream(file, digest))) {
      entries.forEach((name, entry) -> entry.accept(tar, name));
    }
    return "sha256:" + HexFormat.of().formatHex(digest.digest());
  }

  private static String architecture() {
    String name = System.getProperty("os.arch");
    return name.equals("aarch64") ? "arm64" : name;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has it", e);
    }
  }
}
