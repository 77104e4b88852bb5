"""What the layer of src/README.md, "Add a layer in ten lines", must compute; recorded into tests/readme_layer."""

from generate.building import L, variants

SIZES = {"twice": dict(size=2), "thrice": dict(size=3), "same": dict(size=1)}


def cases(add):
    add("up_sampling1d", lambda: variants(L.UpSampling1D, (4, 3), SIZES))
