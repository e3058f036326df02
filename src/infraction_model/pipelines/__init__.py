"""One file per command: read, call, write. steps.py names them all."""
