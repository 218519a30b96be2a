"""Reads the store of a CNCF distribution registry: repositories, tags, links, data, manifests.

It reads, it judges nothing: `pullable.py` says what can be pulled, `reachable.py` what must stay.
Written to be obviously right, not fast; it shares nothing with the collector it is there to check.
The layout is that of distribution's registry/storage/paths.go:

    <root>/docker/registry/v2/
      blobs/<algorithm>/<hex[0:2]>/<hex>/data
      repositories/<name>/_manifests/revisions/<algorithm>/<hex>/link
      repositories/<name>/_manifests/tags/<tag>/current/link
      repositories/<name>/_manifests/tags/<tag>/index/<algorithm>/<hex>/link
      repositories/<name>/_layers/<algorithm>/<hex>/link
"""

import functools
import hashlib
import json
import os
import re

HEX_LENGTH = {"sha256": 64, "sha384": 96, "sha512": 128}
# Directories of a repository that the registries up to 3.1 know.
KNOWN = ("_manifests", "_layers", "_uploads")

SCHEMA1 = (
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
)
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json"
IMAGES = (DOCKER_IMAGE, OCI_IMAGE)
INDEXES = (DOCKER_LIST, OCI_INDEX)

# reference.WithName: an optional domain (which may have capitals), then components.
_DOMAIN = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(
    rf"(?:{_DOMAIN}(?:\.{_DOMAIN})*/)?{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def is_repository_name(name):
    """Whether a request for it gets past the registry's router."""
    return len(name) <= 255 and _NAME.fullmatch(name) is not None


def is_tag_name(tag):
    return _TAG.fullmatch(tag) is not None


def is_digest(text):
    """Whether the registry takes it for a digest: known algorithm, right length, small letters."""
    if not isinstance(text, str) or text.count(":") != 1:
        return False
    algorithm, encoded = text.split(":")
    return len(encoded) == HEX_LENGTH.get(algorithm) and not encoded.strip("0123456789abcdef")


def digest_of(content, algorithm="sha256"):
    return algorithm + ":" + hashlib.new(algorithm, content).hexdigest()


class Store:
    """A registry's root directory, the one that contains docker/registry/v2."""

    def __init__(self, root):
        self.v2 = os.path.join(os.fspath(root), "docker", "registry", "v2")

    # Paths.

    def blob(self, digest):
        algorithm, encoded = digest.split(":")
        return os.path.join(self.v2, "blobs", algorithm, encoded[:2], encoded, "data")

    def repository(self, name):
        return os.path.join(self.v2, "repositories", name)

    def revision_link(self, name, digest):
        return self._link(name, "_manifests/revisions", digest)

    def layer_link(self, name, digest):
        return self._link(name, "_layers", digest)

    def current_link(self, name, tag):
        return os.path.join(self.repository(name), "_manifests", "tags", tag, "current", "link")

    def index_link(self, name, tag, digest):
        return self._link(name, f"_manifests/tags/{tag}/index", digest)

    def _link(self, name, folder, digest):
        return os.path.join(self.repository(name), folder, *digest.split(":"), "link")

    # Content.

    def data(self, digest):
        """The bytes of a blob or manifest; None where there is no file."""
        return read(self.blob(digest))

    def has(self, digest):
        return os.path.isfile(self.blob(digest))

    # Listings, all sorted.

    def repositories(self):
        """The names of all directories that have a `_…` directory, whether a request could name
        them or not ("" for one directly in `repositories`). Symbolic links are followed, as the
        registry follows them, but never in a circle."""
        names = []

        def walk(folder, name, above):
            real = os.path.realpath(folder)
            if real in above:
                return
            entries = folders(folder)
            if any(entry.startswith("_") for entry in entries):
                names.append(name)
            for entry in entries:
                if not entry.startswith("_"):
                    inner = f"{name}/{entry}" if name else entry
                    walk(os.path.join(folder, entry), inner, above | {real})

        walk(self.repository(""), "", frozenset())
        return sorted(names)

    def tags(self, name):
        """All directories that could be tags. A stray file is none."""
        return folders(os.path.join(self.repository(name), "_manifests", "tags"))

    def history(self, name, tag):
        """The digests that a tag has or had."""
        return digests(os.path.join(self.repository(name), "_manifests", "tags", tag, "index"))

    def revisions(self, name):
        """The digests that have a file `link`, whatever is in it."""
        return digests(os.path.join(self.repository(name), "_manifests", "revisions"))

    def layers(self, name):
        return digests(os.path.join(self.repository(name), "_layers"))

    def signatures(self, name, digest):
        """Signature blobs that a registry up to 2.4 kept beside a schema 1 manifest."""
        revision = os.path.dirname(self.revision_link(name, digest))
        return digests(os.path.join(revision, "signatures"))


class UnchangedStore(Store):
    """A store that nobody writes to as long as this is used: reads each folder and file once."""

    def __init__(self, root):
        super().__init__(root)
        listings = ["repositories", "tags", "history", "revisions", "layers", "signatures"]
        for name in [*listings, "data", "has"]:
            setattr(self, name, functools.cache(getattr(self, name)))


def folders(path):
    """The names of the directories (or links to such) in a directory; none if it is none."""
    try:
        return sorted(e for e in os.listdir(path) if os.path.isdir(os.path.join(path, e)))
    except OSError:
        return []


def digests(path):
    """The digests named by the paths <algorithm>/<hex>/link below a directory."""
    return [
        f"{algorithm}:{encoded}"
        for algorithm in folders(path)
        for encoded in folders(os.path.join(path, algorithm))
        if is_digest(f"{algorithm}:{encoded}")
        and os.path.lexists(os.path.join(path, algorithm, encoded, "link"))
    ]


def read(path):
    """The bytes of a file; None where there is no file that can be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def link_target(path):
    """What the registry reads from a link: exactly a digest, without a line end; else None."""
    content = read(path)
    text = None if content is None else content.decode("utf-8", "replace")
    return text if is_digest(text) else None


class Unparsable(Exception):
    """Bytes that are no manifest."""


class Manifest:
    """What a manifest names.

    kind: "image", "index", "schema1", "artifact" (OCI 1.1 release candidates: `blobs`) or
        "unknown" (then `digests` has every value of a field `digest`, at any depth).
    media_type: as it says itself, "" where it does not.
    blobs: [(digest, has URLs of its own)], in order: config, then layers.
    children: [(digest, is it a manifest?)]. An index may name blobs (a build cache does).
    subject: a digest or None.
    """

    def __init__(self, content):
        document = _parse(content)
        self.schema_version = document.get("schemaVersion", 0)
        self.media_type = _get(document, "mediaType", str, "")
        self.blobs, self.children, self.digests = [], [], []
        self.subject = None
        self.kind = _kind(document, self.media_type)
        if self.kind == "unknown":
            self.digests = sorted(set(_digests_within(document)))
            return
        if self.kind == "schema1":
            for layer in _list(document, "fsLayers"):
                self.blobs.append((_get(layer, "blobSum", str, ""), False))
        elif self.kind == "index":
            for child in _list(document, "manifests"):
                media_type = _get(child, "mediaType", str, "")
                known = media_type in IMAGES + INDEXES + SCHEMA1 + (OCI_ARTIFACT, "")
                self.children.append((_get(child, "digest", str, ""), known))
        elif self.kind == "artifact":
            self._add_blobs(_list(document, "blobs"))
        else:
            config = _get(document, "config", dict, {})
            self._add_blobs(([config] if config else []) + _list(document, "layers"))
        subject = _get(document, "subject", dict, None)
        if subject is not None:
            self.subject = _get(subject, "digest", str, None)

    def _add_blobs(self, descriptors):
        for descriptor in descriptors:
            urls = _get(descriptor, "urls", list, [])
            self.blobs.append((_get(descriptor, "digest", str, ""), bool(urls)))

    def all_digests(self):
        named = [digest for digest, _ in self.blobs + self.children] + self.digests
        return named + ([self.subject] if self.subject is not None else [])


def _kind(document, media_type):
    if media_type in IMAGES:
        return "image"
    if media_type in INDEXES:
        return "index"
    if media_type == OCI_ARTIFACT:
        return "artifact"
    if media_type in SCHEMA1 or (media_type == "" and document.get("fsLayers") is not None):
        return "schema1"
    if media_type == "" and document.get("manifests") is not None:
        return "index"
    if media_type == "" and any(document.get(key) is not None for key in ("config", "layers")):
        return "image"
    return "unknown"


def _parse(content):
    def refuse(constant):
        raise ValueError(constant)

    try:
        # Like Go, which replaces what is not UTF-8 and knows no NaN.
        document = json.loads(content.decode("utf-8", "replace"), parse_constant=refuse)
    except (ValueError, RecursionError) as e:
        raise Unparsable(str(e)) from e
    if not isinstance(document, dict):
        raise Unparsable("not an object")
    return document


def _get(document, key, kind, default):
    value = document.get(key)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise Unparsable(f"{key} is no {kind.__name__}")
    return value


def _list(document, key):
    # To Go, null is an object without fields.
    values = [{} if value is None else value for value in _get(document, key, list, [])]
    for value in values:
        if not isinstance(value, dict):
            raise Unparsable(f"{key} has something else than objects")
    return values


def _digests_within(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "digest" and is_digest(inner):
                yield inner
            yield from _digests_within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _digests_within(inner)
