# SPDX-License-Identifier: GPL-2.0
"""Small XDP programs by bpf(2) itself: loaded, attached to devices, run on frames."""

import ctypes
import os
import struct

from . import netlink as nl

SYSCALL = {"x86_64": 321, "aarch64": 280}
PROG_LOAD, PROG_TEST_RUN = 5, 10
XDP = 6
ABORTED, DROP, PASS, TX, REDIRECT = range(5)
LIVE_FRAMES = 2

IFLA_XDP, XDP_FD, XDP_FLAGS = 43, 1, 3
SKB_MODE, DRV_MODE = 2, 4

_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, data):
    """One bpf(2); the answer and what the kernel wrote into the attributes."""
    attr = ctypes.create_string_buffer(data.ljust(160, b"\0"), 160)
    answer = _libc.syscall(SYSCALL[os.uname().machine], command, attr, 160)
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer, attr.raw


def insn(code, dst=0, src=0, off=0, imm=0):
    """One instruction."""
    return struct.pack("<BBhi", code, src << 4 | dst, off, imm)


def mov(dst, imm):
    return insn(0xB7, dst, imm=imm)


def copy(dst, src):
    return insn(0xBF, dst, src)


def call(helper):
    return insn(0x85, imm=helper)


EXIT = insn(0x95)


def returning(code):
    """A program that says the same of each frame."""
    return mov(0, code) + EXIT


def redirecting(index):
    """A program that sends each frame by another device."""
    return mov(1, index) + mov(2, 0) + call(23) + EXIT


def scattered(then, offset=26):
    """`then`, after 4 bytes at `offset` (IPv4: the source address) were replaced by chance."""
    end = offset + 4
    return (copy(6, 1) + call(7) + insn(0x61, 2, 6, 0) + insn(0x61, 3, 6, 4) +
            copy(4, 2) + insn(0x07, 4, imm=end) + insn(0x2D, 4, 3, 1) + insn(0x63, 2, 0, offset) + then)


def load(code):
    """Load a program; its file descriptor."""
    text = ctypes.create_string_buffer(code, len(code))
    name = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(65536)
    head = struct.pack("=IIQQIIQII", XDP, len(code) // 8, ctypes.addressof(text), ctypes.addressof(name),
                       1, len(log), ctypes.addressof(log), 0, 0)
    try:
        return _bpf(PROG_LOAD, head)[0]
    except OSError as err:
        raise RuntimeError("%s: %s" % (err, log.value.decode(errors="replace"))) from err


def run(program, frame, times=1, batch=0, index=0):
    """Run a program on copies of a frame, as if they had come in, and do what it says of each.

    The frames come in by the device `index`, if there is one.
    """
    data = ctypes.create_string_buffer(frame, len(frame))
    context = ctypes.create_string_buffer(struct.pack("=6I", 0, len(frame), 0, index, 0, 0), 24)
    _bpf(PROG_TEST_RUN, struct.pack("=IIIIQQIIIIQQIII", program, 0, len(frame), 0, ctypes.addressof(data), 0,
                                    times, 0, 24, 0, ctypes.addressof(context), 0, LIVE_FRAMES, 0, batch))


def attribute(program, flags=DRV_MODE):
    """The link attribute that attaches a program; -1 detaches."""
    return nl.attr(IFLA_XDP, [nl.s32(XDP_FD, program), nl.u32(XDP_FLAGS, flags)])
