"""The `bootfarm` command: one more caller of the API, and `up`, which starts everything."""
