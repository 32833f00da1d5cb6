"""Machines: one protocol per capability, one small driver per file, and a `Machine` that composes them."""
