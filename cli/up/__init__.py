"""`bootfarm up`: a whole farm from one command, and nothing left when it ends."""
