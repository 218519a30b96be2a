package dev.winnow.cli;

import dev.winnow.image.Images;
import dev.winnow.image.Reference;
import dev.winnow.image.Sharing;
import dev.winnow.oci.Descriptor;
import dev.winnow.parallel.Parallel;
import dev.winnow.retention.ImageFacts;
import dev.winnow.run.ImageSource;
import dev.winnow.run.Progress;
import dev.winnow.run.RepositoryFactsReader;
import dev.winnow.run.Run;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Looks at a registry, or its volume, and shows what is there. */
final class Inspection {
  private static final int WORKERS = 16;

  private final Images images;
  private final ImageSource source;
  private final Terminal terminal;
  private final TextFormat format;

  Inspection(ImagesOption.Opened opened, Terminal terminal, TextFormat format) {
    this.images = opened.images();
    this.source = opened.source();
    this.terminal = terminal;
    this.format = format;
  }

  void catalog() throws CommandException, IOException {
    List<String> names = images.repositories(true);
    List<Integer> counts = Parallel.map(names, WORKERS, name -> tags(name).size());
    Listing listing = new Listing(terminal.out(), format, "repositories", "repository", "tags");
    for (int i = 0; i < names.size(); i++) {
      listing.row(names.get(i), counts.get(i));
    }
    listing.end();
    if (names.isEmpty()) {
      terminal.say("the registry lists no repositories");
    }
  }

  /**
   * Lists a repository's tags.
   *
   * @return whether all of them could be read; those that could not are named
   */
  boolean repository(String name) throws CommandException, IOException {
    List<String> tags = tags(name);
    if (tags.isEmpty()) {
      throw new CommandException(Exit.FAILED, "repository " + name + " has no tags");
    }
    RepositoryFactsReader reader = new RepositoryFactsReader(name, source, Run.digestFacts(null));
    Listing listing =
        new Listing(
            terminal.out(), format, "tags", "tag", "digest", "kind", "bytes", "pushed", "created");
    List<Looked> images = Parallel.map(tags, WORKERS, tag -> look(reader, tag));
    Optional<IOException> fault =
        images.stream().map(Looked::fault).filter(Objects::nonNull).findFirst();
    if (fault.isPresent() && images.stream().allMatch(looked -> looked.fault() != null)) {
      throw fault.get(); // that is not about one tag
    }
    for (int i = 0; i < tags.size(); i++) {
      IOException bad = images.get(i).fault();
      ImageFacts image = images.get(i).image();
      if (bad != null) {
        terminal.warn(name + ":" + tags.get(i) + " cannot be shown: " + Reasons.text(bad));
      } else if (image != null) {
        listing.row(
            tags.get(i),
            image.digest().text(),
            image.maybeIndex() ? "index" : image.subject() == null ? "image" : "referrer",
            image.bytes(),
            source.pushed(name, tags.get(i)).orElse(null),
            newest(image));
      }
    }
    listing.end();
    return fault.isEmpty();
  }

  /**
   * A tag that was looked at.
   *
   * @param image null: it is gone, or could not be read
   * @param fault why it could not be read; null: it could
   */
  private record Looked(@Nullable ImageFacts image, @Nullable IOException fault) {}

  private static Looked look(RepositoryFactsReader reader, String tag) throws IOException {
    try {
      return new Looked(reader.read(tag).orElse(null), null);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      return new Looked(null, e);
    }
  }

  void image(Reference reference) throws CommandException, IOException {
    Sharing sharing = Sharing.of(images, reference);
    Set<String> repositories = new TreeSet<>(images.repositories(false));
    repositories.add(reference.repository());
    List<Tagged> tags = new ArrayList<>();
    for (String repository : repositories) {
      tags(repository).forEach(tag -> tags.add(new Tagged(repository, tag)));
    }
    Progress progress = terminal.progress("reading");
    AtomicInteger done = new AtomicInteger();
    Parallel.inOrder(
        tags,
        WORKERS,
        tag -> sharing.read(tag.repository(), tag.tag()),
        tree -> {
          tree.ifPresent(sharing::add);
          progress.at(done.incrementAndGet(), tags.size(), "tags");
        });
    Listing listing =
        new Listing(terminal.out(), format, "content", "digest", "kind", "bytes", "otherImages");
    for (Descriptor blob : sharing.image().blobs().values()) {
      listing.row(
          blob.digest().text(),
          blob.mediaType().isEmpty() ? "unknown" : blob.mediaType(),
          blob.size(),
          sharing.others(blob.digest()));
    }
    listing.total("bytes", sharing.bytes());
    listing.total("ownBytes", sharing.ownBytes());
    listing.end();
    if (format == TextFormat.table) {
      terminal
          .out()
          .printf(
              "%n%s is %s; %s of it no other image has: that is what deleting it would free.%n",
              reference, Sizes.of(sharing.bytes()), Sizes.of(sharing.ownBytes()));
    }
  }

  private record Tagged(String repository, String tag) {}

  private static @Nullable Instant newest(ImageFacts image) {
    return image.created().stream().max(Instant::compareTo).orElse(null);
  }

  private List<String> tags(String repository) throws IOException {
    return images.tags(repository).orElse(List.of());
  }
}
