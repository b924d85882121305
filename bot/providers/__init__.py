"""Who makes the videos: one protocol, one module for each API."""
