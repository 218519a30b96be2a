package dev.winnow.image;

import dev.winnow.oci.Descriptor;
import dev.winnow.oci.Digest;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.Manifest;
import dev.winnow.oci.ManifestParser;
import dev.winnow.storage.DamagedException;
import dev.winnow.storage.StoreReader;
import dev.winnow.storage.StoreReader.Found;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** A registry's volume. */
public final class StoreImages implements Images {
  private final StoreReader store;

  public StoreImages(StoreReader store) {
    this.store = store;
  }

  @Override
  public List<String> repositories(boolean required) throws IOException {
    return store.repositories();
  }

  @Override
  public Optional<List<String>> tags(String repository) throws IOException {
    return store.tags(repository).map(tags -> tags.stream().sorted().toList());
  }

  @Override
  public Optional<Read> manifest(String repository, String reference)
      throws IOException, InvalidManifestException {
    try {
      Optional<Digest> digest = store.digest(repository, reference);
      if (digest.isEmpty()
          || !(store.manifest(repository, digest.get()) instanceof Found.Data data)) {
        return Optional.empty();
      }
      byte[] bytes = store.verified(data, digest.get());
      Manifest parsed = ManifestParser.parse(bytes);
      return Optional.of(new Read(digest.get(), parsed.mediaType(), bytes, parsed));
    } catch (DamagedException e) {
      throw new DamagedImageException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public Optional<Digest> digest(String repository, String reference) throws IOException {
    try {
      return store.digest(repository, reference);
    } catch (DamagedException e) {
      return Optional.empty(); // the damage is that of the tag
    }
  }

  @Override
  public String missing(String repository, String reference) throws IOException {
    Optional<Digest> digest = store.digest(repository, reference);
    if (digest.isEmpty()) {
      return "the tag has no current link; push the image again";
    }
    return switch (store.manifest(repository, digest.get())) {
      case Found.Nothing(String why) -> "the manifest is not there: " + why;
      case Found.Data data -> "the manifest was not there a moment ago; look again";
    };
  }

  @Override
  public String problem(String repository, Descriptor blob, boolean deep) throws IOException {
    try {
      return switch (store.blob(repository, blob.digest())) {
        case Found.Nothing(String why) -> "the blob is not there: " + why;
        // Another size alone is no damage: distribution takes manifests that say a wrong one.
        case Found.Data data when blob.size() > 0 && data.size() == 0 ->
            "the blob has 0 bytes and should have "
                + blob.size()
                + "; move "
                + data.file()
                + " away, then push the image again";
        case Found.Data data when deep && !store.matches(data, blob.digest()) ->
            "the blob's bytes are not what its digest says; move "
                + data.file()
                + " away, then push the image again";
        case Found.Data data -> "";
      };
    } catch (DamagedException e) {
      return e.getMessage() + "; push the image again";
    }
  }

  @Override
  public void close() {
    // A folder needs no closing.
  }
}
