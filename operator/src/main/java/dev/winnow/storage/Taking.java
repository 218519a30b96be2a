package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.AbandonedUploads.Upload;
import dev.winnow.storage.CollectOptions.Untag;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * All that a pass is to take.
 *
 * @param candidates data, and links to it
 * @param untags tags
 * @param uploads folders of uploads
 * @param files others, by where they are
 * @param repositories of which nothing is left but folders
 * @param aliases other digests by which registries may know the data
 */
record Taking(
    Candidates candidates,
    List<Untag> untags,
    List<Upload> uploads,
    List<Path> files,
    List<String> repositories,
    List<Digest> aliases) {

  /**
   * What nothing needs.
   *
   * @param mark that found it
   */
  static Taking of(Candidates candidates, List<Untag> untags, List<Upload> uploads, Mark mark) {
    List<Digest> aliases =
        mark.aliases().entrySet().stream()
            .filter(alias -> candidates.data().containsKey(alias.getValue()))
            .map(Map.Entry::getKey)
            .toList();
    return new Taking(candidates, untags, uploads, List.of(), List.of(), aliases);
  }

  static Taking of(Candidates links, List<Path> files) {
    return new Taking(links, List.of(), List.of(), files, List.of(), List.of());
  }

  static Taking of(List<String> repositories) {
    return new Taking(Candidates.none(), List.of(), List.of(), List.of(), repositories, List.of());
  }

  boolean isEmpty() {
    return candidates.isEmpty()
        && untags.isEmpty()
        && uploads.isEmpty()
        && files.isEmpty()
        && repositories.isEmpty();
  }
}
