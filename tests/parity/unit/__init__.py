# SPDX-License-Identifier: GPL-2.0
"""Tests of the comparison itself: they need no guest."""
