"""What people type against a farm that runs; one file per command. Talks HTTP only."""
