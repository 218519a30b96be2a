package dev.winnow.registry;

import java.io.IOException;
import java.io.InputStream;

/** Opens content to send; again for each attempt. */
@FunctionalInterface
public interface BlobSource {
  /** The content from its beginning; closed by the client. */
  InputStream open() throws IOException;
}
