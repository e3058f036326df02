"""From a town's fines export to next week's patrol-priority map."""

__version__ = "0.1.0"
