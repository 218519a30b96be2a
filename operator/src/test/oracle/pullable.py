#!/usr/bin/env python3
"""pullable.py [--deep] ROOT: what a registry that serves this root directory lets clients pull.

Prints a JSON list, one entry for each tag and each revision link of each repository whose name a
request can have, sorted:

    {"repository": "a/b", "reference": "latest" or "sha256:…",
     "served": ["2.8", "3.1"],     the manifest itself is answered with 200
     "full": ["2.8", "3.1"]}       and so is everything that it names

Each list has the registries, cache off, for which it is true. The registry resolves like this
(registry/storage of 2.8.2 and 3.1.2; `compare_with_registry.py` proves it on running ones):

* A link is exactly a digest. A line end, garbage or nothing in it is an error (500).
* tag: `tags/<tag>/current/link` names the digest, which is then looked up as any digest.
* manifest D: `revisions/D/link` names T, and T's data is what is answered: T need not be D.
  2.8 looks for `_layers/D/link` where there is no revision link; 3.1 does not.
* blob D: `_layers/D/link` names T, T's data is there; then once more from T, whose answer is sent.
  So a sha512 alias needs the link of its sha256 beside it.
* Data is a file (or a symbolic link to one); the bytes are not checked against the digest. With
  --deep they must match, as they must for a client.
* A manifest is answered if its schemaVersion is 2 and its media type one of the four (or none);
  2.8 also answers schema 1 when configured to (`compatibility.schema1.enabled`), taken as given.

In full: an image with its config and layers, without layers that have URLs of their own; an index
with each child in full, from the same repository (a child that is no manifest, as build caches
have them, as a blob); a schema 1 image with its fsLayers. `subject` is no part of a pull.

Not imitated: that Go takes JSON keys in any case, and refuses fields of a wrong type that nothing
here reads (annotations, platform, size); names that only a circle of symbolic links makes.
"""

import argparse
import functools
import json
import os

from registry_store import (
    IMAGES,
    INDEXES,
    Manifest,
    UnchangedStore,
    Unparsable,
    digest_of,
    is_digest,
    is_repository_name,
    is_tag_name,
    link_target,
)

VERSIONS = ("2.8", "3.1")
MAX_MANIFEST = 4 << 20


class Registry:
    """One version of the registry on a store."""

    def __init__(self, store, version, deep=False):
        self.store, self.version, self.deep = store, version, deep

    def resolve_tag(self, name, tag):
        """The digest that a tag stands for, or None."""
        return link_target(self.store.current_link(name, tag))

    def manifest(self, name, digest):
        """The manifest that is answered for a digest, or None."""
        if not is_digest(digest):
            return None
        link = self.store.revision_link(name, digest)
        if self.version == "2.8" and not os.path.exists(link):
            link = self.store.layer_link(name, digest)
        target = link_target(link)
        content = None if target is None else self.store.data(target)
        if content is None or len(content) > MAX_MANIFEST or self._differs(content, digest):
            return None
        try:
            manifest = Manifest(content)
        except Unparsable:
            return None
        if type(manifest.schema_version) is not int:
            return None
        if manifest.schema_version == 1:
            return manifest if self.version == "2.8" and manifest.kind == "schema1" else None
        known = manifest.schema_version == 2 and manifest.media_type in IMAGES + INDEXES + ("",)
        return manifest if known else None

    def has_blob(self, name, digest):
        target = self._blob(name, digest)
        served = None if target is None else self._blob(name, target)
        return served is not None and not (
            self.deep and self._differs(self.store.data(served), digest)
        )

    def _blob(self, name, digest):
        target = link_target(self.store.layer_link(name, digest)) if is_digest(digest) else None
        return target if target is not None and self.store.has(target) else None

    def _differs(self, content, digest):
        return self.deep and digest_of(content, digest.split(":")[0]) != digest

    def in_full(self, name, digest, above=()):
        """Whether all of it can be pulled. A forged circle is pulled once around."""
        if digest in above:
            return True
        manifest = self.manifest(name, digest)
        if manifest is None:
            return False
        return all(urls or self.has_blob(name, blob) for blob, urls in manifest.blobs) and all(
            self.in_full(name, child, (*above, digest)) if known else self.has_blob(name, child)
            for child, known in manifest.children
        )


def pullable(root, deep=False):
    """The list that the command prints."""
    store = UnchangedStore(root)
    registries = [Registry(store, version, deep) for version in VERSIONS]
    for registry in registries:  # which answer the same as long as nobody writes
        registry.manifest = functools.cache(registry.manifest)
        registry.has_blob = functools.cache(registry.has_blob)
    entries = []

    def entry(name, reference, digest_at):
        served, full = [], []
        for registry in registries:
            digest = digest_at(registry)
            if digest is not None and registry.manifest(name, digest) is not None:
                served.append(registry.version)
                if registry.in_full(name, digest):
                    full.append(registry.version)
        entries.append(
            {"repository": name, "reference": reference, "served": served, "full": full}
        )

    for name in filter(is_repository_name, store.repositories()):
        for tag in filter(is_tag_name, store.tags(name)):
            entry(name, tag, lambda registry: registry.resolve_tag(name, tag))
        for digest in store.revisions(name):
            entry(name, digest, lambda registry: digest)
    return sorted(entries, key=lambda e: (e["repository"], e["reference"]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root")
    parser.add_argument("--deep", action="store_true", help="compare the bytes with the digests")
    arguments = parser.parse_args()
    print(json.dumps(pullable(arguments.root, arguments.deep), indent=1))
