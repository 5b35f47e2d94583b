# SPDX-License-Identifier: GPL-2.0
"""report.py DIRECTORY [--summary | --check FILE]: make tables, JSON and a chart out of what the benches printed.

DIRECTORY holds BENCH.DRIVER.txt (lines "result NAME VALUE UNIT") and `about`, a line on
host, kernel and accelerator. Written there: bench.json, bench.md, bench.svg.
--summary renews the figures in Documentation/performance.md. --check compares the driver's own part
of each instruction count with FILE (lines "NAME VALUE", written where it is not there) and fails above 2 %.
"""

import json
import math
import re
import statistics
import subprocess
import sys
from pathlib import Path

DRIVERS = ("c", "rust", "team")
KINDS = ("udp6", "tcp4", "vlan-udp4", "vlan-accel-udp4", "fragment4", "arp", "gre4")
KNOWN_HEAD = """# SPDX-License-Identifier: GPL-2.0
# The driver's own part of a packet, in instructions, on the stock kernel (written by make bench-check).
"""


def results(path):
    """{name: (unit, [value, ...])} of one file, in its order."""
    found = {}
    for line in path.read_text().splitlines():
        match = re.match(r"result (\S+) (\S+) (\S+)$", line)
        if match:
            name, value, unit = match.groups()
            values = found.setdefault(name, (unit, []))[1]
            if value != "-":
                values.append(float(value))
    return found


def collect(directory):
    """{bench: {driver: {name: (unit, values)}}}"""
    benches = {}
    for path in sorted(directory.glob("*.*.txt")):
        bench, driver, _ = path.name.rsplit(".", 2)
        benches.setdefault(bench, {})[driver] = results(path)
    return benches


def limit_of(name, driver):
    """What a module that only queues to one slave takes for the same frames."""
    if "/rx" in name:
        return driver.get("limit/rx")
    kind = name.rsplit("/", 1)[-1]
    return driver.get("limit/" + kind if kind in KINDS else "limit")


def own(name, driver):
    """The driver's own part of a figure: it less the limit; None where there is none."""
    limit = limit_of(name, driver)
    _, values = driver.get(name, (None, []))
    if not values or not limit or not limit[1] or "broadcast" in name or "rx-lacp" in name or name.endswith("rx-arp-validate-arp"):
        return None
    return values[0] - limit[1][0]


def text(values):
    """One figure, or minimum/median/maximum."""
    if not values:
        return "-"
    if len(values) == 1:
        return "%.6g" % values[0]
    return "%.4g / %.4g / %.4g" % (min(values), statistics.median(values), max(values))


def middle(values):
    return statistics.median(values) if values else None


def rows(bench):
    """Rows of one bench's table: name, unit, a figure for each driver, ratio, own-part ratio."""
    names = list(dict.fromkeys(name for driver in DRIVERS for name in bench.get(driver, {})))
    for name in names:
        unit = next(bench[driver][name][0] for driver in DRIVERS if name in bench.get(driver, {}))
        values = {driver: bench.get(driver, {}).get(name, (unit, []))[1] for driver in DRIVERS}
        c, rust = middle(values["c"]), middle(values["rust"])
        parts = {driver: own(name, bench.get(driver, {})) for driver in ("c", "rust")}
        yield {
            "name": name, "unit": unit, "values": values,
            "ratio": rust / c if c and rust is not None else None,
            "own": parts,
            "own_ratio": parts["rust"] / parts["c"] if parts["c"] and parts["rust"] is not None else None,
        }


def number(value, form="%.2f"):
    return form % value if value is not None else "-"


def table(name, bench, data):
    """One bench as Markdown; instructions have columns of the own part."""
    instructions = any(row["unit"] == "instructions" for row in data)
    team = bool(bench.get("team"))
    head = ["", "unit", "C", "Rust"] + (["team"] if team else []) + ["Rust/C"]
    head += ["own C", "own Rust", "own Rust/C"] if instructions else []
    lines = ["## " + name, "", "| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in data:
        cells = [row["name"], row["unit"].replace("_", " "), text(row["values"]["c"]), text(row["values"]["rust"])]
        cells += [text(row["values"]["team"])] if team else []
        cells += [number(row["ratio"])]
        if instructions:
            cells += [number(row["own"]["c"], "%.0f"), number(row["own"]["rust"], "%.0f"), number(row["own_ratio"])]
        lines.append("| " + " | ".join(cells) + " |")
    ratios = [row["own_ratio"] for row in data
              if row["own_ratio"] and row["own_ratio"] > 0 and not row["name"].startswith(("limit", "slave"))]
    if ratios:
        mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))
        lines += ["", "Own part, Rust to C: geometric mean %.2f, worst %.2f (of %d)." % (mean, max(ratios), len(ratios))]
    return "\n".join(lines)


def chart(directory, data):
    """A bar chart of the own parts, drawn by gnuplot."""
    bars = [row for row in data if row["own_ratio"] is not None and not row["name"].startswith(("limit", "slave"))]
    if not bars:
        return
    points = directory / "bench.dat"
    points.write_text("".join('"%s" %.0f %.0f\n' % (row["name"], row["own"]["c"], row["own"]["rust"]) for row in bars))
    script = """set terminal svg size 1100,520 background "white"
set output "%s"
set title "Instructions a packet, the driver's own part"
set style data histogram
set style histogram cluster gap 1
set style fill solid
set xtics rotate by -50
set grid ytics
set key top left
plot "%s" using 2:xtic(1) title "C" linecolor rgb "#888888", "" using 3 title "Rust" linecolor rgb "#b7410e"
""" % (directory / "bench.svg", points)
    subprocess.run(["gnuplot"], input=script, text=True, check=True)


def summary(report):
    """Put the report between the marks of the page."""
    page = Path("Documentation/performance.md")
    begin, end = "<!-- figures: begin (make bench) -->", "<!-- figures: end -->"
    before, rest = page.read_text().split(begin)
    page.write_text(before + begin + "\n\n" + report + "\n\n" + end + rest.split(end)[1])


def check(directory, known):
    """Compare with the figures in `known`; the kernel's share of them cancels out."""
    driver = results(directory / "packets.rust.txt")
    now = {name: (own(name, driver), values[0]) for name, (_, values) in driver.items()
           if values and own(name, driver) is not None and not name.startswith(("limit", "slave"))}
    if not known.exists():
        known.write_text(KNOWN_HEAD + "".join("%s %.0f\n" % (name, part) for name, (part, _) in now.items()))
        print("written: %s" % known)
        return True
    failed = passed = 0
    for line in known.read_text().splitlines():
        if line.startswith("#"):
            continue
        name, before = line.split()
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


def main():
    directory = Path(sys.argv[1])
    if sys.argv[2:3] == ["--check"]:
        sys.exit(not check(directory, Path(sys.argv[3])))
    about = (directory / "about").read_text().strip()
    benches = collect(directory)
    tables = {name: list(rows(bench)) for name, bench in benches.items()}
    report = "\n\n".join([about] + [table(name, benches[name], data) for name, data in tables.items()])
    (directory / "bench.md").write_text(report + "\n")
    (directory / "bench.json").write_text(json.dumps({"about": about, "benches": tables}, indent=1) + "\n")
    if "packets" in tables:
        chart(directory, tables["packets"])
    if sys.argv[2:] == ["--summary"]:
        summary(report)
    print(report)


if __name__ == "__main__":
    main()
