"""Memory and streams of the stand-in for CUDA, through the functions of CUDA's runtime that this build's module exports, and arrays
over them as other libraries offer them. Their work waits in the stand-in until somebody waits for it, so a missing wait gives NaN."""

import ctypes

import numpy as np

from keraunos import _native

_cuda = ctypes.CDLL(_native.__file__)
_TO_DEVICE, _TO_HOST = 1, 2


def _call(name, *arguments):
    status = getattr(_cuda, name)(*arguments)
    if status != 0:
        raise RuntimeError(f"{name} gave {status}")


def order_of_work(seed):
    """The stand-in's choices for the order of work: 0 as submitted, 1 only what is waited for, …"""
    _cuda._ZN8keraunos18set_scheduler_seedEm(ctypes.c_uint64(seed))


class Stream:
    def __init__(self):
        handle = ctypes.c_void_p()
        _call("cudaStreamCreateWithFlags", ctypes.byref(handle), 1)
        self.handle = handle.value

    def synchronize(self):
        _call("cudaStreamSynchronize", ctypes.c_void_p(self.handle))

    def wait_for(self, other):
        event = ctypes.c_void_p()
        _call("cudaEventCreateWithFlags", ctypes.byref(event), 2)
        _call("cudaEventRecord", event, ctypes.c_void_p(other))
        _call("cudaStreamWaitEvent", ctypes.c_void_p(self.handle), event, 0)
        _call("cudaEventDestroy", event)


class Borrowed(Stream):
    def __init__(self, handle):
        self.handle = handle


class Memory:
    """A copy of a NumPy array in memory of the device, made by `stream` (asynchronously), else at once."""

    freed = 0

    def __init__(self, array, stream=None, front=0):
        self._kept = np.ascontiguousarray(array)  # an asynchronous copy reads it later
        self.shape, self.dtype = array.shape, self._kept.dtype
        self._address = ctypes.c_void_p()
        _call("cudaMalloc", ctypes.byref(self._address), ctypes.c_size_t(self._kept.nbytes + front + 1))
        self.address, self.stream = self._address.value + front, stream
        target, source, size = ctypes.c_void_p(self.address), ctypes.c_void_p(self._kept.ctypes.data), ctypes.c_size_t(self._kept.nbytes)
        if stream is None:
            _call("cudaMemcpy", target, source, size, _TO_DEVICE)
        else:
            _call("cudaMemcpyAsync", target, source, size, _TO_DEVICE, ctypes.c_void_p(stream.handle))

    def __del__(self):
        Memory.freed += 1
        _cuda.cudaFree(self._address)


class ByInterface:
    """As Numba offers an array: __cuda_array_interface__ alone."""

    def __init__(self, memory, **changes):
        self.memory = memory
        stream = None if memory.stream is None else memory.stream.handle
        self.__cuda_array_interface__ = {"shape": memory.shape, "typestr": memory.dtype.str, "data": (memory.address, True), "version": 3,
                                         "strides": None, "stream": stream, **changes}


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


class ByDlpack:
    """As PyTorch, CuPy and JAX offer an array. `is_old`: of DLPack before 1.0."""

    ended = 0
    _used = []  # the structures of capsules, which live as long as the test

    def __init__(self, memory, is_old=False, device=(2, 0), strides=None):
        self.memory, self.is_old, self.device, self.strides, self.asked = memory, is_old, device, strides, []

    def __dlpack_device__(self):
        return self.device

    def __dlpack__(self, *, stream=None, **others):
        self.asked.append((stream, others))
        if self.is_old and others:
            raise TypeError("max_version is not known")
        if self.memory.stream is not None and stream not in (None, -1):
            Borrowed(stream).wait_for(self.memory.stream.handle)
        return self._capsule()

    def _capsule(self):
        memory = self.memory
        rank = len(memory.shape)
        shape, strides = (ctypes.c_int64 * rank)(*memory.shape), self.strides and (ctypes.c_int64 * rank)(*self.strides)
        tensor = _Tensor(memory.address, *self.device, rank, 2, 8 * memory.dtype.itemsize, 1, shape, strides, 0)
        held = [memory]

        def end(_):
            ByDlpack.ended += 1
            held.clear()

        managed = _Managed(tensor, None, _Deleter(end)) if self.is_old else _Versioned(1, 0, None, _VersionedDeleter(end), 0, tensor)
        ByDlpack._used.append((managed, shape, strides))
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
