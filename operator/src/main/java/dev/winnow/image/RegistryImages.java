package dev.winnow.image;

import dev.winnow.oci.Descriptor;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.registry.BlobStream;
import dev.winnow.registry.Catalog;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RegistryException;
import dev.winnow.registry.TagList;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A registry through its API. */
public final class RegistryImages implements Images {
  private final RegistryClient client;
  private final Manifests manifests;

  /**
   * @param client closed with this
   */
  public RegistryImages(RegistryClient client) {
    this.client = client;
    this.manifests = new Manifests(client);
  }

  @Override
  public List<String> repositories(boolean required) throws IOException {
    List<String> names = new ArrayList<>();
    if (client.catalog(names::add) instanceof Catalog.Refused(int status, String message)) {
      if (required) {
        throw new IOException(
            "the registry does not list its repositories ("
                + status
                + " "
                + message
                + "); name one without wildcards");
      }
      return List.of();
    }
    return names.stream().distinct().sorted().toList();
  }

  @Override
  public Optional<List<String>> tags(String repository) throws IOException {
    return switch (client.tags(repository)) {
      case TagList.Found(List<String> tags) -> Optional.of(tags.stream().sorted().toList());
      case TagList.NotFound missing -> Optional.empty();
    };
  }

  @Override
  public Optional<Read> manifest(String repository, String reference)
      throws IOException, InvalidManifestException {
    try {
      return manifests.read(repository, reference);
    } catch (RegistryException e) {
      throw isDamage(e) ? new DamagedImageException(String.valueOf(e.getMessage()), e) : e;
    }
  }

  @Override
  public String missing(String repository, String reference) {
    return "the manifest is not there; push the image again";
  }

  @Override
  public String problem(String repository, Descriptor blob, boolean deep) throws IOException {
    if (!deep) {
      return client.blobExists(repository, blob.digest()) ? "" : missingBlob();
    }
    try {
      return switch (client.openBlob(repository, blob.digest())) {
        case BlobStream.NotFound gone -> missingBlob();
        case BlobStream.Found(InputStream stream, long size) -> {
          try (stream) {
            stream.transferTo(OutputStream.nullOutputStream());
          }
          yield "";
        }
      };
    } catch (RegistryException e) {
      if (isDamage(e)) {
        return "the blob's bytes are not what its digest says; it must be deleted before a push"
            + " can heal it";
      }
      throw e;
    }
  }

  private static String missingBlob() {
    return "the blob is not there; push the image again";
  }

  /** Whether a fault says that the registry has the content, and that it is bad. */
  private static boolean isDamage(RegistryException fault) {
    return fault.kind() == RegistryException.Kind.BAD_RESPONSE;
  }

  @Override
  public void close() {
    client.close();
  }
}
