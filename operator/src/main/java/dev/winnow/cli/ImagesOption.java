package dev.winnow.cli;

import dev.winnow.image.Images;
import dev.winnow.image.RegistryImages;
import dev.winnow.image.StoreImages;
import dev.winnow.registry.DeleteGuard;
import dev.winnow.registry.RegistryClient;
import dev.winnow.run.ImageSource;
import dev.winnow.run.RegistrySource;
import dev.winnow.run.StoreSource;
import dev.winnow.storage.StoreReader;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** {@code --registry} or {@code --root}: a registry to look at, through its API or its volume. */
final class ImagesOption {
  private static final URI NO_REGISTRY = URI.create("");

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Place place = new Place();

  /** Where the registry is. */
  private static final class Place {
    @Option(
        names = "--registry",
        paramLabel = "URL",
        required = true,
        description = "The registry, as https://registry.example.com:5000; http:// is plain HTTP.")
    private @Nullable String url;

    @Option(
        names = "--root",
        paramLabel = "DIR",
        required = true,
        description = "The registry's volume: its rootdirectory, which holds docker/registry/v2.")
    private @Nullable Path root;
  }

  /**
   * What is looked at.
   *
   * @param images the images
   * @param source the same for what decisions are made from
   */
  record Opened(Images images, ImageSource source) implements AutoCloseable {
    @Override
    public void close() {
      images.close();
    }
  }

  /** The registry's address; empty with {@code --root}. */
  URI url() throws CommandException {
    if (place.url == null) {
      return NO_REGISTRY;
    }
    try {
      return new URI(place.url.contains("://") ? place.url : "https://" + place.url);
    } catch (URISyntaxException e) {
      throw new CommandException(Exit.USAGE, "--registry: '" + place.url + "' is not a URL");
    }
  }

  /** Returns when there is something to look at. */
  Opened open(Context context, RegistryAccess access) throws CommandException, IOException {
    if (place.root != null) {
      StoreReader store = StoreOption.open("--root", place.root, null);
      return new Opened(new StoreImages(store), new StoreSource(store));
    }
    RegistryClient client = context.connections(access).open(url());
    try {
      client.ping();
    } catch (IOException | RuntimeException e) {
      client.close();
      throw e;
    }
    DeleteGuard nothing = (name, reference) -> Optional.of("looking deletes nothing");
    return new Opened(new RegistryImages(client), new RegistrySource(client, nothing));
  }
}
