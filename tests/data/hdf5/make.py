"""Writes HDF5 files in every layout that h5py can write, and expected.json with the contents that h5py reads from them.

Run it from the root of the repository with a Python that has numpy and h5py on HDF5 1.14 or later:
    python tests/data/hdf5/make.py
"""
import json
import pathlib
import zlib

import h5py
import numpy as np

OUT = pathlib.Path("tests/data/hdf5")
NUMBERS = ["f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]
VERSIONS = {"earliest": ("earliest", "v108"), "v110": ("v110", "v110")}


def steps(shape, dtype="f4"):
    return (np.arange(int(np.prod(shape))) % 113).astype(dtype).reshape(shape)


def compact(group, name, values):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    dataset = h5py.h5d.create(group.id, name, h5py.h5t.py_create(values.dtype), h5py.h5s.create_simple(values.shape), plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


def numbers(f):
    for order in "<>":
        for name in NUMBERS:
            f[("little/" if order == "<" else "big/") + name] = steps((3, 5), order + name)
    f["bool"] = steps(9) % 2 == 1
    f["bfloat16"] = (steps(9, "<f4").view("<u4") >> 16).astype("<u2").view("V2")
    f["bfloat16"].attrs["dtype"] = "bfloat16"
    f["scalar"] = np.float32(7.5)
    f["empty"] = np.zeros((0, 3), "f4")
    f["rank8"] = steps((2, 1, 2, 1, 2, 1, 2, 3), "i2")
    f["type"] = np.dtype("<i4")
    f.create_dataset("of_named_type", data=steps(4, "i4"), dtype=f["type"])


def storage(f):
    compact(f, b"compact", steps((2, 3), "f4"))
    f.create_dataset("unwritten", (4,), "f4")
    f.create_dataset("filled", (4, 5), ">f4", fillvalue=2.5)
    f.create_dataset("filled_chunks", (5, 7), ">i4", fillvalue=-3, chunks=(2, 3))
    f["filled_chunks"][3:5, 1:4] = 9
    f.create_dataset("chunked", data=steps((5, 7)), chunks=(2, 3))
    f.create_dataset("gzip", data=steps((50, 70)), chunks=(20, 30), compression="gzip")
    f.create_dataset("all_filters", data=steps((50, 71), "f8"), chunks=(20, 30), compression="gzip", shuffle=True, fletcher32=True)
    f.create_dataset("fletcher32", data=steps((5, 7), "u1"), chunks=(5, 7), fletcher32=True)
    f.create_dataset("big_gzip", data=steps((5, 7), ">i4"), chunks=(5, 7), compression="gzip", shuffle=True)
    f.create_dataset("one_chunk", data=steps((5, 7)), chunks=(5, 7))
    f.create_dataset("no_chunk", (5, 7), "f4", chunks=(5, 7))
    f.create_dataset("rank3", data=steps((7, 5, 6), "i2"), chunks=(3, 2, 4), compression="gzip")


def indexes(f):
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_chunk((2, 3))
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    implicit = h5py.h5d.create(f.id, b"implicit", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((5, 7)), early)
    implicit.write(h5py.h5s.ALL, h5py.h5s.ALL, steps((5, 7)))
    f.create_dataset("fixed", data=steps((40, 30)), chunks=(4, 7))
    f.create_dataset("fixed_room", data=steps((4, 5)), chunks=(2, 2), maxshape=(9, 11))
    f.create_dataset("fixed_gzip", data=steps((40, 30)), chunks=(4, 7), compression="gzip")
    f.create_dataset("fixed_pages", (2500,), "u1", chunks=(1,), fillvalue=5)
    f["fixed_pages"][2100:2110] = steps(10)
    f["fixed_pages"][3] = 1
    f.create_dataset("growing", data=steps(3), chunks=(2,), maxshape=(None,))
    f.create_dataset("growing_gzip", data=steps((60, 5)), chunks=(1, 3), maxshape=(None, 5), compression="gzip")
    f.create_dataset("growing_second", data=steps((6, 50, 5)), chunks=(2, 1, 3), maxshape=(8, None, 5))
    f.create_dataset("growing_far", (140_000,), "u1", chunks=(1,), maxshape=(None,), fillvalue=7)
    for at in [0, 3, 4, 19, 20, 100, 1000, 139_999]:
        f["growing_far"][at] = at % 100
    f.create_dataset("both", data=steps((20, 14)), chunks=(2, 1), maxshape=(None, None))
    f.create_dataset("both_gzip", data=steps((20, 30)), chunks=(2, 3), maxshape=(None, None), compression="gzip", shuffle=True)


def attributes(f):
    for name, values in {"few": 3, "many": 30}.items():
        group = f.create_group(name)
        for i in range(values):
            group.attrs["text%d" % i] = "täglich %d" % i
    a = f["few"].attrs
    a["fixed"] = np.bytes_("abc")
    a["padded"] = np.array(b"abc", "S8")
    a["opaque"] = np.void(b"{}\x00")
    a["many"] = np.array(["dense", "", "dense_1"], h5py.string_dtype())
    a["many_fixed"] = np.array([[b"dense", b""], [b"dense_1", b"x"]])
    a["none"] = np.array([])
    a["null"] = h5py.Empty("S1")
    a["number"] = 3
    a["long"] = "x" * 5000  # larger than a heap's block, but not than a header
    f["few"].attrs["empty_text"] = ""
    f["kernel"] = np.ones(2, "f4")
    f["kernel"].attrs["name"] = "kernel"


def large_attribute(f):
    f.attrs["huge"] = np.bytes_("y" * 70_000)
    f.attrs["huge_too"] = np.array([b"a" * 9_000, b"b" * 9_000])
    f.attrs["small"] = "z"


def links(f):
    f["x"] = steps(4)
    for i in range(180):
        f["many/%d" % i] = f["x"]
    f["other/soft"] = f["x"]
    f["other"].create_group("empty")


def strings_of(value):
    if isinstance(value, h5py.Empty):
        return []
    values = np.asarray(value)
    if values.size == 0:
        return []
    items = values.reshape(-1).tolist()
    if values.dtype.kind == "V":
        items = [bytes(item) for item in values.reshape(-1)]
    if not all(isinstance(item, (str, bytes)) for item in items):
        return None
    return [(item.encode() if isinstance(item, str) else item).rstrip(b"\0").decode() for item in items]


def dtype_of(dataset):
    if dataset.attrs.get("dtype") == "bfloat16":
        return "bfloat16"
    return dataset.dtype.name


def expected(path):
    result = {"datasets": {}, "groups": {}, "attributes": {}}

    def visit(name, item):
        if len(item.attrs) > 0:
            result["attributes"][name] = {key: strings_of(value) for key, value in sorted(item.attrs.items())}
        if isinstance(item, h5py.Dataset):
            values = item[()]
            little = np.asarray(values).astype(item.dtype.newbyteorder("<")) if item.dtype.kind != "V" else values
            result["datasets"][name] = {"shape": list(item.shape), "dtype": dtype_of(item), "crc32": zlib.crc32(np.ascontiguousarray(little).tobytes())}
        if isinstance(item, h5py.Group):
            names = sorted(item, key=lambda key: key.encode())
            result["groups"][name] = names
            for key in names:
                visit((name + "/" if name else "") + key, item[key])

    with h5py.File(path) as f:
        visit("", f)
    return result


def main():
    made = {}
    for version, libver in VERSIONS.items():
        for content in [numbers, storage, attributes, links, indexes]:
            made["%s_%s.h5" % (content.__name__, version)] = (content, dict(libver=libver))
    made["numbers_latest.h5"] = (numbers, dict(libver="latest"))
    made["attributes_tracked.h5"] = (attributes, dict(track_order=True))
    made["links_tracked.h5"] = (links, dict(track_order=True))
    made["large_attribute.h5"] = (large_attribute, dict(libver=VERSIONS["v110"]))
    made["user_block.h5"] = (storage, dict(userblock_size=1024))
    made["pages.h5"] = (storage, dict(fs_strategy="page", fs_page_size=512))
    answers = {}
    for name, (content, options) in sorted(made.items()):
        path = OUT / name
        path.unlink(missing_ok=True)
        with h5py.File(path, "w", **options) as f:
            content(f)
        answers[name] = expected(path)
    (OUT / "expected.json").write_text(json.dumps(answers, indent=None, separators=(",", ":"), ensure_ascii=False) + "\n")


main()
