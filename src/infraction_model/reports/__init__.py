"""Renderers of reports: data in, text or bytes out."""
