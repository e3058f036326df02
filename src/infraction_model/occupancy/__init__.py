"""How full zones are: measured by sensors in bays, or estimated from payments."""
