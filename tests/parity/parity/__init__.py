# SPDX-License-Identifier: GPL-2.0
"""Runs one script of operations against a bonding module and records every answer."""
