# SPDX-License-Identifier: GPL-2.0
"""The QEMU process of one guest: its command line, KVM or not, its end."""

import os
import pathlib
import platform
import shutil
import subprocess
import tempfile
import time

import cache

QEMU = "qemu-system-x86_64"


def kvm_works(kernel, initrd):
    """Whether a KVM guest really runs here; tried once and remembered.

    /dev/kvm may be there and yet no guest get past its first instructions.
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    cpu = next((l for l in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if "model name" in l), "")
    answer = cache.CACHE / "boot" / f"kvm-{cache.digest(platform.release(), cpu)}"
    with cache.lock("kvm"):
        if not answer.exists():
            answer.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile() as log:
                try:
                    subprocess.run(
                        [QEMU, "-accel", "kvm", "-cpu", "host", "-m", "512", "-no-reboot", "-nodefaults", "-display", "none",
                         "-kernel", kernel.image, "-initrd", initrd, "-append", "console=ttyS0 panic=-1",
                         "-serial", f"file:{log.name}"],
                        timeout=15, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                except subprocess.TimeoutExpired:
                    pass
                # Without a root to mount, a guest that runs gets as far as its first program.
                works = b"Run /init" in pathlib.Path(log.name).read_bytes()
            answer.write_text("yes" if works else "no")
        return answer.read_text() == "yes"


def share(tag, path, readonly=False):
    """The arguments for a 9p share of `path`."""
    model = "passthrough" if os.geteuid() == 0 else "none"
    return ["-fsdev", f"local,id={tag},path={path},security_model={model},multidevs=remap"
            + (",readonly=on" if readonly else ""),
            "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]


def nics(args, machine):
    """The arguments for the guest's network cards: each has a wire of its own.

    With --wires DIR, card i sends to the socket of the other side's card i; with --loop to card i + N / 2;
    without, nobody is there.
    """
    words = []
    for i in range(args.nics):
        if args.wires:
            here, there = f"{args.wires}/{i}{args.side}", f"{args.wires}/{i}{'b' if args.side == 'a' else 'a'}"
            words += ["-netdev", f"dgram,id=wire{i},local.type=unix,local.path={here},remote.type=unix,remote.path={there}"]
        else:
            hub = i % max(args.nics // 2, 1) if args.loop else i
            words += ["-netdev", f"hubport,id=wire{i},hubid={hub}"]
        words += ["-device", f"{args.nic_model},id=nic{i},netdev=wire{i},mac=52:54:00:{machine:02x}:00:{i + 1:02x}"]
    return words


def command(args, kernel, initrd, run):
    """The command line that boots `kernel` for the run directory `run`."""
    if args.icount:
        accel = ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-cpu", "max"]
    elif args.accel == "kvm" or (args.accel == "auto" and kvm_works(kernel, initrd)):
        accel = ["-accel", "kvm", "-cpu", "host"]
    else:
        # la57 and its page tables cost TCG time and confuse KASAN.
        accel = ["-accel", "tcg,thread=multi", "-cpu", "max,-la57"]
    append = ["console=ttyS0", "panic=-1", "oops=panic", "net.ifnames=0", "mitigations=off", "nokaslr",
              "tsc=reliable" if accel[1] != "kvm" else "", "rcupdate.rcu_cpu_stall_timeout=120", "printk.time=1",
              "log_buf_len=4M", "no_timer_check",
              # Poisoned and checked where drivers allocate; kmemleak's cost only where it is read.
              "slab_debug=-;FZP,kmalloc*,skbuff*,net_namespace,names_cache,seq_file,rcu*" if kernel.name == "test" else "",
              "" if args.leaks else "kmemleak=off", "cryptomgr.notests", "no_hash_pointers" if args.raw_pointers else "", args.append]
    words = [shutil.which(QEMU) or cache.die(f"{QEMU} is missing"), *accel,
             "-machine", "q35", "-smp", str(args.cpus), "-m", args.memory, "-nodefaults", "-no-user-config", "-display", "none",
             "-no-reboot", "-kernel", str(kernel.image), "-initrd", str(initrd), "-append", " ".join(filter(None, append)),
             "-serial", "file:console",
             "-qmp", "unix:qmp,server=on,wait=off",
             "-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng",
             "-device", "virtio-serial-pci"]
    words += share("root", "/", readonly=True) + share("run", run)
    if args.share:
        words += share("share", args.share)
    if args.interactive:
        words += ["-chardev", "stdio,id=tty,signal=off", "-device", "virtconsole,chardev=tty"]
    else:
        words += ["-chardev", "socket,id=out,path=out,server=off", "-device", "virtserialport,chardev=out,name=out"]
    return words + nics(args, args.number)


def stop(process):
    """Ends a QEMU that should have ended."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def monotonic():
    """Seconds since some start."""
    return time.monotonic()
