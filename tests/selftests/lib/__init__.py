# SPDX-License-Identifier: GPL-2.0
"""Common to the tests that run in a guest."""
