package dev.winnow.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.storage.Oracle.Expected;
import dev.winnow.storage.Oracle.Policy;
import dev.winnow.storage.Oracle.Pull;
import dev.winnow.testing.Folders;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each odd state that a registry, a crash or a person leaves a store in: nothing is lost by a pass,
 * and the garbage beside it goes. The numbers are those of the reference on registries, section 9.
 */
final class StoreStatesTest {
  private static final int SEEDS = 3;

  private final Path folder = Folders.temporary("states");

  @AfterEach
  void deleteStores() {
    Folders.delete(folder);
  }

  @ParameterizedTest(name = "case {0}: {1}")
  @CsvSource({
    "1, empty_revision_link",
    "1, garbage_revision_link",
    "2, empty_current_link",
    "2, garbage_current_link",
    "2, tag_without_current",
    "3, line_end_in_revision_link",
    "3, line_end_in_current_link",
    "3, line_end_in_layer_link",
    "3, garbage_layer_link",
    "3, empty_layer_link",
    "3, revision_link_to_another",
    "3, revision_link_to_anywhere",
    "3, layer_link_to_another",
    "3, current_link_to_another_repository",
    "4, layer_link_to_nothing",
    "4, layer_data_missing",
    "4, layer_link_missing",
    "5, revision_link_missing",
    "5, revision_link_missing_of_tag",
    "5, revision_is_a_layer_link",
    "5, manifest_data_missing",
    "5, history_of_nothing",
    "5, untagged",
    "6, truncated_manifest",
    "6, empty_manifest",
    "6, other_manifest_bytes",
    "6, corrupt_layer",
    "7, manifest_of_another_type",
    "7, layer_as_revision",
    "9, alias_without_canonical_link",
    "9, alias_in_another_repository",
    "9, empty_alias_link",
    "10, data_under_sha512",
    "10, unknown_algorithm",
    "11, forged_circle",
    "12, sparse_here_full_there",
    "13, child_removed_in_one",
    "14, image_elsewhere",
    "15, subject_removed",
    "17, no_layers_folder",
    "17, push_in_progress",
    "18, tag_that_is_none",
    "19, stray_files",
    "19, snapshot_folder",
    "19, temporary_files",
    "19, data_at_wrong_depth",
    "19, data_is_a_folder",
    "20, linked_repository",
    "20, repository_outside",
    "20, data_outside",
    "20, dangling_symbolic_links",
    "20, circle_of_symbolic_links",
    "21, hard_linked_data",
    "23, referrers_folder",
    "27, future_link",
    "27, future_data",
    "29, large_manifest",
    "29, manifest_of_4_mib",
    "35, upload"
  })
  void isKept(int number, String oddity) throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      Path root = folder.resolve(oddity + seed);
      Instant now = Instant.now();
      Oracle.oddStore(oddity, seed, root, now);
      Set<Pull> before = Oracle.pullable(root);
      Expected expected = Oracle.expected(root, Policy.usual(now));

      assertThat(Passes.offline(root).run().failures()).isEmpty();

      assertThat(expected.lost(root)).as("lost, seed %d", seed).isEmpty();
      assertThat(expected.lost(before, root)).as("pulls that worked, seed %d", seed).isEmpty();
      assertThat(expected.left(root)).as("left, seed %d", seed).isEmpty();
      Folders.delete(root);
    }
  }
}
