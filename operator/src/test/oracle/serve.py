#!/usr/bin/env python3
"""serve.py: answers many questions, since a Python that starts takes longer than most answers.

A line of standard input is a JSON object: "ask" is `pullable`, `expected`, `random_store` or
`odd_store` (random pushes and one oddity of this name), the rest their arguments. A line of
standard output is the answer; an object with "error" if there is none.
"""

import json
import sys
import traceback

from oddities import Oddities
from pullable import pullable
from random_pushes import RandomPushes
from random_store import random_store
from reachable import Policy, expected


def odd_store(seed, folder, now, name):
    pushes = RandomPushes(seed, folder, int(now))
    pushes.push_all()
    pushes.note("oddity", name=name, where=getattr(Oddities(pushes), name)())
    pushes.finish()


ANSWERS = {
    "pullable": pullable,
    "expected": lambda root, **policy: expected(root, Policy(**policy)),
    "random_store": random_store,
    "odd_store": odd_store,
}


def answer(question):
    try:
        return ANSWERS[question.pop("ask")](**question)
    except Exception:  # whatever it is, the caller is to know
        return {"error": traceback.format_exc()}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
