"""Memory and streams of the stand-in for CUDA, through the functions of CUDA's runtime that this build's module exports, and arrays
over them as other libraries offer them. Their work waits in the stand-in until somebody waits for it, so a missing wait gives NaN."""

import ctypes

import numpy as np

from capsules import Offered
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


class _Counters(ctypes.Structure):  # standin/operation.h
    _fields_ = [(name, ctypes.c_uint64) for name in (
        "kernels_launched", "graph_launches", "captured_graphs", "copies_to_device", "copies_to_host", "copies_on_device", "bytes_to_device",
        "bytes_to_host", "bytes_on_device", "allocations", "frees", "synchronisations")]


def bytes_copied():
    """(to the device, to the host) since the process began."""
    counters = _cuda._ZN7standin8countersEv
    counters.restype = _Counters
    now = counters()
    return now.bytes_to_device, now.bytes_to_host


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


class ByDlpack(Offered):
    """As PyTorch, CuPy and JAX offer an array of a device."""

    def __init__(self, memory, is_old=False, device=(2, 0), strides=None):
        super().__init__(memory, is_old, device, strides)

    def before(self, stream):
        if self.memory.stream is not None and stream not in (None, -1):
            Borrowed(stream).wait_for(self.memory.stream.handle)
