#!/usr/bin/env python3
"""Compares what pullable.py says of a store with what running registries answer.

    compare_with_registry.py --store ROOT --version 2.8|3.1 --url http://host:port
        one store that a running registry serves, without a cache
    compare_with_registry.py --seeds 0-499 [--tools "$(hack/tools/install)"]
        random stores; starts both registries by itself

Prints each difference and exits with 1 if there is one. It pulls like a client: what a manifest is
says the Content-Type of the answer, every blob is read to its end.
"""

import argparse
import collections
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import pullable
import random_store
import registry_store

ACCEPT = ", ".join(registry_store.IMAGES + registry_store.INDEXES + registry_store.SCHEMA1)


class Client:
    """Pulls from a registry."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
        self.blobs = {}

    def get(self, path):
        """Content type and body of a 200 that arrives whole; else None."""
        for attempt in range(2):
            try:
                self.connection.request("GET", path, headers={"Accept": ACCEPT})
                response = self.connection.getresponse()
                body = response.read()
                break
            except (http.client.HTTPException, ConnectionError):
                # A registry that fails in the middle ends the connection; so does an idle one.
                self.connection.close()
                if attempt == 1:
                    return None
        return (response.headers["Content-Type"], body) if response.status == 200 else None

    def blob(self, name, digest):
        path = f"/v2/{name}/blobs/{digest}"
        if path not in self.blobs:
            self.blobs[path] = self.get(path) is not None
        return self.blobs[path]

    def pull(self, name, reference, above=()):
        """Whether the manifest is answered, and whether all is."""
        answer = self.get(f"/v2/{name}/manifests/{reference}")
        if answer is None:
            return False, False
        media_type, body = answer
        document = json.loads(body.decode("utf-8", "replace"))
        if media_type in registry_store.INDEXES:
            children = document.get("manifests") or []
            return True, all([self.child(name, child, (*above, reference)) for child in children])
        if media_type in registry_store.IMAGES:
            config = document.get("config") or {}
            blobs = ([config] if config else []) + [b or {} for b in document.get("layers") or []]
            digests = [b.get("digest", "") for b in blobs if not b.get("urls")]
        else:
            digests = [layer["blobSum"] for layer in document["fsLayers"]]
        return True, all([self.blob(name, digest) for digest in digests])

    def child(self, name, descriptor, above):
        digest, media_type = descriptor["digest"], descriptor.get("mediaType", "")
        if digest in above:
            return True
        if media_type == "" or "manifest" in media_type or "index" in media_type:
            return self.pull(name, digest, above)[1]
        return self.blob(name, digest)


def compare(root, version, url):
    """A line for each reference of which the two say different things; and how often the registry
    answered what: nothing, the manifest alone, or all."""
    client, found, counts = Client(url), [], collections.Counter()
    for entry in pullable.pullable(root):
        name, reference = entry["repository"], entry["reference"]
        said = version in entry["served"], version in entry["full"]
        got = client.pull(name, reference)
        counts["full" if got[1] else "served" if got[0] else "refused"] += 1
        if said != got:
            found.append(f"{version} {name} {reference}: oracle {said}, registry {got}")
    return found, counts


class Registry:
    """A registry process of its own."""

    def __init__(self, tools, version, root):
        program = os.path.join(tools, "bin", {"2.8": "registry2", "3.1": "registry3"}[version])
        self.folder = tempfile.mkdtemp()
        config = {
            "version": "0.1",
            "log": {"level": "error", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": root},
                "maintenance": {"uploadpurging": {"enabled": False}},
            },
            "http": {"addr": f"127.0.0.1:{free_port()}"},
        }
        if version == "2.8":
            config["compatibility"] = {"schema1": {"enabled": True}}
        path = os.path.join(self.folder, "config.yml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        self.url = "http://" + config["http"]["addr"]
        self.process = subprocess.Popen(
            [program, "serve", path],
            env={**os.environ, "OTEL_TRACES_EXPORTER": "none"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 30
        while Client(self.url).get("/v2/") is None:
            if self.process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{program} does not answer at {self.url}")
            time.sleep(0.01)

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


def compare_random_stores(seeds, tools):
    folder = tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    root = os.path.join(folder, "root")
    registries, wrong, counts = {}, 0, collections.Counter()
    try:
        for version in pullable.VERSIONS:
            registries[version] = Registry(tools, version, root)
        for seed in seeds:
            random_store.random_store(seed, root, time.time())
            for version, registry in registries.items():
                found, answers = compare(root, version, registry.url)
                wrong += len(found)
                counts += answers
                for line in found:
                    print(f"seed {seed}: {line}", flush=True)
            shutil.rmtree(root)
    finally:
        for registry in registries.values():
            registry.close()
        shutil.rmtree(folder)
    print(f"{len(seeds)} stores, {dict(counts)}, {wrong} differences")
    return wrong


def free_port():
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store")
    parser.add_argument("--version", choices=pullable.VERSIONS)
    parser.add_argument("--url")
    parser.add_argument("--seeds", help="FIRST-LAST")
    parser.add_argument("--tools", help="the folder that hack/tools/install prints")
    arguments = parser.parse_args()
    if arguments.seeds:
        first, last = arguments.seeds.split("-")
        tools = arguments.tools or install()
        return compare_random_stores(range(int(first), int(last) + 1), tools)
    found, counts = compare(arguments.store, arguments.version, arguments.url)
    print("\n".join([*found, f"{dict(counts)}, {len(found)} differences"]))
    return len(found)


def install():
    here = os.path.dirname(os.path.abspath(__file__))
    script = os.path.join(here, "../../../../hack/tools/install")
    return subprocess.run([script], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
