"""Writes tests/data/files: small files by NumPy, h5py and zipfile, honest and hostile, for the unit tests of src/loader/files.

Run it from the root of the repository with a Python that has numpy and h5py:
    python tests/unit/loader/files/make_fixtures.py
"""
import io
import os
import pathlib
import struct
import zipfile

import h5py
import numpy as np

OUT = pathlib.Path("tests/data/files")
OUT.mkdir(parents=True, exist_ok=True)
NEW = ("v110", "v110")  # the newest that HDF5 1.10 reads
STEPS = np.arange(6).reshape(2, 3)
NUMBERS = ["f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]


# --- HDF5 --------------------------------------------------------------------------------------------------------------------
def bfloat16_bytes(values):
    return (np.asarray(values, "<f4").view("<u4") >> 16).astype("<u2").view("V2")


def types(path):
    with h5py.File(path, "w") as f:
        for name in NUMBERS:
            f[name] = STEPS.astype("<" + name)
            f["big/" + name] = STEPS.astype(">" + name)
        f["bool"] = np.array([True, False, True])
        f["bfloat16"] = bfloat16_bytes([1.5, -2.0, 3.0])
        f["bfloat16"].attrs["dtype"] = "bfloat16"
        f["void"] = bfloat16_bytes([1.5])
        f["complex"] = np.zeros(2, "c8")
        f["text"] = np.array([b"a", b"bc"])
        f["scalar"] = np.float32(7.5)
        f["empty"] = np.zeros((0, 3), "f4")
        f["null"] = h5py.Empty("f4")
        f.create_dataset("unwritten", (4,), "f4", fillvalue=2.5)
        f.create_dataset("chunked", data=np.arange(35.0, dtype="f4").reshape(5, 7), chunks=(2, 3))
        f.create_dataset("filtered", data=np.arange(35.0, dtype="f4").reshape(5, 7), chunks=(2, 3), compression="gzip",
                         shuffle=True, fletcher32=True)
        f.create_dataset("big/filtered", data=np.arange(35, dtype=">i4").reshape(5, 7), chunks=(5, 7), compression="gzip")
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_layout(h5py.h5d.COMPACT)
        compact = h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((3,)), plist)
        compact.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([1, 2, 3], "f4"))


def attributes(path, **options):
    with h5py.File(path, "w", **options) as f:
        a = f.create_group("model_weights").attrs
        a["variable"] = "tägliche Läufe"
        a["fixed"] = np.bytes_("abc")
        a["padded"] = np.array(b"abc", "S8")
        a["opaque"] = np.void(b"{}\x00")
        a["one"] = np.array(["single"], h5py.string_dtype())
        a["many"] = np.array(["dense", "", "dense_1"], h5py.string_dtype())
        a["many_fixed"] = np.array([b"dense", b"", b"dense_1"])
        a["none"] = np.array([])  # float64
        a["null"] = h5py.Empty("S1")
        a["number"] = 3
        a["empty_text"] = ""
        for i in range(12):
            a["names%d" % i] = np.array([b"a%d" % i, b"b%d" % i])
        f["model_weights"]["kernel"] = np.ones(2, "f4")
        f["model_weights"]["kernel"].attrs["name"] = "kernel"


def tree(path, **options):
    with h5py.File(path, "w", **options) as f:
        for i in [10, 2, 1]:
            f["layers/dense_%d/vars/0" % i] = np.full(2, i, "f4")
        f["layers/dense_1/vars/1"] = np.full(3, 9, "f4")
        f.create_group("empty")
        f["dec\\conv/vars/0"] = np.zeros(1, "f4")


def hostile(path):
    with h5py.File(path, "w", libver=NEW) as f:  # its groups are small
        f["data/x"] = np.zeros(2, "f4")
        f["soft/link"] = h5py.SoftLink("/data")
        f["external/link"] = h5py.ExternalLink("types.h5", "/f4")
        f["loop/a/b"] = np.zeros(1, "f4")
        f["loop/a/back"] = f["loop"]
        f.create_dataset("elsewhere", (4,), "f4", external=[("secret.bin", 0, 16)])
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("types.h5", "f4", (4,))
        f.create_virtual_dataset("virtual", layout)
        f.create_dataset("lzf", data=np.zeros(100, "f4"), compression="lzf")
        f.create_dataset("scale", data=np.zeros(100, "i4"), scaleoffset=True)
        f.create_dataset("huge", (1 << 40,), "f4", chunks=(1 << 20,))
        f.create_dataset("huge_chunk", (1 << 29,), "f4", chunks=(1 << 29,))
        f.create_dataset("crumbs", (1 << 21,), "u1", chunks=(1,))
        f["rank9"] = np.zeros((1,) * 9, "f4")
        group = f.create_group("deep")
        for _ in range(80):
            group = group.create_group("d")
        group = f.create_group("wide")  # 2^40 paths
        for _ in range(40):
            below = group.create_group("a")
            group["b"] = below
            group = below


# --- zip ---------------------------------------------------------------------------------------------------------------------
def archive(members, method=zipfile.ZIP_STORED, **changes):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as z:
        for name, text in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            info.external_attr = changes.get("attributes", 0)
            if "attributes" in changes:
                info.create_system = 3
            z.writestr(info, text)
    return bytearray(data.getvalue())


def central(data, index=0):
    """Offset of a record of the central directory."""
    at = -1
    for _ in range(index + 1):
        at = data.index(b"PK\1\2", at + 1)
    return at


def patched(data, offset, form, *values):
    struct.pack_into("<" + form, data, offset, *values)
    return data


def zips():
    text = "hello " * 50
    two = lambda: archive([("config.json", text), ("model.bin", "0123456789")])
    files = {
        "stored": two(),
        "deflated": archive([("config.json", text), ("assets/", ""), ("assets/a.txt", "x")], zipfile.ZIP_DEFLATED),
        "bzip2": archive([("a", text)], zipfile.ZIP_BZIP2),
        "absolute": archive([("/etc/passwd", "x")]),
        "parent": archive([("assets/../../x", "x")]),
        "dots": archive([("a..b/..c", "x")]),
        "drive": archive([("C:x", "x")]),
        "symlink": archive([("link", "target")], attributes=0o120777 << 16),
        "encrypted": two(),
        "bad_crc": two(),
        "overlap": two(),
        "two_sizes": two(),
        "toward_end": two(),
        "bomb": archive([("zeros", b"\0" * 100000)], zipfile.ZIP_DEFLATED),
        "short": archive([("zeros", b"\0" * 1000)], zipfile.ZIP_DEFLATED),
        "duplicate": archive([("config.jsonA", "1"), ("config.jsonB", "2")]),
        "backslash": archive([("assetsAx", "1")]),
        "nul": archive([("config.jsonAx", "1")]),
        "renamed": two(),
        "truncated": two()[:-30],
        "empty": archive([]),
    }
    files["duplicate"] = bytearray(files["duplicate"].replace(b"jsonA", b"json0").replace(b"jsonB", b"json0"))
    files["backslash"] = bytearray(files["backslash"].replace(b"assetsA", b"assets\\"))
    files["nul"] = bytearray(files["nul"].replace(b"jsonA", b"json\0"))
    patched(files["encrypted"], central(files["encrypted"]) + 8, "H", 1)
    files["bad_crc"][files["bad_crc"].index(b"0123456789")] += 1
    first, second = central(files["overlap"]), central(files["overlap"], 1)
    patched(files["overlap"], first + 20, "II", 400, 400)  # the first now runs into the second
    patched(files["two_sizes"], central(files["two_sizes"]) + 24, "I", 5)
    patched(files["toward_end"], central(files["toward_end"], 1) + 20, "II", 10000, 10000)
    patched(files["bomb"], central(files["bomb"]) + 24, "I", 1 << 30)
    patched(files["short"], central(files["short"]) + 24, "I", 2000)
    files["renamed"][4 + 26:4 + 26 + 6] = b"CONFIG"
    for name, data in files.items():
        (OUT / ("zip_%s.zip" % name)).write_bytes(data)


# --- NumPy -------------------------------------------------------------------------------------------------------------------
def npy(name, values, version=None):
    with open(OUT / ("npy_%s.npy" % name), "wb") as f:
        np.lib.format.write_array(f, np.asanyarray(values), version=version)


def raw_npy(name, header, data=b""):
    text = header.encode() + b"\n"
    (OUT / ("npy_%s.npy" % name)).write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + data)


def arrays():
    everything = {}
    for name in NUMBERS:
        everything[name] = STEPS.astype("<" + name)
        everything["big_" + name] = STEPS.astype(">" + name)
    everything["bool"] = np.array([True, False, True])
    everything["scalar"] = np.float32(7.5)
    everything["empty"] = np.zeros((0, 3), "f4")
    everything["fortran"] = np.asfortranarray(np.arange(24.0, dtype=">f4").reshape(2, 3, 4))
    everything["text"] = np.array([["a", "tägliche"], ["", "日本 🎈"]])
    everything["big_text"] = everything["text"].astype(">U8")
    everything["fortran_text"] = np.asfortranarray(everything["text"])
    everything["bytes"] = np.array([b"a", b"bc\0d", b""])
    np.savez(OUT / "npy_all.npz", **everything)
    np.savez_compressed(OUT / "npy_deflated.npz", b=np.arange(4), a=np.ones(2, "f4"))
    npy("v1", STEPS.astype("f4"))
    npy("v2", STEPS.astype("f4"), (2, 0))
    npy("v3", STEPS.astype("f4"), (3, 0))
    npy("object", np.array([None, "x"], object))
    npy("structured", np.zeros(2, [("a", "f4"), ("b", "i4")]))
    npy("complex", np.zeros(2, "c8"))
    npy("void", np.zeros(2, "V2"))
    npy("date", np.zeros(2, "M8[s]"))
    raw_npy("python2", "{'descr': '<f4', 'fortran_order': False, 'shape': (2L,), }", np.array([1, 2], "<f4").tobytes())
    raw_npy("bfloat16", "{'descr': 'bfloat16', 'fortran_order': False, 'shape': (2,)}", bfloat16_bytes([1.5, -2.0]).tobytes())
    raw_npy("odd_bool", "{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", b"\2\0")
    raw_npy("short", "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", b"1234")
    raw_npy("overflow", "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }")
    raw_npy("negative", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }")
    raw_npy("rank9", "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1), }", b"1234")
    raw_npy("empties", "{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,), }")
    raw_npy("no_shape", "{'descr': '<f4', 'fortran_order': False}")
    raw_npy("code", "{'descr': __import__('os'), 'fortran_order': False, 'shape': ()}")
    raw_npy("surrogate", "{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", struct.pack("<I", 0xD800))


def main():
    types(OUT / "types.h5")
    attributes(OUT / "attributes.h5")
    attributes(OUT / "attributes_latest.h5", libver=NEW)
    tree(OUT / "tree.h5")
    tree(OUT / "tree_latest.h5", libver=NEW)
    tree(OUT / "tree_userblock.h5", userblock_size=1024)
    hostile(OUT / "hostile.h5")
    whole = (OUT / "types.h5").read_bytes()
    (OUT / "truncated.h5").write_bytes(whole[: len(whole) // 2])
    with zipfile.ZipFile(OUT / "tree.keras", "w") as z:
        z.writestr(zipfile.ZipInfo("config.json"), "{}")
        z.writestr(zipfile.ZipInfo("model.weights.h5"), (OUT / "tree.h5").read_bytes())
    zips()
    arrays()
    if os.path.exists("secret.bin"):
        os.remove("secret.bin")


main()
