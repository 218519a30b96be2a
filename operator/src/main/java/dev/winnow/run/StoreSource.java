package dev.winnow.run;

import dev.winnow.oci.Digest;
import dev.winnow.storage.CollectOptions.Untag;
import dev.winnow.storage.DamagedException;
import dev.winnow.storage.StoreReader;
import dev.winnow.storage.StoreReader.Found;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A registry's volume as the source of a run: it knows when a tag was pushed. */
public final class StoreSource implements ImageSource {
  private final StoreReader store;
  private final Map<String, List<Untag>> going;

  public StoreSource(StoreReader store) {
    this(store, List.of());
  }

  /**
   * Has a run decide as if tags were gone already.
   *
   * @param going the tags, each as long as it has its digest
   */
  public StoreSource(StoreReader store, Collection<Untag> going) {
    this.store = store;
    this.going =
        going.stream().collect(Collectors.groupingBy(each -> name(each.repository(), each.tag())));
  }

  private static String name(String repository, String tag) {
    return repository + ":" + tag;
  }

  @Override
  public Catalog repositories() throws IOException {
    return new Catalog.Listed(store.repositories());
  }

  @Override
  public Optional<List<String>> tags(String repository) throws IOException {
    Optional<List<String>> tags = store.tags(repository);
    if (tags.isEmpty() || going.isEmpty()) {
      return tags;
    }
    List<String> left = new ArrayList<>();
    for (String tag : tags.get()) {
      if (!goes(repository, tag)) {
        left.add(tag);
      }
    }
    return Optional.of(left);
  }

  private boolean goes(String repository, String name) throws IOException {
    List<Untag> said = going.get(name(repository, name));
    if (said == null) {
      return false;
    }
    try {
      Optional<Digest> now = store.digest(repository, name);
      return said.stream().anyMatch(each -> now.equals(Optional.of(each.digest())));
    } catch (DamagedException e) {
      return false; // as a collection leaves it
    }
  }

  @Override
  public Optional<Instant> pushed(String repository, String tag) throws IOException {
    try {
      return store.tag(repository, tag).map(StoreReader.Tag::pushed);
    } catch (DamagedException e) {
      return Optional.empty(); // said where the tag is read, if a decision needs that
    }
  }

  /** Without the type, which is in the manifest: it is read where it matters. */
  @Override
  public Optional<Head> head(String repository, String tag) throws IOException {
    Optional<StoreReader.Tag> found = store.tag(repository, tag);
    if (found.isEmpty()
        || store.manifest(repository, found.get().digest()) instanceof Found.Nothing) {
      return Optional.empty();
    }
    return Optional.of(new Head(found.get().digest(), ""));
  }

  @Override
  public Optional<Fetched> manifest(String repository, String reference) throws IOException {
    Optional<Digest> digest = store.digest(repository, reference);
    if (digest.isEmpty()) {
      return Optional.empty();
    }
    Optional<byte[]> bytes = verified(store.manifest(repository, digest.get()), digest.get());
    return bytes.isEmpty() ? Optional.empty() : Optional.of(new Fetched(digest.get(), bytes.get()));
  }

  @Override
  public Optional<byte[]> config(String repository, Digest digest) throws IOException {
    return verified(store.blob(repository, digest), digest);
  }

  private Optional<byte[]> verified(Found found, Digest digest) throws IOException {
    if (!(found instanceof Found.Data data)) {
      return Optional.empty();
    }
    return Optional.of(store.verified(data, digest));
  }
}
