# SPDX-License-Identifier: GPL-2.0
"""Two guests whose network cards are joined, one wire each; see tools/guest-pair --help."""

import argparse
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import cache

HERE = pathlib.Path(__file__).resolve().parent


class Guest:
    """One guest of a pair, run by guest.py in a process of its own."""

    def __init__(self, side, wires, share, words, command, on_line):
        self.qmp = pathlib.Path(wires, f"qmp-{side}")
        self.process = subprocess.Popen(
            [sys.executable, "-B", HERE / "guest.py", "--wires", wires, "--side", side, "--share", share,
             "--qmp", self.qmp, *words, "--", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.reader = threading.Thread(target=self._read, args=(on_line,), daemon=True)
        self.reader.start()

    def _read(self, on_line):
        for line in self.process.stdout:
            on_line(line.rstrip("\n"))

    def wait(self, timeout=None):
        """The guest's exit status, once all that it said was told."""
        status = self.process.wait(timeout)
        self.reader.join(5)
        return status

    def stop(self):
        """Ends the guest; its status then is 143, or 99 if its kernel had complained."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait(30)

    def set_link(self, card, up):
        """Puts the cable of network card `card` in, or pulls it out."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(os.path.realpath(self.qmp))
            stream = monitor.makefile("rw")
            stream.readline()
            for request in ({"execute": "qmp_capabilities"},
                            {"execute": "set_link", "arguments": {"name": f"nic{card}", "up": up}}):
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                while not {"return", "error"} & (answer := json.loads(stream.readline())).keys():
                    pass
                if "error" in answer:
                    raise RuntimeError(answer["error"]["desc"])


class Pair:
    """The guests a and b; lines `@link CARD on|off` that a says are done, not told."""

    def __init__(self, wires, share, words_a, words_b, command_a, command_b, tell):
        self.tell = tell
        self.share = share
        self.b = Guest("b", wires, share, words_b, command_b, lambda line: tell("b", line))
        self.a = Guest("a", wires, share, words_a, command_a, self._line)

    def _line(self, line):
        word = line.split()
        if len(word) == 3 and word[0] == "@link":
            for guest in (self.a, self.b):
                guest.set_link(int(word[1]), word[2] == "on")
        else:
            self.tell("a", line)

    def wait(self, grace):
        """Waits for a, gives b `grace` seconds more, and returns the status of both together."""
        try:
            status = self.a.wait()
            pathlib.Path(self.share, "a-ended").touch()
            try:
                other = self.b.wait(grace)
            except subprocess.TimeoutExpired:
                other = self.b.stop()
                other = 0 if other == 143 else other
            return status or other
        finally:
            self.a.stop()
            self.b.stop()


def main(argv):
    """Runs the pair that `argv` asks for."""
    p = argparse.ArgumentParser(
        prog="tools/guest-pair", usage="tools/guest-pair [OPTION...] -- COMMAND-A -- COMMAND-B",
        description="Runs COMMAND-A and COMMAND-B in two guests whose network cards are joined one to one. They share "
                    "/mnt/share; a line `@link CARD on|off` that A prints puts in or pulls that cable on both sides. When A "
                    "has ended (/mnt/share/a-ended), B has --grace seconds to end. Exits with A's status, or B's if that "
                    "is 0; a kernel splat in either is 99.")
    p.add_argument("--kernel", default="stock", help="stock, test, bench or bare (stock)")
    p.add_argument("--module", default="rust", metavar="M", help="A's bonding: rust, c, none (rust)")
    p.add_argument("--peer", default="c", metavar="M", help="B's bonding (c)")
    p.add_argument("--nics", default="2", metavar="N", help="network cards and wires (2)")
    p.add_argument("--nic-model", default="virtio-net-pci", help="virtio-net-pci or e1000e")
    p.add_argument("--cpus", default="1", metavar="N", help="processors of each (1)")
    p.add_argument("--timeout", default="600", metavar="S", help="for each guest (600)")
    p.add_argument("--grace", type=float, default=15, metavar="S", help="for B once A has ended (15)")
    p.add_argument("--share", type=pathlib.Path, metavar="DIR", help="this directory as /mnt/share of both")
    if argv.count("--") != 2:
        p.error("two commands are wanted, each after a --")
    first = argv.index("--")
    second = argv.index("--", first + 1)
    args = p.parse_args(argv[:first])
    same = ["--kernel", args.kernel, "--nics", args.nics, "--nic-model", args.nic_model, "--cpus", args.cpus, "--timeout", args.timeout]
    runs = cache.CACHE / "run"
    runs.mkdir(parents=True, exist_ok=True)
    tell = lambda side, line: print(f"{side}| {line}", flush=True)
    # Sockets have short names: they lie in /tmp.
    with tempfile.TemporaryDirectory(prefix="wires-", dir="/tmp") as wires, tempfile.TemporaryDirectory(prefix="share-", dir=runs) as share:
        pair = Pair(wires, str(args.share.resolve()) if args.share else share, ["--module", args.module, *same],
                    ["--module", args.peer, *same], argv[first + 1:second], argv[second + 1:], tell)
        return pair.wait(args.grace)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
