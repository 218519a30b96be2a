package dev.winnow.storage;

import dev.winnow.storage.AbandonedUploads.Upload;
import dev.winnow.storage.CollectOptions.Untag;
import java.nio.file.Path;
import java.util.List;

/**
 * All that a pass is to take.
 *
 * @param candidates data, and links to it
 * @param untags tags
 * @param uploads folders of uploads
 * @param files others, by where they are
 * @param repositories of which nothing is left but folders
 */
record Taking(
    Candidates candidates,
    List<Untag> untags,
    List<Upload> uploads,
    List<Path> files,
    List<String> repositories) {

  static Taking of(Candidates candidates, List<Untag> untags, List<Upload> uploads) {
    return new Taking(candidates, untags, uploads, List.of(), List.of());
  }

  static Taking of(Candidates links, List<Path> files) {
    return new Taking(links, List.of(), List.of(), files, List.of());
  }

  static Taking of(List<String> repositories) {
    return new Taking(Candidates.none(), List.of(), List.of(), List.of(), repositories);
  }

  boolean isEmpty() {
    return candidates.isEmpty()
        && untags.isEmpty()
        && uploads.isEmpty()
        && files.isEmpty()
        && repositories.isEmpty();
  }
}
