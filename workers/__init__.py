"""Everything that touches a machine or a compiler. It reaches the farm by the Celery queue and the HTTP API only."""
