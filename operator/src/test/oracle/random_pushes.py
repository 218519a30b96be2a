"""Random pushes, written in the registry's layout: what `random_store.py` begins with."""

import json
import os
import random
import uuid

from registry_store import (
    DOCKER_IMAGE,
    DOCKER_LIST,
    OCI_ARTIFACT,
    OCI_IMAGE,
    OCI_INDEX,
    SCHEMA1,
    Store,
    digest_of,
)

MINUTE, HOUR, DAY = 60, 3600, 86400
NAMES = (
    "app a a/b a/b/c team/web team/web/api lib_x x.y/z-1 blobs data link sha256/sha256 current "
    "manifests/tags tags Upper.host/app 0b9d6e5c-5c2f-4b0e-9d6e-5c2f4b0e9d6e"
).split() + ["n" * 255]
TAGS = "latest 1.0 v1.2.3 main dev index current link sha256 tags data _x".split() + ["t" * 128]
LAYER = {
    DOCKER_IMAGE: "application/vnd.docker.image.rootfs.diff.tar.gzip",
    OCI_IMAGE: "application/vnd.oci.image.layer.v1.tar+gzip",
}
CONFIG = {
    DOCKER_IMAGE: "application/vnd.docker.container.image.v1+json",
    OCI_IMAGE: "application/vnd.oci.image.config.v1+json",
}
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


class RandomPushes:
    """Pushes at random. It knows what it wrote, for `Oddities` to break."""

    def __init__(self, seed, folder, now):
        self.random = random.Random(seed)
        self.now = now
        self.folder = os.path.abspath(folder)
        self.store = Store(self.folder)
        self.times = {}  # of each file, set at the end
        self.notes = []
        self.names, self.revisions, self.tags, self.layers = [], [], [], []
        self.shared_layers = []
        os.makedirs(os.path.join(self.store.v2, "repositories"))
        os.makedirs(os.path.join(self.store.v2, "blobs"))

    # Files.

    def write(self, path, content, at):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        self.times[path] = at

    def overwrite(self, path, content):
        self.write(path, content, self.times.get(path, self.now - 100 * DAY))

    def finish(self):
        for path, at in self.times.items():
            if os.path.isfile(path):
                os.utime(path, (at, at))
        with open(self.folder + ".json", "w", encoding="utf-8") as file:
            json.dump(self.notes, file, indent=1)

    def note(self, what, **more):
        self.notes.append({"what": what, **more})

    def age(self):
        low, high = self.random.choices(
            [(10 * MINUTE, HOUR), (2 * DAY, 5 * DAY), (30 * DAY, 400 * DAY)], [3, 1, 6]
        )[0]
        return self.now - self.random.randint(low, high)

    # What a push writes.

    def data(self, content, at, algorithm="sha256"):
        """A blob's first file stays when it is pushed again, and its time with it."""
        digest = digest_of(content, algorithm)
        path = self.store.blob(digest)
        self.write(path, content, min(at, self.times.get(path, at)))
        return digest

    def layer(self, name, digest, at, target=None):
        path = self.store.layer_link(name, digest)
        self.write(path, target or digest, max(at, self.times.get(path, at)))
        self.layers.append((name, digest))

    def blob(self, name, content, at):
        digest = self.data(content, at)
        self.layer(name, digest, at)
        return digest

    def revision(self, name, content, at):
        digest = self.data(content, at)
        path = self.store.revision_link(name, digest)
        self.write(path, digest, max(at, self.times.get(path, at)))
        os.makedirs(os.path.join(self.store.repository(name), "_layers"), exist_ok=True)
        self.revisions.append((name, digest))
        return digest

    def tag(self, name, tag, digest, at):
        self.write(self.store.index_link(name, tag, digest), digest, at)
        self.write(self.store.current_link(name, tag), digest, at)
        self.tags.append((name, tag, digest))

    # Content.

    def bytes(self):
        return self.random.randbytes(self.random.randint(1, 200))

    def json(self, document):
        indent = self.random.choice([None, 3])
        return json.dumps(document, indent=indent, separators=(",", ":")).encode()

    def descriptor(self, digest, media_type, **more):
        return {"mediaType": media_type, "size": 7, "digest": digest, **more}

    def some_layers(self, name, at, media_type):
        layers = []
        for _ in range(self.random.randint(1, 3)):
            if self.shared_layers and self.random.random() < 0.4:
                content = self.random.choice(self.shared_layers)
            else:
                content = self.bytes()
                self.shared_layers.append(content)
            layers.append(self.descriptor(self.blob(name, content, at), LAYER[media_type]))
        return layers

    def image_document(self, name, at, media_type=OCI_IMAGE):
        config = self.json({"architecture": "amd64", "id": self.random.getrandbits(64)})
        return {
            "schemaVersion": 2,
            "mediaType": media_type,
            "config": self.descriptor(self.blob(name, config, at), CONFIG[media_type]),
            "layers": self.some_layers(name, at, media_type),
        }

    def index_document(self, children, media_type=OCI_INDEX, child_type=OCI_IMAGE):
        return {
            "schemaVersion": 2,
            "mediaType": media_type,
            "manifests": [self.descriptor(child, child_type) for child in children],
            "annotations": {"id": str(self.random.getrandbits(64))},
        }

    # Kinds of pushes: each gives the digest of what could be tagged.

    def docker(self, name, at):
        return self.revision(name, self.json(self.image_document(name, at, DOCKER_IMAGE)), at)

    def oci(self, name, at):
        return self.revision(name, self.json(self.image_document(name, at)), at)

    def image_without_media_type(self, name, at):
        document = self.image_document(name, at)
        del document["mediaType"]
        return self.revision(name, self.json(document), at)

    def index(self, name, at):
        children = [self.oci(name, at) for _ in range(self.random.randint(1, 3))]
        return self.revision(name, self.json(self.index_document(children)), at)

    def index_without_media_type(self, name, at):
        document = self.index_document([self.oci(name, at), self.docker(name, at)])
        del document["mediaType"]
        return self.revision(name, self.json(document), at)

    def docker_list(self, name, at):
        child = self.docker(name, at)
        document = self.index_document([child, child], DOCKER_LIST, DOCKER_IMAGE)
        return self.revision(name, self.json(document), at)

    def nested_index(self, name, at):
        inner = self.revision(name, self.json(self.index_document([self.index(name, at)])), at)
        return self.revision(name, self.json(self.index_document([inner, self.oci(name, at)])), at)

    def sparse_index(self, name, at):
        absent = "sha256:" + self.random.randbytes(32).hex()
        return self.revision(name, self.json(self.index_document([absent, self.oci(name, at)])), at)

    def build_cache(self, name, at):
        """An index of blobs."""
        layers = [layer["digest"] for layer in self.some_layers(name, at, OCI_IMAGE)]
        document = self.index_document(layers, OCI_INDEX, LAYER[OCI_IMAGE])
        config = self.blob(name, self.bytes(), at)
        document["manifests"].append(
            self.descriptor(config, "application/vnd.buildkit.cacheconfig.v0")
        )
        return self.revision(name, self.json(document), at)

    def schema1(self, name, at):
        layers = [layer["digest"] for layer in self.some_layers(name, at, DOCKER_IMAGE)]
        document = {
            "schemaVersion": 1,
            "name": name,
            "tag": "old",
            "architecture": "amd64",
            "fsLayers": [{"blobSum": layer} for layer in layers + layers[:1]],
            "history": [{"v1Compatibility": str(self.random.getrandbits(64))}],
        }
        if self.random.random() < 0.3:
            document["mediaType"] = SCHEMA1[0]
        digest = self.revision(name, json.dumps(document, indent=3).encode(), at)
        if self.random.random() < 0.5:
            signature = self.data(self.bytes(), at)
            revision = os.path.dirname(self.store.revision_link(name, digest))
            folder = os.path.join(revision, "signatures", *signature.split(":"))
            self.write(os.path.join(folder, "link"), signature, at)
        return digest

    def foreign_layer(self, name, at):
        document = self.image_document(name, at, DOCKER_IMAGE)
        content = self.bytes()
        if self.random.random() < 0.3:
            self.blob(name, content, at)
        urls = [] if self.random.random() < 0.2 else ["https://example.com/layer"]
        document["layers"].append(self.descriptor(digest_of(content), FOREIGN, urls=urls))
        return self.revision(name, self.json(document), at)

    def sha512(self, name, at):
        """Layers (and a config) that were uploaded, and are named, by sha512."""
        document = self.image_document(name, at)
        chosen = [document["config"]] if self.random.random() < 0.5 else []
        for descriptor in chosen + document["layers"]:
            canonical = descriptor["digest"]
            alias = digest_of(self.store.data(canonical), "sha512")
            self.layer(name, alias, at, canonical)
            descriptor["digest"] = alias
        return self.revision(name, self.json(document), at)

    def empty_blob(self, name, at):
        document = self.image_document(name, at)
        document["layers"].append(self.descriptor(self.blob(name, b"", at), LAYER[OCI_IMAGE]))
        return self.revision(name, self.json(document), at)

    def artifact(self, name, at):
        layers = self.some_layers(name, at, OCI_IMAGE)
        document = {"schemaVersion": 2, "mediaType": OCI_ARTIFACT, "blobs": layers}
        return self.revision(name, self.json(document), at)

    def unknown_media_type(self, name, at):
        image, layers = self.oci(name, at), self.some_layers(name, at, OCI_IMAGE)
        document = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.example.future.v7+json",
            "things": {"deep": [{"digest": image}, {"more": layers[0]}]},
        }
        return self.revision(name, self.json(document), at)

    def no_schema_version(self, name, at):
        document = self.image_document(name, at)
        del document["schemaVersion"]
        return self.revision(name, self.json(document), at)

    def bare(self, name, at):
        nothing = {"schemaVersion": 2, "annotations": {"id": str(self.random.getrandbits(64))}}
        return self.revision(name, self.json(nothing), at)

    def referred(self, name, at):
        """An image, an untagged referrer, a referrer of that, maybe one by the fallback tag."""
        image = self.oci(name, at)
        referrer = self.referrer(name, image, at)
        self.referrer(name, referrer, at)
        if self.random.random() < 0.5:
            index = self.revision(name, self.json(self.index_document([referrer])), at)
            self.tag(name, image.replace(":", "-"), index, at)
        return image

    def referrer(self, name, subject, at):
        document = self.image_document(name, at)
        document["subject"] = self.descriptor(subject, OCI_IMAGE)
        document["artifactType"] = "application/vnd.example.sbom"
        return self.revision(name, self.json(document), at)

    def lost_referrer(self, name, at):
        return self.referrer(name, "sha256:" + self.random.randbytes(32).hex(), at)

    def signed(self, name, at):
        """Signed by cosign's tags."""
        image = self.oci(name, at)
        for suffix in ".sig", ".att", ".sbom":
            if self.random.random() < 0.5:
                self.tag(name, image.replace(":", "-") + suffix, self.oci(name, at), at)
        return image

    KINDS = (
        [docker, oci] * 5
        + [index, nested_index] * 3
        + [image_without_media_type, index_without_media_type, docker_list, sparse_index]
        + [build_cache, schema1, foreign_layer, sha512, sha512, empty_blob, artifact]
        + [unknown_media_type, no_schema_version, bare, referred, referred, lost_referrer, signed]
    )

    def push_all(self):
        self.names = self.random.sample(NAMES, self.random.randint(1, 8))
        for name in self.names:
            tags = self.random.sample(TAGS, self.random.randint(0, 4))
            for tag in tags + [None] * self.random.randint(0, 3):
                at = self.age()
                digest = self._push(name, at, tag)
                if tag is not None:
                    if self.random.random() < 0.3:
                        # The tag had another image before.
                        before = at - self.random.randint(MINUTE, 100 * DAY)
                        self.tag(name, tag, self._push(name, before, tag), before)
                        self.tags.pop()
                    self.tag(name, tag, digest, at)
            for _ in range(self.random.randint(0, 2)):
                self._loose_blob(name, self.age())
        if not self.tags:
            self.tag(self.names[0], "latest", self.oci(self.names[0], self.age()), self.age())

    def _loose_blob(self, name, at):
        """What a push left that went no further, or what upstream's collector left of one."""
        digest = self.data(self.bytes(), at)
        if self.random.random() < 0.7:
            self.layer(name, digest, at)
        self.note("loose_blob", repository=name, digest=digest, age=self.now - at)

    def _push(self, name, at, tag):
        kind = self.random.choice(self.KINDS)
        digest = kind(self, name, at)
        self.note(kind.__name__, repository=name, tag=tag, digest=digest, age=self.now - at)
        return digest

    def copy(self, source, target, digest, at, skip=()):
        """Pushes a manifest with all it names to another repository, as a client would."""
        content = self.store.data(digest)
        document = json.loads(content)
        for child in document.get("manifests", ()):
            if child["digest"] not in skip and self.store.has(child["digest"]):
                self.copy(source, target, child["digest"], at)
        for blob in [document.get("config"), *document.get("layers", ())]:
            if blob and os.path.exists(self.store.layer_link(source, blob["digest"])):
                with open(self.store.layer_link(source, blob["digest"]), encoding="utf-8") as link:
                    canonical = link.read()
                self.layer(target, blob["digest"], at, canonical)
                if canonical != blob["digest"]:
                    self.layer(target, canonical, at)
        return self.revision(target, content, at)


def uuid_of(generator):
    return str(uuid.UUID(int=generator.getrandbits(128), version=4))
