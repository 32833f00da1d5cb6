"""What runs on the farm's own host; one file per command."""
