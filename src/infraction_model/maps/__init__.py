"""Pure renderers of a target week: scores and zones in, text out."""
