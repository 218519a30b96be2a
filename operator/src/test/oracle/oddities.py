"""What goes wrong in a registry's store, or is unusual: states 1 to 23 of the reference, §9."""

import json
import os
import shutil
import time

from random_pushes import DAY, HOUR, LAYER, uuid_of
from registry_store import OCI_IMAGE, digest_of, read


class Oddities:
    """Each public method but `happen` is one oddity; it gives what it was done to."""

    def __init__(self, pushes):
        self.s, self.random, self.store = pushes, pushes.random, pushes.store

    def happen(self):
        every = sorted(o for o in dir(self) if not o.startswith("_") and callable(getattr(self, o)))
        every = [o for o in every if o != "happen"]
        for oddity in self.random.sample(every, self.random.randint(0, 8)):
            self.s.note("oddity", name=oddity, where=getattr(self, oddity)())

    # Any part of the store.

    def _revision(self):
        return self.random.choice(self.s.revisions)

    def _revision_link(self):
        return self.store.revision_link(*self._revision())

    def _tag(self):
        return self.random.choice(self.s.tags)

    def _current_link(self):
        name, tag, _ = self._tag()
        return self.store.current_link(name, tag)

    def _layer_link(self):
        return self.store.layer_link(*self.random.choice(self.s.layers or self.s.revisions))

    def _name(self):
        return self.random.choice(self.s.names)

    def _folder(self):
        folder = self.store.repository(self._name())
        os.makedirs(folder, exist_ok=True)
        return folder

    def _any_digest(self):
        return "sha256:" + self.random.randbytes(32).hex()

    def _put(self, path, content=b""):
        self.s.write(path, content, self.s.age())
        return path

    def _break(self, path, content):
        if os.path.isdir(path):
            return None
        self.s.overwrite(path, content)
        return path

    def _remove(self, path):
        if os.path.lexists(path) and not os.path.isdir(path):
            os.unlink(path)
        self.s.times.pop(path, None)
        return path

    # 1 to 3: links.

    def empty_revision_link(self):
        return self._break(self._revision_link(), b"")

    def empty_current_link(self):
        return self._break(self._current_link(), b"")

    def empty_layer_link(self):
        return self._break(self._layer_link(), b"")

    def line_end_in_revision_link(self):
        name, digest = self._revision()
        return self._break(self.store.revision_link(name, digest), digest + "\n")

    def line_end_in_current_link(self):
        name, tag, digest = self._tag()
        return self._break(self.store.current_link(name, tag), digest + "\r\n")

    def line_end_in_layer_link(self):
        name, digest = self.random.choice(self.s.layers or self.s.revisions)
        return self._break(self.store.layer_link(name, digest), digest + "\n")

    def garbage_revision_link(self):
        return self._break(self._revision_link(), b"\xff\x00 no digest")

    def garbage_current_link(self):
        return self._break(self._current_link(), "sha256:../../../etc/passwd")

    def garbage_layer_link(self):
        return self._break(self._layer_link(), "SHA256:" + "A" * 64)

    def revision_link_to_another(self):
        name, _ = where = self._revision()
        other = self.random.choice([d for n, d in self.s.revisions if n == name])
        return self._break(self.store.revision_link(*where), other)

    def revision_link_to_anywhere(self):
        return self._break(self._revision_link(), self._revision()[1])

    def layer_link_to_another(self):
        name, digest = self.random.choice(self.s.layers or self.s.revisions)
        others = [d for n, d in self.s.layers if n == name and d.startswith("sha256:")]
        other = self.random.choice(others or [digest])
        return self._break(self.store.layer_link(name, digest), other)

    def current_link_to_another_repository(self):
        return self._break(self._current_link(), self._revision()[1])

    # 4 and 5: what is missing.

    def layer_link_to_nothing(self):
        name, digest = self._name(), self._any_digest()
        self.s.layer(name, digest, self.s.age())
        return [name, digest]

    def layer_data_missing(self):
        if not self.s.layers:
            return None
        name, digest = self.random.choice(self.s.layers)
        return self._remove(self.store.blob(digest))

    def layer_link_missing(self):
        return self._remove(self._layer_link())

    def revision_link_missing(self):
        return self._remove(self._revision_link())

    def manifest_data_missing(self):
        return self._remove(self.store.blob(self._revision()[1]))

    def revision_link_missing_of_tag(self):
        name, _, digest = self._tag()
        return self._remove(self.store.revision_link(name, digest))

    def revision_is_a_layer_link(self):
        """Found by 2.8 alone."""
        name, digest = self._revision()
        self.s.layer(name, digest, self.s.age())
        return self._remove(self.store.revision_link(name, digest))

    def tag_without_current(self):
        return self._remove(self._current_link())

    def history_of_nothing(self):
        name, tag, _ = self._tag()
        digest = self._any_digest()
        return self._put(self.store.index_link(name, tag, digest), digest)

    def untagged(self):
        """As the registry removes a tag."""
        name, tag, _ = self._tag()
        for path in [self.store.index_link(name, tag, d) for d in self.store.history(name, tag)]:
            self._remove(path)
        return self._remove(self.store.current_link(name, tag))

    # 6 and 11: manifests that are none, or not theirs.

    def truncated_manifest(self):
        path = self.store.blob(self._revision()[1])
        content = self._content(path)
        return self._break(path, content[: len(content) // 2])

    def empty_manifest(self):
        return self._break(self.store.blob(self._revision()[1]), b"")

    def other_manifest_bytes(self):
        path = self.store.blob(self._revision()[1])
        return self._break(path, self._content(path) + b"\n")

    def manifest_of_another_type(self):
        wrong = self.random.choice(
            [
                b"[]",
                b"null",
                b'"text"',
                b"\xef\xbb\xbf{}",
                b'{"schemaVersion":NaN}',
                b'{"schemaVersion":"2"}',
                b'{"schemaVersion":2,"mediaType":2}',
                b'{"schemaVersion":2,"config":[]}',
                b'{"schemaVersion":2,"config":{"digest":"sha256:../../x"},"layers":[]}',
                b'{"schemaVersion":2,"layers":{}}',
                b'{"schemaVersion":2,"layers":["x"]}',
                b'{"schemaVersion":2,"layers":[null]}',
                b'{"schemaVersion":2,"layers":[{"digest":"md5:d41d8cd98f00b204e9800998ecf8427e"}]}',
                b'{"schemaVersion":2,"manifests":[{"digest":1}]}',
                b'{"schemaVersion":2,"annotations":{"x":"\xff"}}',
            ]
        )
        name = self._name()
        digest = self.s.revision(name, wrong, self.s.age())
        if self.random.random() < 0.5:
            self.s.tag(name, "wrong", digest, self.s.age())
        return [name, digest, wrong.decode("latin-1")]

    def layer_as_revision(self):
        name = self._name()
        return [name, self.s.revision(name, self.s.bytes(), self.s.age())]

    def large_manifest(self):
        document = {"schemaVersion": 2, "annotations": {"x": "y" * (4 << 20)}}
        name = self._name()
        return [name, self.s.revision(name, self.s.json(document), self.s.age())]

    def manifest_of_4_mib(self):
        name = self._name()
        content = b'{"schemaVersion":2}'.ljust(4 << 20)
        return [name, self.s.revision(name, content, self.s.age())]

    def corrupt_layer(self):
        if not self.s.layers:
            return None
        path = self.store.blob(self.random.choice(self.s.layers)[1])
        return self._break(path, b"corrupt") if os.path.exists(path) else None

    def forged_circle(self):
        name, digest, at = self._name(), self._any_digest(), self.s.age()
        children = [digest, self.s.oci(name, at)]
        self.s.write(self.store.blob(digest), self.s.json(self.s.index_document(children)), at)
        self.s.write(self.store.revision_link(name, digest), digest, at)
        self.s.tag(name, "circle", digest, at)
        return [name, digest]

    def _content(self, path):
        return read(path) or b"{}"

    # 9 and 10: other algorithms.

    def alias_without_canonical_link(self):
        name, at = self._name(), self.s.age()
        digest = self.s.sha512(name, at)
        document = json.loads(self.store.data(digest))
        alias = document["layers"][0]["digest"]
        canonical = digest_of(self.store.data(self._target(name, alias)))
        return self._remove(self.store.layer_link(name, canonical))

    def empty_alias_link(self):
        name, at = self._name(), self.s.age()
        document = json.loads(self.store.data(self.s.sha512(name, at)))
        return self._break(self.store.layer_link(name, document["layers"][0]["digest"]), b"")

    def alias_in_another_repository(self):
        name, other, at = self._name(), self._name(), self.s.age()
        digest = self.s.copy(name, other, self.s.sha512(name, at), at)
        alias = json.loads(self.store.data(digest))["layers"][0]["digest"]
        self._remove(self.store.layer_link(name, alias))
        return [name, other, digest]

    def _target(self, name, alias):
        with open(self.store.layer_link(name, alias), encoding="utf-8") as link:
            return link.read()

    def data_under_sha512(self):
        name, at = self._name(), self.s.age()
        content = self.s.bytes()
        digest = self.s.data(content, at, "sha512")
        self.s.layer(name, digest, at)
        document = self.s.image_document(name, at)
        document["layers"].append(self.s.descriptor(digest, LAYER[OCI_IMAGE]))
        self.s.tag(name, "by-sha512", self.s.revision(name, self.s.json(document), at), at)
        return [name, digest]

    def unknown_algorithm(self):
        return self._put(os.path.join(self.store.v2, "blobs/blake3/ab/abcdef/data"), b"x")

    # 12 to 14: one index or image in several repositories.

    def image_elsewhere(self):
        """Tagged in one repository, untagged in another."""
        name, other = self._name(), self._name()
        digest = self.s.random.choice([self.s.oci, self.s.index])(name, self.s.age())
        self.s.copy(name, other, digest, self.s.age())
        self.s.tag(name, "here", digest, self.s.age())
        return [name, other, digest]

    def child_removed_in_one(self):
        name, other, at = self._name(), self._name(), self.s.age()
        child = self.s.oci(name, at)
        document = self.s.index_document([child, self.s.oci(name, at)])
        index = self.s.revision(name, self.s.json(document), at)
        self.s.copy(name, other, index, at)
        self.s.tag(name, "indexed", index, at)
        self.s.tag(other, "indexed", index, at)
        return self._remove(self.store.revision_link(name, child))

    def sparse_here_full_there(self):
        name, other, at = self._name(), self._name(), self.s.age()
        child = self.s.oci(name, at)
        index = self.s.revision(name, self.s.json(self.s.index_document([child])), at)
        self.s.copy(name, other, index, self.s.age(), skip=[child])
        self.s.tag(other, "sparse", index, self.s.age())
        return [name, other, index]

    def subject_removed(self):
        name, at = self._name(), self.s.age()
        image = self.s.oci(name, at)
        self.s.referrer(name, image, at)
        return self._remove(self.store.revision_link(name, image))

    # 17 and 35: parts of a repository.

    def no_layers_folder(self):
        name = self._name()
        folder = os.path.join(self.store.repository(name), "_layers")
        shutil.rmtree(folder, ignore_errors=True)
        self.s.layers = [(n, d) for n, d in self.s.layers if n != name]
        return name

    def push_in_progress(self):
        name = "new/" + uuid_of(self.random)
        self.s.blob(name, self.s.bytes(), self.s.age())
        return self._upload(name)

    def upload(self):
        return self._upload(self._name())

    def _upload(self, name):
        upload = os.path.join(self.store.repository(name), "_uploads", uuid_of(self.random))
        at = self.s.age()
        started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        self.s.write(os.path.join(upload, "startedat"), started, at)
        self.s.write(os.path.join(upload, "data"), self.s.bytes(), at)
        self.s.write(os.path.join(upload, "hashstates", "sha256", "0"), b"state", at)
        return upload

    # 19: strays.

    def stray_files(self):
        self._put(os.path.join(self.store.v2, "repositories", "_stray"))
        self._put(os.path.join(self._folder(), "_manifests", "tags", ".DS_Store"), b"\x00")
        self._put(os.path.join(self._folder(), ".nfs000000000012"), b"x")
        os.makedirs(os.path.join(self.store.v2, "repositories", "lost+found"), exist_ok=True)
        os.makedirs(os.path.join(self.store.v2, "repositories", "_dir"), exist_ok=True)
        return self._put(os.path.join(self._folder(), "_file"))

    def snapshot_folder(self):
        name, tag, digest = self._tag()
        snapshot = ".snapshot/hourly.0/" + name
        self.s.write(self.store.revision_link(snapshot, digest), digest, self.s.age())
        self.s.write(self.store.current_link(snapshot, tag), digest, self.s.age())
        return snapshot

    def temporary_files(self):
        one = uuid_of(self.random)
        self._put(self._revision_link() + f".{one}.tmp", b"sha256:")
        return self._put(self.store.blob(self._any_digest()) + f".{one}.tmp", b"half")

    def data_at_wrong_depth(self):
        self._put(os.path.join(self.store.v2, "blobs/sha256/data"), b"x")
        self._put(os.path.join(self.store.v2, "blobs/data"), b"x")
        digest = self._any_digest()
        return self._put(self.store.blob(digest).replace("/" + digest[7:9] + "/", "/zz/"), b"x")

    def data_is_a_folder(self):
        path = self._remove(self.store.blob(self._revision()[1]))
        os.makedirs(path, exist_ok=True)
        return path

    def tag_that_is_none(self):
        name, _, digest = self._tag()
        self.s.tag(name, ".hidden", digest, self.s.age())
        return name

    # 20 and 21: links of the file system.

    def linked_repository(self):
        link = os.path.join(self.store.v2, "repositories", "linked")
        os.symlink(self._folder(), link)
        return link

    def repository_outside(self):
        folder = self._folder()
        outside = os.path.join(self.s.folder, "elsewhere", uuid_of(self.random))
        os.makedirs(os.path.dirname(outside), exist_ok=True)
        os.rename(folder, outside)
        os.symlink(outside, folder)
        return folder

    def data_outside(self):
        digest = self._revision()[1]
        outside = os.path.join(self.s.folder, "elsewhere", digest[7:])
        if not os.path.isfile(self.store.blob(digest)):
            return None
        os.makedirs(os.path.dirname(outside), exist_ok=True)
        os.rename(self.store.blob(digest), outside)
        os.symlink(outside, self.store.blob(digest))
        return digest

    def dangling_symbolic_links(self):
        path = self.store.blob(self._any_digest())
        os.makedirs(os.path.dirname(path))
        os.symlink("nowhere", path)
        return path

    def circle_of_symbolic_links(self):
        folder = self._folder()
        os.symlink(folder, os.path.join(folder, "loop"))
        return folder

    def hard_linked_data(self):
        path = self.store.blob(self._revision()[1])
        other = os.path.join(self.s.folder, "hard-link-" + uuid_of(self.random))
        if os.path.isfile(path):
            os.link(path, other)
        return path

    # 23 and 27: the future.

    def referrers_folder(self):
        name, at = self._name(), self.s.now - 100 * DAY
        image = self.s.oci(name, at)
        referrer = self.s.referrer(name, image, at)
        path = [*image.split(":"), *referrer.split(":"), "link"]
        folder = os.path.join(self.store.repository(name), "_referrers", "subjects")
        return self._put(os.path.join(folder, *path), referrer)

    def future_link(self):
        path = self.random.choice([self._revision_link, self._current_link, self._layer_link])()
        return self._in_future(path)

    def future_data(self):
        return self._in_future(self.store.blob(self._revision()[1]))

    def _in_future(self, path):
        ahead = self.random.choice([2 * HOUR, 300 * DAY])
        if path in self.s.times:
            self.s.times[path] = self.s.now + ahead
        return path
