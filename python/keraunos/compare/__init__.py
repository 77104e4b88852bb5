"""Measures a saved model in Keraunos and in the installed other engines: `keraunos-compare MODEL`, or `python -m
keraunos.compare MODEL`."""
