#!/usr/bin/env python3
"""reachable.py [options] ROOT: what a collector must leave in a store, and what must go in the end.

Prints a JSON object:

    "live":    {"blobs": [digest…], "revisions": [[repository, digest]…],
                "layers": [[repository, digest]…], "tags": [[repository, tag]…]}
               whose files (data, revision link, layer link, current/link) are there now and must be
               there after any number of passes
    "waiting": {"blobs": [digest…]}   referenced by nothing, but younger than grace at --now
    "gone":    {"blobs": […], "revisions": […], "layers": […]}
               whose files must not be in place any more in the end: after one pass offline; after
               sighting, quarantine and purge online, links to gone data two passes later
    "untouched": paths below v2 that nobody but the registry may touch
    "tainted":   repositories of which all must stay

What is in none of the lists may stay or go: the rules do not say, or either is safe. To get there,
everything is marked twice, by the narrowest reading of the rules (live) and by the widest, marked
`wide` below (not gone). The rules, with their source: C = the design of the collector, its
invariant; R = the reference on registries, its section or case of §9.

Roots, in each repository by itself:
 1. What a tag's current/link names, revision link or no (C6, R 7.3 R9). The link is read with a
    line end, too (R case 3). If it is empty or garbage: all of the tag's index/ (R case 2).
    wide: the index/ also where current/link is missing, and where it had a line end.
 2. Untagged revisions that are young: the newest of revision link, and of index and current links
    of the tags that have it in their history, is not older than --untagged (C, decide).
    wide: any time of its data, or of any link to it, is not older than grace.
 3. Untagged revisions in use (C6), and those whose manifest has a media type that is not
    understood (C4). wide: those whose revision link is empty or garbage (R case 1), or whose data
    is a symbolic link.
 4. What unknown `_*` directories link (C4, R case 23). wide: all of their repository; what is below
    a name that no request can have (.snapshot); all of a repository behind a symbolic link.
Closure, by (repository, digest), until nothing changes:
 5. index → children; image → config, layers, `blobs`; schema 1 → fsLayers and kept signatures;
    unknown media type → every field `digest` at any depth; each → `subject` (C6, R cases 7, 8).
 6. Referrers: a revision whose subject is live in the same repository (C6).
 7. A sha256 reference marks its own digest, link or no link; sha512 what the alias link of any
    repository names (C6). A link that names another digest than its path marks both (R case 3).
 8. An unparsable manifest, or one whose bytes are not of its digest, taints its repository, and so
    does one without data that a tag names or that has a link, wide: any that is needed: all
    revisions and layers that it links are live (C4, R case 6). So does an empty or garbage alias
    link that a live manifest needs (R 7.3 R15); wide: that nothing needs. wide: a media type that
    is not understood taints, too.
Gone are blobs, not even widely live, whose newest time (data and all links to it) is older than
grace; a time more than a day ahead leaves it open (C, decide). Only files at
blobs/sha256/<xx>/<hex>/data go: another algorithm, another depth, and what a symbolic link leads to
is not touched (R cases 10, 19, 20). A revision link goes with its data (C7); a layer link when its
data has gone (C, tidy).
"""

import argparse
import functools
import json
import os
import time

from registry_store import (
    KNOWN,
    Manifest,
    UnchangedStore,
    Unparsable,
    digest_of,
    digests,
    folders,
    is_digest,
    is_repository_name,
    link_target,
    read,
)

DAY = 86400


class Policy:
    """untagged: seconds, or None for never. in_use: digests."""

    def __init__(self, now, untagged=7 * DAY, grace=DAY, in_use=()):
        self.now, self.untagged, self.grace, self.in_use = now, untagged, grace, frozenset(in_use)


class Mark:
    """One marking of the whole store."""

    def __init__(self, store, policy, times, wide):
        self.store, self.policy, self.times, self.wide = store, policy, times, wide
        self.blobs, self.revisions, self.layers, self.tainted = set(), set(), set(), set()
        self.names = [n for n in store.repositories() if wide or is_repository_name(n)]
        for name in self.names:
            self._tags(name)
            self._untagged(name)
            self._unknown_folders(name)
            if wide:
                self._doubtful(name)
        before = None
        while before != self._size():
            before = self._size()
            for name in self.names:
                self._referrers(name)
                if name in self.tainted:
                    self._everything(name)

    def _size(self):
        return len(self.blobs), len(self.revisions), len(self.layers), len(self.tainted)

    # Roots.

    def _tags(self, name):
        for tag in self.store.tags(name):
            link = self.store.current_link(name, tag)
            content, target = read(link), tolerant_target(link)
            if target is not None:
                self.manifest(name, target, root=True)
            doubtful = content is None or link_target(link) is None
            if (content is not None and target is None) or (self.wide and doubtful):
                for digest in self._history(name, tag):
                    self.manifest(name, digest)

    def _history(self, name, tag):
        for digest in self.store.history(name, tag):
            yield digest
            target = tolerant_target(self.store.index_link(name, tag, digest))
            if target is not None:
                yield target

    def _untagged(self, name):
        least = self.policy.untagged
        for digest in self.store.revisions(name):
            link = self.store.revision_link(name, digest)
            if (
                least is None
                or self._untagged_since(name, digest) > self.policy.now - least
                or digest in self.policy.in_use
                or (self.wide and self._is_doubtful(link, digest))
                or self._is_unknown(name, digest)
            ):
                self.manifest(name, digest)

    def _untagged_since(self, name, digest):
        times = [mtime(self.store.revision_link(name, digest))]
        for tag in self.store.tags(name):
            if digest in self.store.history(name, tag):
                times.append(mtime(self.store.index_link(name, tag, digest)))
                times.append(mtime(self.store.current_link(name, tag)))
        return max((t for t in times if self.wide or t <= self.policy.now + DAY), default=0)

    def _is_doubtful(self, link, digest):
        data = self.store.blob(digest)
        return (
            tolerant_target(link) is None
            or self.times.all[digest] > self.policy.now - self.policy.grace
            or (os.path.exists(data) and not is_plain(self.store, data))
        )

    def _is_unknown(self, name, digest):
        """Reads the manifest of a revision: an unparsable one taints, live or not."""
        manifest = self._read(name, digest)
        return manifest is not None and manifest.kind == "unknown"

    def _unknown_folders(self, name):
        top = self.store.repository(name)
        for folder in folders(top):
            if folder.startswith("_") and folder not in KNOWN:
                if self.wide:
                    self.tainted.add(name)
                for digest in digests_below(os.path.join(top, folder)):
                    self._either(name, digest)

    def _doubtful(self, name):
        if not is_plain(self.store, self.store.repository(name)):
            self.tainted.add(name)
        for digest in self.policy.in_use:
            self._either(name, digest)
        for digest in self.store.layers(name):
            alias = not digest.startswith("sha256:")
            if alias and tolerant_target(self.store.layer_link(name, digest)) is None:
                self.tainted.add(name)

    # Closure.

    def manifest(self, name, digest, root=False):
        """Somebody needs this manifest in this repository."""
        if not is_digest(digest) or (name, digest) in self.revisions:
            return
        self.revisions.add((name, digest))
        self._data(name, digest)
        linked = os.path.lexists(self.store.revision_link(name, digest))
        if self.store.data(digest) is None and (root or linked or self.wide):
            self.tainted.add(name)
        self.layers.add((name, digest))  # 2.8 resolves manifests through it, too.
        self.manifest(name, tolerant_target(self.store.revision_link(name, digest)))
        self._either(name, tolerant_target(self.store.layer_link(name, digest)))
        for signature in self.store.signatures(name, digest):
            self._data(name, signature)
        manifest = self._read(name, digest)
        if manifest is None:
            return
        for blob, _ in manifest.blobs:
            self.blob(name, blob)
        for child, known in manifest.children:
            self.manifest(name, child) if known else self._either(name, child)
        for other in manifest.digests:
            self._either(name, other)
        self.manifest(name, manifest.subject)

    def blob(self, name, digest):
        """Somebody needs this blob in this repository."""
        if not is_digest(digest) or (name, digest) in self.layers:
            return
        self.layers.add((name, digest))
        self._data(name, digest)
        self.blob(name, tolerant_target(self.store.layer_link(name, digest)))

    def _either(self, name, digest):
        """A digest that may be of a manifest or of a blob."""
        if is_digest(digest) and (name, digest) not in self.revisions:
            linked = os.path.lexists(self.store.revision_link(name, digest))
            if (linked or self.wide) and self._parses(digest):
                self.manifest(name, digest)
        self.blob(name, digest)

    def _data(self, name, digest):
        self.blobs.add(digest)
        if digest.startswith("sha256:"):
            return
        for other in self.names:
            link = self.store.layer_link(other, digest)
            target = tolerant_target(link)
            if target is not None:
                self.blobs.add(target)
            elif os.path.lexists(link):
                self.tainted.add(other)

    def _referrers(self, name):
        for digest in self.store.revisions(name):
            if (name, digest) not in self.revisions:
                manifest = self._read(name, digest)
                if manifest is not None and (name, manifest.subject) in self.revisions:
                    self.manifest(name, digest)

    def _everything(self, name):
        for digest in self.store.revisions(name):
            self.manifest(name, digest)
        for digest in self.store.layers(name):
            self.blob(name, digest)
        if self.wide:
            for tag in self.store.tags(name):
                for digest in self._history(name, tag):
                    self.manifest(name, digest)

    def _read(self, name, digest):
        """The manifest with this digest, or None; taints the repository if it is none."""
        content = self.store.data(digest)
        if content is None:
            return None
        manifest = parse(content)
        forged = digest_of(content, digest.split(":")[0]) != digest
        if manifest is None or forged or not names_digests(manifest):
            self.tainted.add(name)
            return manifest if self.wide else None
        if self.wide and manifest.kind == "unknown":
            self.tainted.add(name)
        return manifest

    def _parses(self, digest):
        manifest = parse(self.store.data(digest) or b"")
        return manifest is not None and manifest.kind != "unknown" and names_digests(manifest)


@functools.lru_cache(256)
def parse(content):
    try:
        return Manifest(content)
    except Unparsable:
        return None


def names_digests(manifest):
    return all(is_digest(named) for named in manifest.all_digests())


def expected(root, policy):
    """The object that the command prints."""
    store = UnchangedStore(root)
    tolerant_target.cache_clear()
    times = Times(store)
    narrow, wide = [Mark(store, policy, times, wide) for wide in (False, True)]
    data, untouched = blobs_in_place(store)

    def old(newest):
        return newest <= policy.now - policy.grace

    unreferenced = [d for d in data if d not in wide.blobs]
    gone = {d for d in unreferenced if old(times.all[d])}
    # A repository behind a symbolic link has another name, by which its links are the same files.
    whole = {os.path.realpath(store.repository(name)) for name in wide.tainted}
    gone_revisions, gone_layers = [], []
    for name in store.repositories():
        for digest in store.revisions(name):
            if (name, digest) not in wide.revisions and digest in gone:
                gone_revisions.append([name, digest])
        for digest in store.layers(name):
            link = store.layer_link(name, digest)
            target = link_target(link)
            if (
                (name, digest) not in wide.layers
                and os.path.realpath(store.repository(name)) not in whole
                and target is not None
                and old(mtime(link))
                and all(d in gone or not store.has(d) for d in (digest, target))
            ):
                gone_layers.append([name, digest])
    return {
        "live": {
            "blobs": sorted(d for d in narrow.blobs if store.has(d)),
            "revisions": existing(narrow.revisions, store.revision_link),
            "layers": existing(narrow.layers, store.layer_link),
            "tags": existing(
                [(n, t) for n in store.repositories() for t in store.tags(n)], store.current_link
            ),
        },
        "waiting": {
            "blobs": sorted(
                d
                for d in unreferenced
                if not old(times.sure[d]) and times.sure[d] <= policy.now + DAY
            )
        },
        "gone": {
            "blobs": sorted(gone),
            "revisions": sorted(gone_revisions),
            "layers": sorted(gone_layers),
        },
        "untouched": untouched,
        "tainted": sorted(narrow.tainted),
    }


def existing(pairs, path):
    return sorted([name, item] for name, item in pairs if os.path.lexists(path(name, item)))


class Times:
    """The newest time of each digest: of its data, revision and layer links (sure), and of the
    links of tags, too (all). More than a day ahead is never old."""

    def __init__(self, store):
        self.all, self.sure = {}, {}
        for digest in blobs_in_place(store)[0]:
            self._see(store.blob(digest), digest)
        for name in store.repositories():
            for digest in store.revisions(name):
                self._see(store.revision_link(name, digest), digest)
            for digest in store.layers(name):
                self._see(store.layer_link(name, digest), digest)
            for tag in store.tags(name):
                for digest in store.history(name, tag):
                    self._see(store.index_link(name, tag, digest), digest, sure=False)
                    self._see(store.current_link(name, tag), digest, sure=False)

    def _see(self, path, digest, sure=True):
        time_of_it = mtime(path)
        for known in (digest, tolerant_target(path) if path.endswith("link") else None):
            if known is not None:
                self.all[known] = max(self.all.get(known, 0), time_of_it)
                if sure and known == digest:
                    self.sure[known] = max(self.sure.get(known, 0), time_of_it)


def blobs_in_place(store):
    """The digests whose data a collector may move, and the paths below v2 that it may not."""
    data, untouched = [], []
    top = os.path.join(store.v2, "blobs")
    for folder, _, files in os.walk(top):
        for file in files:
            path = os.path.join(folder, file)
            parts = os.path.relpath(folder, top).split(os.sep)
            digest = f"{parts[0]}:{parts[-1]}"
            usual = is_digest(digest) and parts[0] == "sha256" and path == store.blob(digest)
            if usual and is_plain(store, path):
                data.append(digest)
            elif not file.endswith(".tmp"):
                untouched.append(os.path.relpath(path, store.v2))
    for name in store.repositories():
        for folder in folders(store.repository(name)):
            if folder.startswith("_") and folder not in KNOWN:
                for inner, _, files in os.walk(os.path.join(store.repository(name), folder)):
                    for file in files:
                        untouched.append(os.path.relpath(os.path.join(inner, file), store.v2))
    return sorted(data), sorted(set(untouched))


def is_plain(store, path):
    """Whether it is there, with no symbolic link on the way from v2."""
    real = os.path.join(os.path.realpath(store.v2), os.path.relpath(path, store.v2))
    return os.path.exists(path) and os.path.realpath(path) == real


@functools.cache
def tolerant_target(path):
    """What a link names, with a line end or without; None for anything else."""
    content = read(path)
    text = None if content is None else content.decode("utf-8", "replace").strip()
    return text if is_digest(text) else None


def digests_below(folder):
    """What is linked below a directory of unknown layout: <algorithm>/<hex> in paths and links."""
    found = set()
    for inner, directories, files in os.walk(folder):
        found.update(digests(inner))
        for file in files:
            target = tolerant_target(os.path.join(inner, file))
            if target is not None:
                found.add(target)
        for directory in directories:
            digest = f"{os.path.basename(inner)}:{directory}"
            if is_digest(digest):
                found.add(digest)
    return sorted(found)


def mtime(path):
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0


def seconds(text):
    return None if text == "never" else float(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root")
    parser.add_argument("--now", type=float, default=time.time(), help="seconds since 1970")
    parser.add_argument("--untagged", type=seconds, default=7 * DAY, help="seconds, or never")
    parser.add_argument("--grace", type=float, default=DAY, help="seconds")
    parser.add_argument("--in-use", action="append", default=[], help="a digest; repeatable")
    a = parser.parse_args()
    answer = expected(a.root, Policy(a.now, a.untagged, a.grace, a.in_use))
    print(json.dumps(answer, indent=1))
