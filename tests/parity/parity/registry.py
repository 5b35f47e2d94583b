# SPDX-License-Identifier: GPL-2.0
"""The list of scenarios, filled by the files under scenarios/."""

import importlib
import os

SCENARIOS = {}


class Scenario:
    """One script: a name, a function of a `Context`, and where it runs."""

    def __init__(self, name, function, full, init_net):
        self.name = name
        self.function = function
        self.full = full
        self.init_net = init_net


def scenario(name, full=False, init_net=False):
    """Register a function; `full`: only in the long run; `init_net`: not in a namespace of its own."""
    def register(function):
        if name in SCENARIOS:
            raise ValueError("two scenarios are called " + name)
        SCENARIOS[name] = Scenario(name, function, full, init_net)
        return function
    return register


def load(file):
    """Import scenarios/<file>.py, return the scenarios it holds in order."""
    before = set(SCENARIOS)
    importlib.import_module("scenarios." + file)
    return [item for name, item in SCENARIOS.items() if name not in before]


def files():
    """Names of the scenario files."""
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scenarios")
    return sorted(name[:-3] for name in os.listdir(folder)
                  if name.endswith(".py") and not name.startswith("_"))
