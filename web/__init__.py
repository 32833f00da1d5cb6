"""Everything that speaks HTTP: pages, the REST API and live streams."""
