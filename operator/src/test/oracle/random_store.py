#!/usr/bin/env python3
"""random_store.py [--now EPOCH] SEED FOLDER: a small random store with odd states, to test on.

Same seed and --now, same store. FOLDER becomes the registry's root directory; FOLDER.json beside it
tells the pushes and the oddities, by name, in order. The oddities are the store states 1 to 21 and
23 of the reference on registries (§9). Ages are far from any usual limit: young (10 to 60 minutes),
middle (2 to 5 days), old (30 to 400 days). `future_link` and `future_data` write times after --now.
"""

import argparse
import time

from oddities import Oddities
from random_pushes import RandomPushes


def random_store(seed, folder, now):
    """Writes the store; the folder must not exist."""
    pushes = RandomPushes(seed, folder, int(now))
    pushes.push_all()
    Oddities(pushes).happen()
    pushes.finish()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("folder")
    parser.add_argument("--now", type=float, default=time.time(), help="seconds since 1970")
    arguments = parser.parse_args()
    random_store(arguments.seed, arguments.folder, arguments.now)
