"""Capsules of DLPack made and taken with ctypes, as other libraries do it."""

import ctypes


class _Tensor(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("place", ctypes.c_int32), ("index", ctypes.c_int32), ("rank", ctypes.c_int32), ("code", ctypes.c_uint8),
                ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("offset", ctypes.c_uint64)]


class _Managed(ctypes.Structure):
    pass


_Deleter = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Managed))
_Managed._fields_ = [("tensor", _Tensor), ("context", ctypes.c_void_p), ("deleter", _Deleter)]


class _Versioned(ctypes.Structure):
    pass


_VersionedDeleter = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Versioned))
_Versioned._fields_ = [("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("context", ctypes.c_void_p), ("deleter", _VersionedDeleter),
                       ("flags", ctypes.c_uint64), ("tensor", _Tensor)]
_new = ctypes.pythonapi.PyCapsule_New
_new.restype, _new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype, _pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
_has_name = ctypes.pythonapi.PyCapsule_IsValid
_has_name.argtypes = [ctypes.py_object, ctypes.c_char_p]
_set_name = ctypes.pythonapi.PyCapsule_SetName
_set_name.argtypes = [ctypes.py_object, ctypes.c_char_p]


class Offered:
    """An object with __dlpack__ over memory with the attributes address, shape and dtype. `is_old`: of DLPack before 1.0; `element`:
    DLPack's (code, bits)."""

    ended = 0
    _used = []  # the structures of capsules, which live as long as the test

    def __init__(self, memory, is_old=False, device=(1, 0), strides=None, element=None, read_only=False):
        self.memory, self.is_old, self.device, self.strides, self.read_only, self.asked = memory, is_old, device, strides, read_only, []
        self.element = element or (2, 8 * memory.dtype.itemsize)

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, *, stream=None, **others):
        self.asked.append((stream, others))
        if self.is_old and others:
            raise TypeError("max_version is not known")
        self.before(stream)
        return self._capsule()

    def before(self, stream):
        """Makes the consumer's stream wait; there are none on the CPU."""

    def _capsule(self):
        memory = self.memory
        rank = len(memory.shape)
        shape, strides = (ctypes.c_int64 * rank)(*memory.shape), self.strides and (ctypes.c_int64 * rank)(*self.strides)
        tensor = _Tensor(memory.address, *self.device, rank, *self.element, 1, shape, strides, 0)
        held = [memory]

        def end(_):
            Offered.ended += 1
            held.clear()

        managed = _Managed(tensor, None, _Deleter(end)) if self.is_old else _Versioned(1, 0, None, _VersionedDeleter(end), int(self.read_only), tensor)
        Offered._used.append((managed, shape, strides))
        return _new(ctypes.addressof(managed), b"dltensor" if self.is_old else b"dltensor_versioned", None)


def taken(capsule):
    """(name, place, index, shape, address) of a capsule, whose tensor is given back."""
    name = next(name for name in (b"dltensor_versioned", b"dltensor") if _has_name(capsule, name))
    managed = ctypes.cast(_pointer(capsule, name), ctypes.POINTER(_Versioned if name == b"dltensor_versioned" else _Managed))
    tensor = managed.contents.tensor
    answer = (name.decode(), tensor.place, tensor.index, tuple(tensor.shape[: tensor.rank]), tensor.data)
    _set_name(capsule, b"used_" + name)
    managed.contents.deleter(managed)
    return answer
