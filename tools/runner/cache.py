# SPDX-License-Identifier: GPL-2.0
"""Where kernels, modules and run directories lie in the cache."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "bonding-rs"


def die(text):
    """Ends with one line."""
    sys.exit(f"guest: {text}")


def digest(*parts):
    """A short name for the contents of `parts` (bytes, str or files)."""
    h = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, pathlib.Path) else part
        h.update(data.encode() if isinstance(data, str) else data)
        h.update(b"\0")
    return h.hexdigest()[:12]


@contextlib.contextmanager
def lock(name):
    """Holds the lock `name` of the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f".lock-{name}", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Kernel:
    """One of the kernels that tools/setup makes."""

    def __init__(self, name):
        made = subprocess.run([TOP / "tools/kernel/make", "dir", name], capture_output=True, text=True)
        if made.returncode:
            die(made.stderr.strip())
        self.name = name
        self.dir = pathlib.Path(made.stdout.strip())
        if not (self.dir / ".complete").exists():
            if subprocess.run([TOP / "tools/setup", name]).returncode:
                die(f"the {name} kernel could not be made")
        self.release = (self.dir / "release").read_text().strip()
        self.modules = (self.dir / "root/lib/modules" / self.release).resolve()
        vmlinux = self.dir / "vmlinux"
        self.image = vmlinux if vmlinux.exists() else (self.dir / "vmlinuz").resolve()
        self.key = self.dir.name

    def module_files(self, names):
        """The files of modules `names` and of what they need, in load order; built-ins are left out."""
        files = []
        for name in names:
            shown = subprocess.run(
                ["modprobe", "-d", self.modules.parents[2], "-S", self.release, "--show-depends", name],
                capture_output=True, text=True)
            for line in shown.stdout.splitlines():
                word = line.split()
                if word and word[0] == "insmod" and word[1] not in files:
                    files.append(word[1])
        return [pathlib.Path(f) for f in files]
