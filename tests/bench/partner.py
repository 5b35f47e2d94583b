# SPDX-License-Identifier: GPL-2.0
"""partner.py BOND DEVICE...: speak LACP at these devices until the bond sends through all of them.

Long timeouts: the bond then hears nothing for 90 seconds and stays as it is.
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "selftests"))

from lib.net import proc  # noqa: E402
from own.lacp import states  # noqa: E402
from parity.slow import DISTRIBUTING, READY, Partner  # noqa: E402

bond, devices = sys.argv[1], sys.argv[2:]
partners = [Partner(device) for device in devices]
for _ in range(900):
    for partner in partners:
        if partner.listen():
            partner.say(READY)
    if len(states(bond)) == 2 * len(devices) and all(state & DISTRIBUTING for state in states(bond)):
        # The driver's own work may come after the state.
        time.sleep(0.5)
        sys.exit()
    time.sleep(0.1)
sys.exit("the ports of %s do not join\n%s" % (bond, proc(bond)))
