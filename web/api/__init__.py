"""The REST API under /api/v1, split by who calls it; one authorisation rule each."""
