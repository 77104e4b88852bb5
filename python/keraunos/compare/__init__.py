"""Measures a saved model in Keraunos beside the rivals that are installed: `keraunos-compare MODEL`, or `python -m keraunos.compare MODEL`."""
