"""Live alerts: what bays and meters say as it happens -> who breaks which rule now, ranked."""
