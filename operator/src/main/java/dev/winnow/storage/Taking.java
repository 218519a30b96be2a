package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.AbandonedUploads.Upload;
import dev.winnow.storage.CollectOptions.Untag;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that a pass is to take.
 *
 * @param candidates data, and links to it
 * @param untags tags
 * @param uploads folders of uploads
 * @param files others, by where they are
 * @param repositories of which nothing is left but folders
 * @param aliases other digests by which registries may know the data, with those of the data
 */
record Taking(
    Candidates candidates,
    List<Untag> untags,
    List<Upload> uploads,
    List<Path> files,
    List<String> repositories,
    Map<Digest, Digest> aliases) {

  /**
   * What nothing needs.
   *
   * @param mark that found it
   */
  static Taking of(Candidates candidates, List<Untag> untags, List<Upload> uploads, Mark mark) {
    Map<Digest, Digest> aliases = new TreeMap<>(mark.aliases());
    aliases.values().retainAll(candidates.data().keySet());
    return new Taking(candidates, untags, uploads, List.of(), List.of(), aliases);
  }

  static Taking of(Candidates links, List<Path> files) {
    return new Taking(links, List.of(), List.of(), files, List.of(), Map.of());
  }

  static Taking of(List<String> repositories) {
    return new Taking(Candidates.none(), List.of(), List.of(), List.of(), repositories, Map.of());
  }

  boolean isEmpty() {
    return candidates.isEmpty()
        && untags.isEmpty()
        && uploads.isEmpty()
        && files.isEmpty()
        && repositories.isEmpty();
  }
}
