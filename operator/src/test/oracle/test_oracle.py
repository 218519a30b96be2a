"""Shows that the oracle and the random stores are right: python3 -m unittest, in this folder."""

import json
import os
import shutil
import tempfile
import unittest

from oddities import Oddities
from pullable import VERSIONS, pullable
from random_pushes import DAY, HOUR, RandomPushes
from random_store import random_store
from reachable import Policy, blobs_in_place, expected
from registry_store import DOCKER_LIST, OCI_INDEX, Manifest, Store, Unparsable, is_repository_name

NOW = 1_800_000_000
OLD, YOUNG = NOW - 100 * DAY, NOW - HOUR
SEEDS = range(30)
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class StoreTest(unittest.TestCase):
    """A store of its own for each test; `self.push` writes to it."""

    def setUp(self):
        self.temporary = tempfile.mkdtemp(dir=MEMORY)
        self.addCleanup(shutil.rmtree, self.temporary)
        self.root = os.path.join(self.temporary, "root")
        self.push = RandomPushes(1, self.root, NOW)
        self.store = self.push.store

    def manifest(self, document, name="app", at=OLD):
        return self.push.revision(name, json.dumps(document).encode(), at)

    def tagged(self, digest, name="app", tag="latest", at=OLD):
        self.push.tag(name, tag, digest, at)
        return digest

    def pulls(self, reference, name="app", deep=False):
        """(served, full) by (2.8, 3.1)."""
        for entry in pullable(self.root, deep):
            if (entry["repository"], entry["reference"]) == (name, reference):
                return tuple(
                    (v in entry["served"]) + (v in entry["full"]) for v in VERSIONS
                )  # 0 refused, 1 served, 2 in full
        return None

    def expected(self, **policy):
        self.push.finish()
        return expected(self.root, Policy(NOW, **policy))

    def layers_of(self, digest):
        return [blob for blob, _ in Manifest(self.store.data(digest)).blobs]


class PullableTest(StoreTest):
    def test_an_image_needs_its_layers(self):
        image = self.tagged(self.push.docker("app", OLD))
        self.assertEqual((2, 2), self.pulls("latest"))
        self.assertEqual((2, 2), self.pulls(image))
        os.unlink(self.store.layer_link("app", self.layers_of(image)[-1]))
        self.assertEqual((1, 1), self.pulls("latest"))

    def test_an_image_needs_its_config_data(self):
        image = self.tagged(self.push.oci("app", OLD))
        os.unlink(self.store.blob(self.layers_of(image)[0]))
        self.assertEqual((1, 1), self.pulls("latest"))

    def test_an_index_needs_its_children_in_the_same_repository(self):
        index = self.tagged(self.push.nested_index("app", OLD))
        self.push.copy("app", "other", index, OLD)
        self.assertEqual((2, 2), self.pulls("latest"))
        inner = Manifest(self.store.data(index)).children[0][0]
        middle = Manifest(self.store.data(inner)).children[0][0]
        child = Manifest(self.store.data(middle)).children[0][0]
        os.unlink(self.store.revision_link("app", child))
        self.assertEqual((1, 1), self.pulls("latest"))
        self.assertEqual((1, 1), self.pulls(middle))
        self.assertEqual((2, 2), self.pulls(index, "other"))

    def test_a_link_is_a_digest_and_nothing_else(self):
        image = self.tagged(self.push.oci("app", OLD))
        for content in "", image + "\n", image.upper(), "sha256:12", " " + image:
            self.push.overwrite(self.store.current_link("app", "latest"), content)
            self.assertEqual((0, 0), self.pulls("latest"), content)
            self.assertEqual((2, 2), self.pulls(image), content)
        self.push.overwrite(self.store.revision_link("app", image), "")
        self.assertEqual((0, 0), self.pulls(image))

    def test_2_8_finds_a_manifest_by_a_layer_link(self):
        image = self.tagged(self.push.oci("app", OLD))
        os.unlink(self.store.revision_link("app", image))
        self.assertEqual((0, 0), self.pulls("latest"))
        self.push.layer("app", image, OLD)
        self.assertEqual((2, 0), self.pulls("latest"))

    def test_sha512_needs_both_links(self):
        image = self.tagged(self.push.sha512("app", OLD))
        self.assertEqual((2, 2), self.pulls("latest"))
        alias = self.layers_of(image)[-1]
        with open(self.store.layer_link("app", alias), encoding="utf-8") as link:
            canonical = link.read()
        os.unlink(self.store.layer_link("app", canonical))
        self.assertEqual((1, 1), self.pulls("latest"))

    def test_schema_1_is_for_2_8(self):
        image = self.tagged(self.push.schema1("app", OLD))
        self.assertEqual((2, 0), self.pulls("latest"))
        os.unlink(self.store.blob(self.layers_of(image)[0]))
        self.assertEqual((1, 0), self.pulls("latest"))

    def test_what_is_refused(self):
        for kind in "artifact", "unknown_media_type", "no_schema_version":
            self.tagged(getattr(self.push, kind)("app", OLD))
            self.assertEqual((0, 0), self.pulls("latest"), kind)

    def test_a_foreign_layer_is_elsewhere(self):
        absent = "sha256:" + "0" * 64
        layer = {"digest": absent, "urls": ["https://example.com"]}
        self.tagged(self.manifest({"schemaVersion": 2, "layers": [layer]}))
        self.assertEqual((2, 2), self.pulls("latest"))
        self.tagged(self.manifest({"schemaVersion": 2, "layers": [{**layer, "urls": []}]}))
        self.assertEqual((1, 1), self.pulls("latest"))

    def test_deep_compares_bytes(self):
        image = self.tagged(self.push.oci("app", OLD))
        self.push.overwrite(self.store.blob(self.layers_of(image)[-1]), b"corrupt")
        self.assertEqual((2, 2), self.pulls("latest"))
        self.assertEqual((1, 1), self.pulls("latest", deep=True))

    def test_a_build_cache_is_an_index_of_blobs(self):
        self.tagged(self.push.build_cache("app", OLD))
        self.assertEqual((2, 2), self.pulls("latest"))

    def test_names_that_no_request_has(self):
        for name in "Upper", "a/_b", "a..b", ".snapshot/x", "a-", "n" * 256, "a//b", "a/B", "":
            self.assertFalse(is_repository_name(name), name)
        for name in "a/b", "a__b", "a--b", "n" * 255, "Upper/a", "x.y/z-1", "0":
            self.assertTrue(is_repository_name(name), name)


class ExpectedTest(StoreTest):
    def assert_live(self, digest, answer, name="app"):
        self.assertIn([name, digest], answer["live"]["revisions"])
        for needed in [digest, *self.layers_of(digest)]:
            self.assertIn(needed, answer["live"]["blobs"])

    def assert_gone(self, digest, answer, name="app"):
        self.assertIn([name, digest], answer["gone"]["revisions"])
        self.assertIn(digest, answer["gone"]["blobs"])

    def test_tagged_stays_untagged_and_old_goes(self):
        tagged, untagged = self.tagged(self.push.oci("app", OLD)), self.push.oci("app", OLD)
        answer = self.expected()
        self.assert_live(tagged, answer)
        self.assert_gone(untagged, answer)
        only_its_own = set(self.layers_of(untagged)) - set(self.layers_of(tagged))
        self.assertLessEqual(only_its_own, set(answer["gone"]["blobs"]))
        self.assertLessEqual({("app", d) for d in only_its_own}, pairs(answer["gone"]["layers"]))
        self.assertEqual([["app", "latest"]], answer["live"]["tags"])

    def test_what_keeps_an_untagged_image(self):
        old, young = self.push.oci("app", OLD), self.push.oci("app", NOW - 3 * DAY)
        self.assert_live(young, self.expected())
        self.assert_live(old, self.expected(in_use=[old]))
        self.assert_live(old, self.expected(untagged=None))
        self.assert_gone(young, self.expected(untagged=DAY))

    def test_untagged_since_is_the_time_of_the_next_push_to_the_tag(self):
        before = self.tagged(self.push.oci("app", OLD))
        self.tagged(self.push.oci("app", YOUNG), at=YOUNG)
        self.assert_live(before, self.expected())

    def test_children_and_subjects_and_referrers_of_what_is_kept(self):
        index = self.tagged(self.push.nested_index("app", OLD))
        image = Manifest(self.store.data(index)).children[1][0]
        referrer = self.push.referrer("app", image, OLD)
        second = self.push.referrer("app", referrer, OLD)
        lost = self.push.lost_referrer("app", OLD)
        answer = self.expected()
        for digest in image, referrer, second:
            self.assert_live(digest, answer)
        self.assert_gone(lost, answer)

    def test_referrers_of_the_same_repository_only(self):
        image = self.tagged(self.push.oci("app", OLD))
        elsewhere = self.push.referrer("other", image, OLD)
        self.assert_gone(elsewhere, self.expected(), "other")

    def test_a_tag_that_cannot_be_read_keeps_its_history(self):
        before = self.tagged(self.push.oci("app", OLD))
        self.tagged(self.push.oci("app", OLD))
        self.assert_gone(before, self.expected())
        self.push.overwrite(self.store.current_link("app", "latest"), b"")
        self.assert_live(before, self.expected())

    def test_an_unparsable_manifest_taints_its_repository(self):
        untagged, other = self.push.oci("app", OLD), self.push.oci("other", OLD)
        self.push.revision("app", b"{", OLD)
        answer = self.expected()
        self.assert_live(untagged, answer)
        self.assert_gone(other, answer, "other")
        self.assertEqual(["app"], answer["tainted"])

    def test_a_child_of_another_repository_keeps_its_data(self):
        child = self.push.oci("full", OLD)
        index = self.manifest(self.push.index_document([child]), "sparse")
        self.tagged(index, "sparse")
        answer = self.expected()
        self.assertLessEqual({child, *self.layers_of(child)}, set(answer["live"]["blobs"]))
        self.assertNotIn(["full", child], answer["gone"]["revisions"])

    def test_sha512_keeps_what_any_repository_calls_so(self):
        image = self.tagged(self.push.sha512("app", OLD))
        self.push.copy("app", "other", image, OLD)
        alias = self.layers_of(image)[-1]
        with open(self.store.layer_link("app", alias), encoding="utf-8") as link:
            canonical = link.read()
        os.unlink(self.store.layer_link("app", alias))
        os.unlink(self.store.layer_link("app", canonical))
        self.assertIn(canonical, self.expected()["live"]["blobs"])

    def test_unreferenced_data(self):
        loose, young = self.push.data(b"loose", OLD), self.push.data(b"young", YOUNG)
        linked = self.push.data(b"linked", OLD)
        self.push.layer("app", linked, YOUNG)
        other = self.push.data(b"other", OLD, "sha512")
        answer = self.expected()
        self.assertEqual([loose], answer["gone"]["blobs"])
        self.assertEqual(sorted([young, linked]), answer["waiting"]["blobs"])
        self.assertEqual([os.path.relpath(self.store.blob(other), self.store.v2)],
                         answer["untouched"])  # fmt: skip

    def test_a_time_far_ahead_decides_nothing(self):
        self.push.data(b"ahead", NOW + 300 * DAY)
        answer = self.expected()
        self.assertEqual(([], []), (answer["gone"]["blobs"], answer["waiting"]["blobs"]))

    def test_what_is_not_understood(self):
        unknown = self.push.unknown_media_type("app", OLD)
        referrers = os.path.join(self.store.repository("next"), "_referrers", "sha256")
        referrer = self.push.oci("next", OLD)
        self.push.write(os.path.join(referrers, referrer[7:], "link"), referrer, OLD)
        answer = self.expected()
        self.assertIn(["app", unknown], answer["live"]["revisions"])
        image = self.layers_of_unknown(unknown)
        self.assertLessEqual(set(image), set(answer["live"]["blobs"]))
        self.assert_live(referrer, answer, "next")
        self.assertEqual(1, len(answer["untouched"]))

    def layers_of_unknown(self, digest):
        named = Manifest(self.store.data(digest)).digests
        images = [d for d in named if os.path.exists(self.store.revision_link("app", d))]
        self.assertEqual((2, 1), (len(named), len(images)))
        return named + self.layers_of(images[0])


class ManifestTest(unittest.TestCase):
    def test_kinds(self):
        for kind, document in (
            ("index", {"manifests": []}),
            ("index", {"mediaType": OCI_INDEX}),
            ("index", {"mediaType": DOCKER_LIST, "layers": []}),
            ("image", {"layers": []}),
            ("image", {"config": {}}),
            ("schema1", {"fsLayers": []}),
            ("unknown", {"mediaType": "other", "layers": []}),
            ("unknown", {}),
        ):
            self.assertEqual(kind, Manifest(json.dumps(document).encode()).kind, document)

    def test_unparsable(self):
        for content in b"", b"[]", b"{", b'{"layers":{}}', b'{"config":[]}', b'{"manifests":[1]}':
            with self.assertRaises(Unparsable, msg=content):
                Manifest(content)


class RandomStoreTest(unittest.TestCase):
    """What must be true of the oracle's answers on any store."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=MEMORY)
        self.addCleanup(shutil.rmtree, self.folder)

    def each(self):
        for seed in SEEDS:
            root = os.path.join(self.folder, f"seed-{seed}")
            random_store(seed, root, NOW)
            yield root
            shutil.rmtree(root)

    def test_same_seed_same_store(self):
        for seed in 7, 8:
            roots = [os.path.join(self.folder, f"{name}-{seed}") for name in ("one", "two")]
            for root in roots:
                random_store(seed, root, NOW)
            self.assertEqual(*[tree(root) for root in roots])

    def test_every_kind_and_oddity_occurs(self):
        kinds = {kind.__name__ for kind in RandomPushes.KINDS}
        oddities = {name for name in vars(Oddities) if not name.startswith("_")} - {"happen"}
        seen = set()
        for seed in range(150):
            root = os.path.join(self.folder, str(seed))
            random_store(seed, root, NOW)
            with open(root + ".json", encoding="utf-8") as file:
                seen.update(note.get("name") or note["what"] for note in json.load(file))
        self.assertEqual(set(), (kinds | oddities) - seen)

    def test_removing_what_must_go_loses_no_pull_but_of_what_went(self):
        for root in self.each():
            answer, before = expected(root, Policy(NOW)), pulls(root)
            store = Store(root)
            remove(store, answer["gone"])
            gone = pairs(answer["gone"]["revisions"])
            stay = {p for p in before if (p[0], p[1]) not in gone}
            self.assertEqual(stay, pulls(root), root)
            again = expected(root, Policy(NOW))
            self.assertEqual({"blobs": [], "revisions": [], "layers": []}, again["gone"])
            self.assertEqual(answer["live"], again["live"])

    def test_removing_all_that_need_not_stay_loses_no_pull_of_what_stays(self):
        for root in self.each():
            answer, before = expected(root, Policy(NOW)), pulls(root)
            store, live = Store(root), answer["live"]
            self.assertFalse(set(live["blobs"]) & set(answer["gone"]["blobs"]))
            remove(
                store,
                {
                    "blobs": set(blobs_in_place(store)[0]) - set(live["blobs"]),
                    "revisions": all_of(store, store.revisions) - pairs(live["revisions"]),
                    "layers": all_of(store, store.layers) - pairs(live["layers"]),
                },
            )
            stay = pairs(live["revisions"]) | pairs(live["tags"])
            self.assertEqual({p for p in before if (p[0], p[1]) in stay}, pulls(root), root)


def pairs(lists):
    return {(name, item) for name, item in lists}


def all_of(store, items):
    return {(name, item) for name in store.repositories() for item in items(name)}


def pulls(root):
    """Every pull that works: (repository, reference, what, by which registry)."""
    return {
        (entry["repository"], entry["reference"], what, version)
        for entry in pullable(root)
        for what in ("served", "full")
        for version in entry[what]
    }


def remove(store, what):
    paths = [store.blob(digest) for digest in what["blobs"]]
    paths += [store.revision_link(*pair) for pair in what["revisions"]]
    paths += [store.layer_link(*pair) for pair in what["layers"]]
    for path in paths:
        if os.path.lexists(path):
            os.unlink(path)


def tree(root):
    found = {}
    for folder, _, files in os.walk(root):
        for file in files:
            path = os.path.join(folder, file)
            if os.path.islink(path):
                found[os.path.relpath(path, root)] = os.readlink(path).replace(root, "")
            else:
                with open(path, "rb") as content:
                    found[os.path.relpath(path, root)] = content.read(), os.stat(path).st_mtime
    return found


if __name__ == "__main__":
    unittest.main()
