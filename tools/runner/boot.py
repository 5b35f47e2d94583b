# SPDX-License-Identifier: GPL-2.0
"""What a guest boots from: its initramfs and its tables of modules."""

import lzma
import os
import pathlib
import shutil
import subprocess
import tempfile

import cache

HERE = pathlib.Path(__file__).resolve().parent
# Needed before the root is there; built into the lean kernels.
EARLY = ["virtio_pci", "9pnet_virtio", "9p", "overlay"]


def _unpacked(file):
    data = file.read_bytes()
    if file.suffix == ".xz":
        return lzma.decompress(data)
    if file.suffix == ".zst":
        return subprocess.run(["zstd", "-dc", file], check=True, capture_output=True).stdout
    if file.suffix == ".gz":
        return subprocess.run(["gzip", "-dc", file], check=True, capture_output=True).stdout
    return data


def initramfs(kernel):
    """The initramfs for `kernel`, made once."""
    init = (HERE / "init").read_text()
    made = cache.CACHE / "boot" / f"initrd-{kernel.key}-{cache.digest(init, pathlib.Path(__file__))}"
    if made.exists():
        return made
    with cache.lock("boot"), tempfile.TemporaryDirectory() as tmp:
        tree = pathlib.Path(tmp, "tree")
        for name in ("bin", "modules", "dev", "proc"):
            (tree / name).mkdir(parents=True)
        busybox = shutil.which("busybox") or cache.die("busybox (static) is missing")
        shutil.copy(busybox, tree / "bin/busybox")
        names = []
        for file in kernel.module_files(EARLY):
            name = file.name.split(".ko")[0] + ".ko"
            (tree / "modules" / name).write_bytes(_unpacked(file))
            names.append(name)
        (tree / "init").write_text(init.replace("%MODULES%", " ".join(names)))
        (tree / "init").chmod(0o755)
        part = made.with_suffix(".part")
        made.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "wb") as out:
            listed = subprocess.run(["find", "."], cwd=tree, capture_output=True, check=True).stdout
            subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=tree,
                           input=listed, stdout=out, check=True)
        part.rename(made)
    return made


def module_tables(kernel, module):
    """A directory of modules.* tables that put the file `module` before the kernel's own bonding.

    It lies over the kernel's /lib/modules/RELEASE in the guest. The module is copied, so that a
    rebuild does not disturb guests that run.
    """
    key = cache.digest(module, kernel.key, pathlib.Path(__file__))
    made = cache.CACHE / "boot" / f"modules-{key}"
    result = made / "lib/modules" / kernel.release
    if result.exists():
        os.utime(made)
        return result
    with cache.lock("tables"):
        if result.exists():
            return result
        _forget_old(made.parent)
        part = made.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        (part / "updates").mkdir(parents=True)
        (made / "updates").mkdir(parents=True, exist_ok=True)
        # depmod writes the path it finds the module at, so it must be the final one.
        subprocess.run(["strip", "-g", "-o", made / "updates/bonding.ko", module], check=True)
        conf = part / "depmod.conf"
        conf.write_text(f"search external built-in\nexternal * {made}/updates\n")
        subprocess.run(["depmod", "-C", conf, "-b", kernel.modules.parents[2], "-o", part, kernel.release], check=True)
        (made / "lib/modules").mkdir(parents=True, exist_ok=True)
        (part / "lib/modules" / kernel.release).rename(result)
        shutil.rmtree(part)
    return result


def _forget_old(directory):
    """Keeps the newest thirty sets of tables."""
    sets = sorted(directory.glob("modules-*"), key=lambda p: p.stat().st_mtime)
    for old in sets[:-30]:
        shutil.rmtree(old, ignore_errors=True)
