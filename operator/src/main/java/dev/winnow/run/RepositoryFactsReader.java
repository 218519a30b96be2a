package dev.winnow.run;

import dev.winnow.retention.Detail;
import dev.winnow.retention.ImageFacts;
import java.io.IOException;
import java.util.Optional;

/** Reads all that is known of the images of one repository, for looking at them. */
public final class RepositoryFactsReader {
  private final ImageReader reader;

  public RepositoryFactsReader(String repository, ImageSource source, DigestFacts facts) {
    this.reader = new ImageReader(repository, source, facts);
  }

  /** What a tag points to; empty when there is no such tag. */
  public Optional<ImageFacts> read(String tag) throws IOException {
    return reader.read(tag, Detail.CONTENT);
  }
}
