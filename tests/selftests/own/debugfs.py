# SPDX-License-Identifier: GPL-2.0
"""The directory of each bond in debugfs."""

import errno
import os

from lib.harness import check, equal, sh, test
from lib.net import Net, must_set

TOP = "/tmp/debugfs"


def mount():
    """The directory of all bonds; /sys is mounted anew for each test, without debugfs in it."""
    os.makedirs(TOP, exist_ok=True)
    if not os.path.ismount(TOP):
        sh("mount -t debugfs debugfs " + TOP)
    return TOP + "/bonding"


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


@test("g12-debugfs-directory-follows-the-bond", init_net=True)
def follows():
    top = mount()
    net = Net()
    net.bond("bond0", mode=6)
    net.bond("bond1", mode=1)
    equal(sorted(os.listdir(top)), ["bond0", "bond1"], "directories")
    equal(oct(os.stat(top + "/bond0/rlb_hash_table").st_mode), "0o100400", "mode of the table")
    equal(read(top + "/bond0/rlb_hash_table"),
          "SourceIP        DestinationIP   Destination MAC   DEV\n", "table of balance-alb")
    equal(read(top + "/bond1/rlb_hash_table"), "", "table of another mode")
    must_set("bond1", "mode", "balance-alb")
    check(read(top + "/bond1/rlb_hash_table"), "no table after a change of mode")
    sh("ip link set bond0 name team7")
    equal(sorted(os.listdir(top)), ["bond1", "team7"], "directories after a change of name")
    net.delete("bond1")
    net.bond("bond0")
    equal(sorted(os.listdir(top)), ["bond0", "team7"], "directories after a new bond took the name")
    net.delete("bond0")
    net.delete("team7")
    equal(os.listdir(top), [], "directories at the end")


@test("g12-debugfs-directories-of-namespaces", init_net=True)
def namespaces():
    top = mount()
    net = Net()
    net.bond("bond0")
    sh("ip netns add side")
    sh("ip -n side link add bond0 type bond mode 6")
    inode = os.stat("/run/netns/side").st_ino
    equal(sorted(os.listdir(top)), ["bond0", "bond0@%d" % inode], "directories")
    sh("ip -n side link set bond0 name bond1")
    equal(sorted(os.listdir(top)), ["bond0", "bond1@%d" % inode], "directories after a change of name")
    sh("ip -n side link del bond1")
    sh("ip netns del side")
    net.delete("bond0")
    equal(os.listdir(top), [], "directories at the end")


@test("g12-debugfs-file-outlives-its-bond", init_net=True, locks=True)
def outlives():
    """A file that is open when its bond goes reads no more; the module can go afterwards."""
    top = mount()
    net = Net()
    net.bond("bond0", mode=6)
    file = os.open(top + "/bond0/rlb_hash_table", os.O_RDONLY)
    net.delete("bond0")
    try:
        os.read(file, 100)
        check(False, "a removed file was read")
    except OSError as error:
        equal(error.errno, errno.EIO, "errno")
    os.close(file)
    sh("rmmod bonding")
    check(not os.path.exists(top), "the directory of all bonds is still there")
    sh("modprobe bonding max_bonds=1")
    equal(os.listdir(top), ["bond0"], "directory of the bond made at load")
    sh("ip link del bond0")
