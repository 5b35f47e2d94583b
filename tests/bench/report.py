# SPDX-License-Identifier: GPL-2.0
"""report.py DIRECTORY [--summary | --check FILE]: make tables, JSON and charts out of what the benches printed.

DIRECTORY holds BENCH.DRIVER.txt (lines "result NAME VALUE UNIT [LIMIT] [only GLOB]": the figure LIMIT of the same file is
of what no driver could do without, GLOB has the bench measure little else) and `about`, a line on host, kernel and
commit. Written there: bench.json, bench.md, and charts. --summary renews the figures in Documentation/performance.md. --check compares the driver's own part of each
instruction count with FILE (lines "NAME VALUE", written where it is not there) and fails above 2 %.
"""

import json
import math
import re
import statistics
import sys
from pathlib import Path

import chart

DRIVERS = ("c", "rust", "team")
HASHING = re.compile(r"(802\.3ad/|balance-tlb-static/)?(layer|encap|vlan\+srcmac)|802\.3ad$|balance-tlb-static$")
# What stands above a bench's table.
TITLES = {
    "packets": "Instructions a packet",
    "failover": "Failover (time of a guest that takes a nanosecond for each instruction)",
    "idle": "Monitors and LACP while nothing happens (instructions a second)",
    "convergence": "802.3ad with peers that no one here wrote (time as for failover)",
    "convergence-pair": "802.3ad with C's driver in another guest (the host's time)",
    "control": "Requests of an administrator (time as for failover)",
    "xdp": "Instructions an XDP frame (packets a second are in the inverse ratio)",
    "ipsec": "IPsec SAs that follow the active slave (time as for failover)",
    "memory": "Memory and size of code",
    "scaling": "Several processors (ratios only)",
}
KNOWN_HEAD = """# SPDX-License-Identifier: GPL-2.0
# The driver's own part of a packet, in instructions, on the stock kernel (written by make bench-check).
"""


class Figure:
    """What one driver has for one name: unit, values (infinite for "never"), name of its limit, what it takes alone."""

    def __init__(self, unit, limit, only=None):
        self.unit, self.limit, self.only, self.values = unit, limit, only, []

    def middle(self):
        return statistics.median(self.values) if self.values else None

    def text(self):
        """One figure, or minimum/median/maximum."""
        if not self.values:
            return "-"
        if math.inf in self.values:
            return "never"
        if len(self.values) == 1:
            return "%.6g" % self.values[0]
        return "%.4g / %.4g / %.4g" % (min(self.values), self.middle(), max(self.values))


def results(path):
    """{name: Figure} of one file, in its order."""
    found = {}
    for line in path.read_text().splitlines():
        match = re.match(r"result (\S+) (\S+) (\S+)(?: (?!only )(\S+))?(?: only (\S+))?$", line)
        if match:
            name, value, unit, limit, only = match.groups()
            figure = found.setdefault(name, Figure(unit, limit, only))
            if value != "-":
                figure.values.append(math.inf if value == "never" else float(value))
    return found


def collect(directory):
    """{bench: {driver: {name: Figure}}}"""
    benches = {}
    for path in sorted(directory.glob("*.*.txt")):
        bench, driver, _ = path.name.rsplit(".", 2)
        benches.setdefault(bench, {})[driver] = results(path)
    return benches


def own(name, driver):
    """The driver's own part of a figure: it less its limit; None where there is none."""
    figure = driver.get(name)
    limit = driver.get(figure.limit) if figure else None
    if not limit or not limit.values or not figure.values:
        return None
    return figure.middle() - limit.middle()


def rows(bench):
    """Rows of one bench's table: name, unit, the drivers' figures, ratio, own parts and their ratio."""
    for name in dict.fromkeys(name for driver in DRIVERS for name in bench.get(driver, {})):
        figures = {driver: bench.get(driver, {}).get(name) or Figure("", None) for driver in DRIVERS}
        c, rust = figures["c"].middle(), figures["rust"].middle()
        parts = {driver: own(name, bench.get(driver, {})) for driver in DRIVERS}
        finite = c and rust is not None and math.inf not in (c, rust)
        yield {
            "name": name, "unit": next(f.unit for f in figures.values() if f.unit), "figures": figures,
            "only": next((f.only for f in figures.values() if f.only), None),
            "ratio": rust / c if finite else None, "own": parts,
            "own_ratio": max(parts["rust"], 1) / max(parts["c"], 1) if None not in (parts["c"], parts["rust"]) else None,
        }


def number(value, form="%.2f"):
    return form % value if value is not None else "-"


def mean_line(what, data):
    ratios = [row["own_ratio"] for row in data if row["own_ratio"]]
    if not ratios:
        return []
    worst = max(data, key=lambda row: row["own_ratio"] or 0)
    mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))
    return ["- %s: geometric mean %.2f, worst %.2f (%s), of %d" % (what, mean, worst["own_ratio"], worst["name"], len(ratios))]


def means(data):
    """Own parts, Rust to C: for all packets, for transmit and receive, for the modes that hash."""
    received = [row for row in data if "/rx" in row["name"]]
    sent = [row for row in data if "/rx" not in row["name"]]
    lines = mean_line("all", data) + mean_line("transmit", sent)
    lines += mean_line("transmit by a hash", [row for row in sent if HASHING.match(row["name"])])
    lines += mean_line("receive", received)
    return ["", "Own part, Rust to C:", ""] + lines if lines else []


def table(name, bench, data):
    """One bench as Markdown; instructions a packet have columns of the own part."""
    team = bool(bench.get("team"))
    packets = any(row["own"]["rust"] is not None for row in data)
    head = ["", "unit", "C", "Rust"] + (["team"] if team else []) + ["Rust/C"]
    head += ["own C", "own Rust"] + (["own team"] if team else []) + ["own Rust/C"] if packets else []
    alone = any(row["only"] for row in data)
    head += ["command"] if alone else []
    lines = ["### %s" % TITLES.get(name, name), "", "`tools/bench %s`" % name, ""]
    lines += ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in data:
        cells = [row["name"], row["unit"].replace("_", " ")]
        cells += [row["figures"][driver].text() for driver in DRIVERS if driver != "team" or team]
        cells += [number(row["ratio"])]
        if packets:
            cells += [number(row["own"][driver], "%.0f") for driver in DRIVERS if driver != "team" or team]
            cells += [number(row["own_ratio"])]
        if alone:
            cells += ["`tools/bench --only '%s' %s`" % (row["only"], name) if row["only"] else "`tools/bench %s`" % name]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines + means(data))


def summary(report, directory, charts):
    """Put the report between the marks of the page, and the charts beside it."""
    page = Path("Documentation/performance.md")
    for _, file in charts:
        head, rest = (directory / file).read_text().split("\n", 1)
        (page.parent / file).write_text(head + "\n<!-- SPDX-License-Identifier: GPL-2.0 -->\n" + rest)
    begin, end = "<!-- figures: begin (make bench) -->", "<!-- figures: end -->"
    before, rest = page.read_text().split(begin)
    page.write_text(before + begin + "\n\n" + report + "\n\n" + end + rest.split(end)[1])


def check(directory, known):
    """Compare with the figures in `known`; the kernel's share of them cancels out."""
    driver = results(directory / "packets.rust.txt")
    now = {name: (own(name, driver), figure.middle()) for name, figure in driver.items() if own(name, driver) is not None}
    if not known.exists():
        known.write_text(KNOWN_HEAD + "".join("%s %.0f\n" % (name, part) for name, (part, _) in now.items()))
        print("written: %s" % known)
        return True
    before_all = dict(line.split() for line in known.read_text().splitlines() if not line.startswith("#"))
    failed = passed = 0
    for name in now.keys() - before_all.keys():
        print("not ok - %s: %s does not know it" % (name, known))
        failed += 1
    for name, before in before_all.items():
        if name not in now:
            print("not ok - %s: no figure" % name)
            failed += 1
            continue
        part, whole = now[name]
        good = part - float(before) <= 0.02 * whole
        print("%s - %s: own part %.0f instructions of %.0f, known %s" % ("ok" if good else "not ok", name, part, whole, before))
        passed, failed = passed + good, failed + (not good)
    print("%d passed, %d failed, 0 skipped" % (passed, failed))
    return failed == 0


def plain(rows):
    """Rows as JSON has them: no infinite numbers."""
    return [{**row, "figures": {driver: [None if value == math.inf else value for value in figure.values]
                                for driver, figure in row["figures"].items()}} for row in rows]


def main():
    directory = Path(sys.argv[1])
    if sys.argv[2:3] == ["--check"]:
        sys.exit(not check(directory, Path(sys.argv[3])))
    about = (directory / "about").read_text().strip()
    benches = collect(directory)
    order = [name for name in TITLES if name in benches] + [name for name in benches if name not in TITLES]
    tables = {name: list(rows(benches[name])) for name in order}
    report = "\n\n".join([about] + [table(name, benches[name], data) for name, data in tables.items()])
    (directory / "bench.json").write_text(
        json.dumps({"about": about, "benches": {name: plain(data) for name, data in tables.items()}}, indent=1) + "\n")
    charts = [draw(directory, tables[name]) for name, draw in
              (("packets", chart.packets), ("failover", chart.failover)) if name in tables]
    charts = list(filter(None, charts))
    images = "".join("\n![%s](%s)\n" % (title, file) for title, file in charts)
    (directory / "bench.md").write_text(report + "\n" + images)
    if sys.argv[2:] == ["--summary"]:
        summary(report + "\n" + images, directory, charts)
    print(report)
    lacking = ["%s of %s (%s)" % (name, driver, bench) for bench, drivers in benches.items()
               for driver, figures in drivers.items() for name, figure in figures.items() if not figure.values]
    if lacking:
        sys.exit("no figure for " + ", ".join(lacking))


if __name__ == "__main__":
    main()
