package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a store as the registry that serves it would, and changes nothing: whoever has the volume
 * need not ask the registry. May be used by many threads at once.
 *
 * <p>Source: distribution, registry/storage: catalog.go, tagstore.go, linkedblobstore.go.
 */
public final class StoreReader {
  /** What a registry takes for a manifest at most; twice that much is read. */
  private static final int MOST_MANIFEST = 8 << 20;

  private static final int BUFFER = 1 << 17;

  /** Source: OCI distribution spec, Pulling manifests. */
  private static final Pattern TAG = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

  private final Volume volume = new Volume(Volume.Watcher.NONE);
  private final StoreLayout layout;

  private StoreReader(StoreLayout layout) {
    this.layout = layout;
  }

  /**
   * A store to be read.
   *
   * @param root the registry's {@code rootdirectory}
   * @param expect the volume's instance as it was last reported; null: any
   * @throws RefusedException when there is no store, or another one
   */
  public static StoreReader open(Path root, @Nullable String expect) throws IOException {
    StoreReader reader = new StoreReader(new StoreLayout(root));
    new Preflight(reader.volume, reader.layout).look();
    Instance.refuseOther(reader.volume, reader.layout, expect);
    return reader;
  }

  /** The repositories by name. */
  public List<String> repositories() throws IOException {
    return new RepositoryWalk(volume, layout)
        .walk().stream().filter(StoreReader::isListed).map(RepositoryName::name).toList();
  }

  /** Which folders a catalog lists: 2.8 those with layers, 3 those with manifests. */
  private static boolean isListed(RepositoryName repository) {
    Set<String> folders = repository.folders();
    return !repository.isProbes()
        && (folders.contains("_manifests") || folders.contains("_layers"));
  }

  /** The tags of a repository, in no order; empty where it has never had one. */
  public Optional<List<String>> tags(String repository) throws IOException {
    Path folder = layout.tags(repository);
    List<String> tags = new ArrayList<>();
    try {
      for (String tag : volume.names(folder)) {
        if (TAG.matcher(tag).matches() && Files.isDirectory(folder.resolve(tag))) {
          tags.add(tag);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    }
    return Optional.of(tags);
  }

  /**
   * Where a tag points to.
   *
   * @param digest the manifest
   * @param pushed when it was pushed: each push writes the link anew
   */
  public record Tag(Digest digest, Instant pushed) {}

  /**
   * Reads a tag; empty when there is none.
   *
   * @throws IOException also when its link says no digest
   */
  public Optional<Tag> tag(String repository, String name) throws IOException {
    Path link = layout.tag(repository, name).resolve("current/link");
    Optional<Digest> digest = follow(link);
    if (digest.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Tag(digest.get(), volume.stat(link).lastModifiedTime().toInstant()));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    }
  }

  /** What a tag or digest means; empty where there is no such tag. */
  public Optional<Digest> digest(String repository, String reference) throws IOException {
    Optional<Digest> digest = Digest.parse(reference);
    return digest.isPresent() ? digest : tag(repository, reference).map(Tag::digest);
  }

  /** A digest that a repository has, or why it does not. */
  public sealed interface Found {
    /**
     * @param file its data
     * @param size in bytes
     */
    record Data(Path file, long size) implements Found {}

    /**
     * @param why what is missing, and what brings it back
     */
    record Nothing(String why) implements Found {}
  }

  /** A manifest of a repository. */
  public Found manifest(String repository, Digest digest) throws IOException {
    return find(layout.revision(repository, digest), digest);
  }

  /** A config or layer of a repository. */
  public Found blob(String repository, Digest digest) throws IOException {
    return find(layout.layer(repository, digest), digest);
  }

  /** The bytes of something small. */
  private byte[] read(Found.Data data) throws IOException {
    byte[] bytes = volume.read(data.file(), MOST_MANIFEST);
    if (bytes.length > MOST_MANIFEST) {
      throw new IOException(data.file() + " is larger than " + MOST_MANIFEST + " bytes");
    }
    return bytes;
  }

  /**
   * The bytes of something small, which are those of its digest.
   *
   * @throws DamagedException when they are not
   */
  public byte[] verified(Found.Data data, Digest digest) throws IOException {
    byte[] bytes = read(data);
    if (!digest.ofSameAlgorithm(bytes).equals(digest)) {
      throw new DamagedException(
          layout.root().relativize(data.file()) + " is not what its digest says");
    }
    return bytes;
  }

  /** Reads all of something; whether its bytes are those of a digest. */
  public boolean matches(Found.Data data, Digest digest) throws IOException {
    MessageDigest hash = digest.newHash();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(data.file())) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        hash.update(buffer, 0, read);
      }
    }
    return digest.matches(hash);
  }

  private Found find(Path link, Digest digest) throws IOException {
    Optional<Digest> target = follow(link);
    if (target.isEmpty()) {
      return new Found.Nothing(
          "its link " + layout.root().relativize(link) + " is not there" + inTrash(digest));
    }
    Path data = layout.blob(target.get());
    try {
      BasicFileAttributes attributes = Files.readAttributes(data, BasicFileAttributes.class);
      if (attributes.isRegularFile()) {
        return new Found.Data(data, attributes.size());
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // As if it had never been.
    }
    return new Found.Nothing(
        "its data " + layout.root().relativize(data) + " is not there" + inTrash(target.get()));
  }

  /** What a link says; empty where there is none. */
  private Optional<Digest> follow(Path link) throws IOException {
    return switch (LinkFile.read(volume, link)) {
      case LinkFile.To(Digest digest) -> Optional.of(digest);
      case LinkFile.Missing missing -> Optional.empty();
      case LinkFile.Loosely loosely ->
          throw new DamagedException(layout.root().relativize(link) + " has more than a digest");
      case LinkFile.Unreadable(String what) ->
          throw new DamagedException(layout.root().relativize(link) + " " + what);
    };
  }

  private String inTrash(Digest digest) throws IOException {
    for (TrashFolder folder : Trash.folders(volume, layout)) {
      if (Files.exists(folder.blobs().resolve(digest.hex()))) {
        return "; it is in the trash, and winnow restore brings it back";
      }
    }
    return "; push the image again";
  }
}
