"""One boot: prepare, power on, watch the console, judge, power off, report."""
