"""Tests of what the firmware workspace makes for hosts."""
