# SPDX-License-Identifier: GPL-2.0
# bonding-rs: `make help` says what there is. (What kbuild reads is in Kbuild.)

MAKEFLAGS += --no-print-directory
SHELL := /bin/bash

# The kernel to build against. Unset: the stock Debian kernel that tools/setup prepares.
KDIR ?=
# Options of the guest for `make vm`, such as VM="--kernel test --nics 4".
VM ?=
# The command that `make vm` runs; a shell unless set.
CMD ?= bash -l

# DEV=1: a module that builds faster, for trying a change out.
DEV ?=
ifneq ($(DEV),)
export BONDING_DEV := 1
endif

.DEFAULT_GOAL := module
.PHONY: module install uninstall clean demo vm test test-full record-c bench bench-full bench-check clippy fmt fmt-check doc help setup gates host-test

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | sort | expand -t 14

module: ## build bonding.ko, against KDIR or the prepared stock kernel (build/bonding.ko; DEV=1: sooner)
	@tools/build $(KDIR)

install: ## install the module for the running kernel (updates/), renew depmod and the initramfs
	@tools/install $(KDIR)

uninstall: ## remove it again; the kernel's own bonding comes back
	@tools/install --remove $(KDIR)

clean: ## remove what was built in the checkout (the cache stays)
	@rm -rf build results .cargo-target

demo: ## bonds over QEMU's network cards on the stock kernel: failover and the other modes
	@tools/demo

vm: ## an interactive guest with the module (VM="--kernel test --nics 2", CMD=...)
	@tools/guest --timeout 864000 --interactive --nics 2 $(VM) -- $(CMD)

test: ## all that CI runs
	@tools/test

test-full: ## test, and what takes longer: the C driver too, other configurations
	@tools/test --full

record-c: ## record the C driver's answers, which the tests show beside ours
	@tools/test --record-c

bench: ## instructions a packet and times: the C driver, this one and team
	@tools/bench

bench-full: ## bench, with the whole matrix
	@tools/bench --full

bench-check: ## fail where a packet takes more instructions than tests/bench/known says
	@tools/bench --check

gates: ## the rules of the house that machines can check
	@tools/in-root tests/gates/run

host-test: ## the tests that need no guest
	@tools/host-test

clippy: ## clippy, warnings are errors
	@tools/in-root tests/gates/clippy

fmt: ## format the Rust sources
	@tools/in-root tests/gates/fmt --write

fmt-check: ## whether the Rust sources are formatted
	@tools/in-root tests/gates/fmt

doc: ## build the documentation of the crates (build/doc)
	@tools/in-root tests/gates/doc

setup: ## make the build root and the stock kernel's tree now
	@tools/setup stock
