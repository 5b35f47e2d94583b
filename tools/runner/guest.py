# SPDX-License-Identifier: GPL-2.0
"""Runs one command in a guest; see tools/guest --help."""

import argparse
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

import boot
import cache
import qemu
import splat

HERE = pathlib.Path(__file__).resolve().parent
SPLATTED, NO_STATUS, TIMED_OUT, STOPPED = 99, 98, 124, 143


class Stop(Exception):
    """Somebody asked for the guest's end."""


def _stop(*_):
    raise Stop


def parse(argv):
    """The options and the command."""
    p = argparse.ArgumentParser(
        prog="tools/guest", usage="tools/guest [OPTION...] -- COMMAND [ARG...]",
        description="Runs COMMAND as root in a guest whose file system is the build root with the checkout, "
                    "prints its output and exits with its status; 99 when the kernel complained, 98 when the "
                    "guest died without one, 124 when it took too long.")
    p.add_argument("--kernel", choices=["stock", "test", "bench", "bare"], default="stock", help="which kernel (stock)")
    p.add_argument("--module", choices=["rust", "c", "none"], default="rust", help="which bonding `modprobe bonding` loads (rust)")
    p.add_argument("--ko", type=pathlib.Path, help="this bonding.ko rather than the checkout's own build")
    p.add_argument("--nics", type=int, default=0, metavar="N", help="network cards (0)")
    p.add_argument("--nic-model", default="virtio-net-pci", help="virtio-net-pci or e1000e")
    p.add_argument("--loop", action="store_true", help="the first half of the cards is wired to the other half")
    p.add_argument("--wires", metavar="DIR", help="sockets that join the cards with another guest's (with --side a|b)")
    p.add_argument("--side", choices=["a", "b"], default="a", help="which end of the wires")
    p.add_argument("--cpus", type=int, default=2, metavar="N", help="processors (2)")
    p.add_argument("--memory", default="1G", help="memory (1G)")
    p.add_argument("--share", type=pathlib.Path, metavar="DIR", help="DIR is /mnt/share in the guest, writable")
    p.add_argument("--timeout", type=float, default=600, metavar="S", help="give up after S seconds with status 124 (600)")
    p.add_argument("--expect-splat", metavar="REGEX", help="console lines that match are no splat; one must come")
    p.add_argument("--leaks", action="store_true", help="look for memory leaks at the end (kernel test)")
    p.add_argument("--console", type=pathlib.Path, metavar="FILE", help="keep the kernel's console here")
    p.add_argument("--qmp", type=pathlib.Path, metavar="SOCKET", help="QEMU's monitor (QMP) is reachable here")
    p.add_argument("--icount", action="store_true", help="one instruction a nanosecond, one processor: for counting")
    p.add_argument("--accel", choices=["auto", "kvm", "tcg"], default="auto", help="how the guest is run (auto)")
    p.add_argument("--raw-pointers", action="store_true", help="print pointers as they are")
    p.add_argument("--append", default="", help="more words for the kernel's command line")
    p.add_argument("--interactive", action="store_true", help="the command has this terminal")
    p.add_argument("--quiet", action="store_true", help="nothing of the runner's own on stderr but splats")
    p.add_argument("command", nargs="+", metavar="COMMAND")
    args = p.parse_args(argv)
    if args.icount:
        args.cpus = 1
    args.number = 1 if args.side == "a" else 2
    return args


def bonding_tables(args, kernel):
    """The module tables for the chosen bonding, or none where the kernel's own serve."""
    if args.module != "rust":
        return None
    ko = args.ko or pathlib.Path(
        subprocess.run([cache.TOP / "tools/build-module", kernel.name], check=False, stdout=subprocess.PIPE, text=True).stdout.strip())
    if not ko.is_file():
        cache.die("there is no bonding.ko: it does not build")
    return boot.module_tables(kernel, ko)


def write_run(run, args, kernel, tables):
    """Fills the run directory with what stage2 reads."""
    cwd = pathlib.Path.cwd()
    if not cwd.is_relative_to(cache.TOP):
        cwd = cache.TOP
    size = shutil.get_terminal_size()
    settings = {
        "ROWS": size.lines, "COLUMNS": size.columns,
        "KERNEL_MODULES": kernel.modules, "MODULE_TABLES": tables or "", "MODULE": args.module,
        "SHARE": args.share or "", "INTERACTIVE": int(args.interactive), "LEAKS": int(args.leaks),
        "NIC_MODULE": {"e1000e": "e1000e", "e1000": "e1000", "igb": "igb"}.get(args.nic_model, "virtio_net") if args.nics else "",
        "TERM": os.environ.get("TERM", "dumb"),
    }
    (run / "settings").write_text("".join(f"{k}={shlex.quote(str(v))}\n" for k, v in settings.items()))
    exports = {k: v for k, v in os.environ.items() if k.startswith("BONDING_") and k != "BONDING_IN_ROOT"}
    exports |= {"BONDING_KERNEL": args.kernel, "BONDING_MODULE": args.module, "BONDING_IN_GUEST": "1", "BONDING_CACHE": cache.CACHE}
    lines = [f"export {k}={shlex.quote(str(v))}" for k, v in exports.items()]
    (run / "command").write_text("#!/bin/bash\n" + "\n".join(lines) + f"\ncd {shlex.quote(str(cwd))}\nexec {shlex.join(args.command)}\n")
    (run / "command").chmod(0o755)
    shutil.copy(HERE / "stage2", run / "stage2")


def copy_output(listener):
    """Copies what the guest's command says to stdout until the guest ends."""
    connection, _ = listener.accept()
    while data := connection.recv(65536):
        try:
            os.write(1, data)
        except OSError:
            return


def wait_for_end(process, timeout):
    """Waits for QEMU's end, or for a kernel panic: a test may have set a time after which the guest reboots."""
    end = qemu.monotonic() + timeout
    told = 0
    while True:
        try:
            process.wait(max(0, min(2, end - qemu.monotonic())))
            return
        except subprocess.TimeoutExpired:
            if qemu.monotonic() >= end:
                raise
        try:
            with open("console", "rb") as console:
                console.seek(max(0, told - 100))
                text = console.read()
        except FileNotFoundError:  # QEMU is slow to start
            continue
        told = max(0, told - 100) + len(text)
        if b"end Kernel panic" in text or b"Rebooting in" in text:
            return


def run_guest(args, run, kernel, initrd):
    """Boots, waits, and returns what went wrong: nothing, TIMED_OUT or STOPPED."""
    listener = socket.socket(socket.AF_UNIX)
    os.chdir(run)
    listener.bind("out")
    listener.listen(1)
    reader = threading.Thread(target=copy_output, args=(listener,), daemon=True)
    if args.qmp:
        args.qmp.unlink(missing_ok=True)
        args.qmp.symlink_to(run / "qmp")
    signal.signal(signal.SIGTERM, _stop)
    with open("qemu.log", "wb") as log:
        process = subprocess.Popen(qemu.command(args, kernel, initrd, run), stderr=log,
                                   stdout=None if args.interactive else log,
                                   stdin=None if args.interactive else subprocess.DEVNULL)
    try:
        reader.start()
        wait_for_end(process, args.timeout)
        if not args.interactive and pathlib.Path("status").exists():
            reader.join(5)
        return 0
    except subprocess.TimeoutExpired:
        return TIMED_OUT
    except Stop:
        return STOPPED
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        qemu.stop(process)


def verdict(args, run, end):
    """Reports splats and leaks, returns the exit status."""
    say = lambda text: print(text, file=sys.stderr, flush=True)
    console = (run / "console").read_text(errors="replace") if (run / "console").exists() else ""
    if args.console:
        args.console.write_text(console)
    problem = splat.find(console, args.expect_splat)
    if problem:
        say("guest: the kernel complained:")
        say("\n".join("  | " + line for line in problem))
        return SPLATTED
    if args.expect_splat and not splat.find(console):
        say("guest: the expected splat did not come")
        return SPLATTED
    leaks = (run / "leaks").read_text(errors="replace") if (run / "leaks").exists() else ""
    if "unreferenced object" in leaks:
        say("guest: memory leaked:\n" + "\n".join("  | " + line for line in leaks.splitlines()[:60]))
        return SPLATTED
    if end == STOPPED:
        return STOPPED
    if end == TIMED_OUT:
        say(f"guest: no end after {args.timeout:g} s; the end of its console:")
        say("\n".join("  | " + line for line in console.splitlines()[-10:]))
        return TIMED_OUT
    if (run / "status").exists():
        return int((run / "status").read_text())
    say("guest: it ended without a status; the end of its console:")
    say("\n".join("  | " + line for line in console.splitlines()[-20:] + (run / "qemu.log").read_text().splitlines()[-5:]))
    return NO_STATUS if args.expect_splat is None else 0


def main(argv):
    """Runs the guest that `argv` asks for."""
    args = parse(argv)
    for name in ("share", "console", "qmp", "ko"):
        if value := getattr(args, name):
            setattr(args, name, value.resolve())
    if args.share and not args.share.is_dir():
        cache.die(f"--share {args.share}: no such directory here (inside the build root only the checkout and the cache are seen)")
    kernel = cache.Kernel(args.kernel)
    initrd = boot.initramfs(kernel)
    tables = bonding_tables(args, kernel)
    runs = cache.CACHE / "run"
    runs.mkdir(parents=True, exist_ok=True)
    started = qemu.monotonic()
    with tempfile.TemporaryDirectory(prefix="guest-", dir=runs) as name:
        run = pathlib.Path(name)
        write_run(run, args, kernel, tables)
        here = os.getcwd()
        try:
            end = run_guest(args, run, kernel, initrd)
            status = verdict(args, run, end)
        finally:
            os.chdir(here)
            if args.qmp:
                args.qmp.unlink(missing_ok=True)
    if os.environ.get("BONDING_VERBOSE"):
        print(f"guest: {qemu.monotonic() - started:.1f} s", file=sys.stderr)
    return status


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
