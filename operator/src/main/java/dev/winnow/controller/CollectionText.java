package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Items;
import dev.winnow.api.GarbageCollectionStatus.Result;
import dev.winnow.api.GarbageCollectionStatus.Waiting;
import org.jspecify.annotations.Nullable;

/** What a collection did, as people read it in a column. */
final class CollectionText {
  private CollectionText() {}

  static GarbageCollectionStatus tell(GarbageCollectionStatus status, Result result) {
    return status.did(
        result, size(result.purged()), People.size(heldBytes(result)), size(result.restored()));
  }

  /** What nothing needs and is not free yet: in the trash, or still in its place. */
  static long heldBytes(Result result) {
    return bytes(result.held()) + bytes(result.waiting());
  }

  private static long bytes(@Nullable Waiting waiting) {
    return waiting == null ? 0 : waiting.bytes();
  }

  private static @Nullable String size(@Nullable Items items) {
    return items == null ? null : People.size(items.bytes());
  }
}
