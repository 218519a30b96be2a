package dev.winnow.retention;

/**
 * Why a tag stays, goes or is passed over. The names are stable: users and their scripts read them.
 *
 * <p>The order decides: of several reasons that hold for a tag it gets the first.
 */
public enum Reason {
  /** Something in the repository could not be read, so all of it stays. */
  UnreadableRepository(Action.Keep),
  /** No rule selects the tag. */
  NotSelected(Action.Keep),
  /** {@code protect.tags} matches. */
  ProtectedTag(Action.Keep),
  /** A pin names the image. */
  Pinned(Action.Keep),
  /** A cluster uses the image. */
  InUse(Action.Keep),
  /** An entry with {@code labels} holds. */
  Labelled(Action.Keep),
  /** An entry with {@code semver} holds. */
  SemVer(Action.Keep),
  /** An entry with {@code tags} holds. */
  Matching(Action.Keep),
  /** An entry with {@code newest} holds. */
  Newest(Action.Keep),
  /** An entry with {@code youngerThan} holds. */
  Young(Action.Keep),
  /** An entry with {@code usedWithin} holds. */
  Used(Action.Keep),
  /** A time that an entry needs is unknown or says nothing. */
  UnknownTime(Action.Keep),
  /** {@code orderBy: SemVer}, and the tag is no version. */
  NotAVersion(Action.Keep),
  /** {@code groupBy} does not match the tag. */
  NoGroup(Action.Keep),
  /** Another policy of the same registry keeps the tag. */
  KeptByPolicy(Action.Keep),
  /** A kept index needs the image, and the registry deletes by digest only. */
  IndexMember(Action.Keep),
  /** The tag is a referrer of something that stays. */
  Referrer(Action.Keep),
  /** {@code undo: Required}, and the deletion could not be revoked. */
  NotUndoable(Action.Keep),
  /** {@code keepAtLeast} would be undercut. */
  AtLeast(Action.Keep),

  /** A rule selects the tag and nothing keeps it. */
  Expired(Action.Delete),
  /** The tag is a referrer of something that goes. */
  WithSubject(Action.Delete),

  /** The tag points to another digest than when the plan was made. */
  Moved(Action.Skip),
  /** The image came into use after the plan was made. */
  NowInUse(Action.Skip),
  /** The rules keep the tag in the state of now. */
  NowKept(Action.Skip),
  /** The registry deletes by digest only, and another tag of the digest stays. */
  SharedDigest(Action.Skip),
  /** The tag was gone before it was deleted. */
  AlreadyGone(Action.Skip),
  /** The registry refused. */
  Refused(Action.Skip),
  /** The next collection on the volume removes the tag. */
  LeftToCollection(Action.Skip);

  private final Action action;

  Reason(Action action) {
    this.action = action;
  }

  /** What happens to a tag with this reason. */
  public Action action() {
    return action;
  }

  /** The place in the order of reasons, from 0. */
  @SuppressWarnings("EnumOrdinal") // The order of the constants is what users are promised.
  int rank() {
    return ordinal();
  }
}
