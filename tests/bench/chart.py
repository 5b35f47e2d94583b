# SPDX-License-Identifier: GPL-2.0
"""Charts of what the benches measured, drawn by gnuplot."""

import math
import subprocess

COLOURS = {"c": "#888888", "rust": "#b7410e"}
NAMES = {"c": "C", "rust": "Rust"}


def draw(directory, name, size, script):
    head = 'set terminal svg size %s noenhanced background "white"\nset output "%s"\nset grid ytics\n' % (size, directory / (name + ".svg"))
    subprocess.run(["gnuplot"], input=head + script, text=True, check=True)


def packets(directory, rows):
    """bench.svg: bars of the own parts. Returns title and file; None if there is nothing to draw."""
    bars = [row for row in rows if row["own_ratio"] is not None]
    if not bars:
        return None
    points = directory / "bench.dat"
    points.write_text("".join('"%s" %.0f %.0f\n' % (row["name"], row["own"]["c"], row["own"]["rust"]) for row in bars))
    draw(directory, "bench", "%d,560" % max(900, 24 * len(bars)), """
set title "Instructions a packet, the driver's own part"
set style data histogram
set style histogram cluster gap 1
set style fill solid
set logscale y
set xtics rotate by -60
set key top left
plot "%s" using 2:xtic(1) title "C" linecolor rgb "%s", "" using 3 title "Rust" linecolor rgb "%s"
""" % (points, COLOURS["c"], COLOURS["rust"]))
    return "Instructions a packet, the driver's own part", "bench.svg"


def failover(directory, rows):
    """failover.svg: every run as a point, from the shortest to the longest, drivers beside each other, for each kind of
    loss. Returns title and file; None if there is nothing to draw.
    """
    plots, tics = [], []
    for place, row in enumerate(rows):
        tics.append('"%s" %d' % (row["name"].replace("/", "\\n"), place))
        for driver, shift in (("c", -0.18), ("rust", 0.18)):
            values = [value for value in row["figures"][driver].values if value != math.inf]
            if not values:
                tics[-1] = tics[-1].replace('" ', '\\n(%s: never)" ' % NAMES[driver])
                continue
            points = directory / ("failover-%d-%s.dat" % (place, driver))
            points.write_text("".join("%.3f %.3f\n" % (place + shift + 0.3 * (i / len(values) - 0.5), value)
                                      for i, value in enumerate(sorted(values))))
            title = 'title "%s"' % NAMES[driver] if all(NAMES[driver] not in plot for plot in plots) else "notitle"
            plots.append('"%s" %s with points pointtype 7 pointsize 0.4 linecolor rgb "%s"' % (points, title, COLOURS[driver]))
    if not plots:
        return None
    title = "From the loss of the active slave to the first frame by the other one, ms"
    draw(directory, "failover", "1000,480", """
set title "%s"
set logscale y
set xrange [-0.6:%g]
set bmargin 4
set xtics (%s)
set key top left
plot %s
""" % (title, len(rows) - 0.4, ", ".join(tics), ", ".join(plots)))
    return title, "failover.svg"
