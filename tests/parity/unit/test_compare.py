# SPDX-License-Identifier: GPL-2.0
"""Whatever is altered in a recording must be caught; what is random must not."""

import copy
import json
import os
import random
import re
import unittest

from parity.compare import Waiting, compare
from parity.normalise import Normaliser
from parity.recording import ROW

SAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sample.jsonl")
SEED = 2026


def sample():
    """Part of a recording made with the C module."""
    scenarios = {}
    with open(SAMPLE, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if "scenario" in record:
                scenarios.setdefault(record["scenario"], []).append(record)
    return scenarios


def verdict(wanted, got, known=frozenset()):
    outcomes = compare(wanted, got, known)
    return all(outcome.verdict == "ok" for outcome in outcomes)


def texts(record, path=()):
    """Paths of all texts and numbers of a step."""
    if isinstance(record, dict):
        for key, value in record.items():
            if path or key not in ("scenario", "step"):
                yield from texts(value, path + (key,))
    elif isinstance(record, list):
        for key, value in enumerate(record):
            yield from texts(value, path + (key,))
    else:
        yield path, record


def put(record, path, value):
    """Replace the value at `path`."""
    for key in path[:-1]:
        record = record[key]
    record[path[-1]] = value


class Caught(unittest.TestCase):
    """One change each, in a copy of the recording."""

    def setUp(self):
        self.wanted = sample()
        self.got = copy.deepcopy(self.wanted)

    def find(self, matches):
        for name, steps in self.got.items():
            for record in steps:
                if matches(record):
                    return record
        self.fail("the sample has no such step")

    def test_same(self):
        self.assertTrue(verdict(self.wanted, self.got))

    def test_errno(self):
        record = self.find(lambda r: r["result"].get("errno") == "EINVAL")
        record["result"]["errno"] = "EPERM"
        self.assertFalse(verdict(self.wanted, self.got))

    def test_status(self):
        record = self.find(lambda r: r["result"].get("rc") == 2)
        record["result"]["rc"] = 1
        self.assertFalse(verdict(self.wanted, self.got))

    def test_extack_word(self):
        record = self.find(lambda r: "extack" in r["result"])
        record["result"]["extack"] = record["result"]["extack"].replace("option", "Option", 1)
        self.assertFalse(verdict(self.wanted, self.got))

    def test_bad_attribute(self):
        record = self.find(lambda r: "bad_attr" in r["result"])
        del record["result"]["bad_attr"]
        self.assertFalse(verdict(self.wanted, self.got))

    def test_digit(self):
        record = self.find(lambda r: any("Interval (ms): 0" in (v or "") for v in r["state"].values()))
        for key, value in record["state"].items():
            if value and "Interval (ms): 0" in value:
                record["state"][key] = value.replace("Interval (ms): 0", "Interval (ms): 1")
        self.assertFalse(verdict(self.wanted, self.got))

    def test_event(self):
        record = self.find(lambda r: len(r["events"]) > 1)
        record["events"][0], record["events"][1] = record["events"][1], record["events"][0]
        self.assertFalse(verdict(self.wanted, self.got))

    def test_event_missing(self):
        del self.find(lambda r: r["events"])["events"][0]
        self.assertFalse(verdict(self.wanted, self.got))

    def test_log_word(self):
        record = self.find(lambda r: any("option" in line for line in r["log"]))
        record["log"] = [line.replace("option", "options") for line in record["log"]]
        self.assertFalse(verdict(self.wanted, self.got))

    def test_log_level(self):
        record = self.find(lambda r: r["log"])
        record["log"][0] = re.sub(r"^<.>", "<0>", record["log"][0])
        self.assertFalse(verdict(self.wanted, self.got))

    def test_state_key_gone(self):
        record = self.find(lambda r: r["state"])
        record["state"].popitem()
        self.assertFalse(verdict(self.wanted, self.got))

    def test_step_missing(self):
        next(iter(self.got.values())).pop()
        self.assertFalse(verdict(self.wanted, self.got))

    def test_scenario_missing(self):
        self.got.popitem()
        self.assertFalse(verdict(self.wanted, self.got))

    def test_any_single_character(self):
        """Five hundred random alterations of one character, each caught."""
        chance = random.Random(SEED)
        places = [(name, number, path, value) for name, steps in self.wanted.items()
                  for number, record in enumerate(steps) for path, value in texts(record)
                  if isinstance(value, str) and value]
        for _ in range(500):
            name, number, path, value = chance.choice(places)
            place = chance.randrange(len(value))
            if any(m.start() - 1 <= place <= m.end() for m in re.finditer(r"[0-9a-f:]{12,17}", value)):
                continue  # inside a MAC: see `Random`
            other = "x" if value[place] != "x" else "y"
            got = {name: copy.deepcopy(self.wanted[name])}
            put(got[name][number], path, value[:place] + other + value[place + 1:])
            self.assertFalse(verdict({name: self.wanted[name]}, got),
                             "seed %d: %s step %d %s" % (SEED, name, number, path))


class Repeated(unittest.TestCase):
    """What C says again until RTNL is free counts once, in the place of the last; no other line, and none of ours."""

    LINE = "<6> bond0: (slave v1): link status up, enabling it in 100 ms"
    EVENT = "<6> event: NETDEV_CHANGE v1"
    OTHER = "<6> bond0: (slave v1): link status definitely up, 10000 Mbps full duplex"

    def same(self, wanted, got):
        return verdict({"s": [{"cmd": "look", "log": wanted}]}, {"s": [{"cmd": "look", "log": got}]})

    def test_repeated_by_c(self):
        self.assertTrue(self.same([self.LINE, self.EVENT, self.LINE], [self.EVENT, self.LINE]))
        self.assertFalse(self.same([self.LINE, self.EVENT, self.LINE], [self.LINE, self.EVENT]))
        self.assertFalse(self.same([self.LINE, self.LINE.replace("v1", "v2")], [self.LINE]))

    def test_repeated_by_ours(self):
        self.assertFalse(self.same([self.LINE], [self.LINE, self.LINE]))

    def test_another_line(self):
        self.assertFalse(self.same([self.OTHER, self.OTHER], [self.OTHER]))


class Random(unittest.TestCase):
    """MAC addresses: another random one is the same, a mix-up is not."""

    def lines(self, *values):
        normaliser = Normaliser()
        return [normaliser.text(value) for value in values]

    def test_other_random_address(self):
        self.assertEqual(self.lines("a 5e:00:00:00:00:01 b 5e:00:00:00:00:02"),
                         self.lines("a 7a:11:00:00:00:01 b 7a:11:00:00:00:09"))

    def test_mixed_up(self):
        self.assertNotEqual(self.lines("5e:00:00:00:00:01", "5e:00:00:00:00:02", "5e:00:00:00:00:01"),
                            self.lines("5e:00:00:00:00:01", "5e:00:00:00:00:02", "5e:00:00:00:00:02"))

    def test_given_address_is_literal(self):
        self.assertNotEqual(self.lines("02:00:00:00:01:00"), self.lines("02:00:00:00:01:01"))

    def test_given_versus_random(self):
        self.assertNotEqual(self.lines("02:00:00:00:01:00"), self.lines("5e:00:00:00:00:01"))

    def test_case_is_compared(self):
        self.assertNotEqual(self.lines("5e:00:00:00:00:0a"), self.lines("5E:00:00:00:00:0A"))

    def test_multicast_list(self):
        self.assertEqual(self.lines("01005e000001*1*0 5e0000000001*1*0"),
                         self.lines("01005e000001*1*0 6e0000000001*1*0"))


class Marked(unittest.TestCase):
    """Deliberate differences need a row."""

    def setUp(self):
        self.wanted = {"s": [{"scenario": "s", "step": 0, "cmd": "x", "difference": ["C1"],
                              "result": {"errno": "0"}, "log": [], "events": []}]}
        self.got = copy.deepcopy(self.wanted)
        self.got["s"][0]["result"]["errno"] = "EINVAL"

    def test_with_row(self):
        self.assertTrue(verdict(self.wanted, self.got, {"C1"}))

    def test_without_row(self):
        self.assertFalse(verdict(self.wanted, self.got))

    def test_only_the_named_fields(self):
        self.wanted["s"][0]["difference"] = ["C1 log events"]
        self.assertFalse(verdict(self.wanted, self.got, {"C1"}))
        self.wanted["s"][0]["difference"] = ["C1 result.errno"]
        self.assertTrue(verdict(self.wanted, self.got, {"C1"}))

    def test_rows_are_read(self):
        self.assertEqual(ROW.match("| C1 | changelink | fixed |").group(1), "C1")
        self.assertIsNone(ROW.match("| id | what |"))
        self.assertIsNone(ROW.match("|----|----|"))


class SilentErrors(unittest.TestCase):
    """Our text where C has none is the row E1; a changed text or errno is not."""

    def setUp(self):
        self.wanted = {"s": [{"scenario": "s", "step": 0, "cmd": "x", "result": {"errno": "EPERM"},
                              "log": [], "events": []}]}
        self.got = copy.deepcopy(self.wanted)
        self.got["s"][0]["result"].update(extack="needs miimon", bad_attr="18.2.4")

    def test_added(self):
        self.assertTrue(verdict(self.wanted, self.got, {"E1"}))

    def test_without_row(self):
        self.assertFalse(verdict(self.wanted, self.got))

    def test_other_errno(self):
        self.got["s"][0]["result"]["errno"] = "EINVAL"
        self.assertFalse(verdict(self.wanted, self.got, {"E1"}))

    def test_other_text(self):
        self.wanted["s"][0]["result"]["extack"] = "invalid option value"
        self.assertFalse(verdict(self.wanted, self.got, {"E1"}))

    def test_success(self):
        self.wanted["s"][0]["result"]["errno"] = self.got["s"][0]["result"]["errno"] = "0"
        self.assertFalse(verdict(self.wanted, self.got, {"E1"}))

    def test_as_ip_shows_it(self):
        self.wanted["s"][0]["result"] = {"err": "RTNETLINK answers: Operation not permitted\n"}
        self.got["s"][0]["result"] = {"err": "Error: needs miimon.\n"}
        self.assertTrue(verdict(self.wanted, self.got, {"E1"}))
        self.assertFalse(verdict(self.wanted, self.got))
        self.got["s"][0]["result"] = {"err": ""}
        self.assertFalse(verdict(self.wanted, self.got, {"E1"}))
        self.wanted["s"][0]["result"] = {"err": "Error: bonding: other.\n"}
        self.got["s"][0]["result"] = {"err": "Error: needs miimon.\n"}
        self.assertFalse(verdict(self.wanted, self.got, {"E1"}))


class OpenDifferences(unittest.TestCase):
    """Lines that wait for a later step: exactly these, and only while they are met."""

    def setUp(self):
        self.wanted = {"s": [{"scenario": "s", "step": 0, "cmd": "x", "result": {"errno": "0"},
                              "log": ["<6> event: A bond0", "<6> event: B bond0"], "events": []}]}
        self.got = copy.deepcopy(self.wanted)
        self.got["s"][0]["log"].pop()

    def verdict(self, expression, known=("A7",)):
        waiting = Waiting([("A7", re.compile(expression))])
        outcomes = compare(self.wanted, self.got, frozenset(known), waiting)
        return outcomes[0].verdict, len(waiting.unmet())

    def test_covered(self):
        self.assertEqual(self.verdict("log: C only: '<6> event: B .*'"), ("ok", 0))

    def test_other_line(self):
        self.assertEqual(self.verdict("log: C only: '<6> event: A .*'"), ("fail", 1))

    def test_part_of_a_line(self):
        self.assertEqual(self.verdict("log: C only: '<6> event: B"), ("fail", 1))

    def test_without_row(self):
        self.assertEqual(self.verdict("log: C only: '<6> event: B .*'", ()), ("fail", 1))


if __name__ == "__main__":
    unittest.main()
