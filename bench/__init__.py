"""Benchmarks: ours, a reference from the same run, their ratio, median and spread. They judge nothing."""
