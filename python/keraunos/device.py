"""Arrays in memory of a CUDA device, as inputs and as results."""

from . import _native, fork
from .arguments import count, turns
from .arrays import on_device
from .errors import UnsupportedError, UsageError
from .specs import pack

DeviceArray = _native.DeviceArray


def _dense(shape, strides, itemsize):
    step = itemsize
    for size, stride in zip(reversed(shape), reversed(strides)):
        if size != 1 and stride != step:
            return False
        step *= size
    return True


def interface(x, what):
    """What the native part needs of `__cuda_array_interface__` (versions 0 to 3): (address, typestr, shape, stream)."""
    facts = x.__cuda_array_interface__
    shape, typestr, (address, _) = tuple(facts["shape"]), facts["typestr"], facts["data"]
    if facts.get("mask") is not None:
        raise UnsupportedError(f"{what} has a mask in its __cuda_array_interface__, which would be lost")
    strides = facts.get("strides")
    if strides is not None and 0 not in shape and not _dense(shape, strides, int(typestr[2:])):
        raise UsageError(f"{what} of shape {shape} has the strides {tuple(strides)} on its device: make it contiguous there first")
    stream = facts.get("stream")
    if stream == 0:
        raise UsageError(f"{what} names the stream 0 in its __cuda_array_interface__, which is ambiguous: 1 and 2 are CUDA's default streams")
    return address or 0, typestr, shape, stream


class OnDevice:
    """A base of Model: predictions with arrays of a device."""

    def predict_on_device(self, x, batch_size: "int | None" = None, *, max_turns: "int | None" = None):
        """As predict(), with results that stay on the model's CUDA device: DeviceArray objects, which PyTorch, CuPy, JAX and others
        take without a copy (`torch.from_dlpack(y)`, `cupy.asarray(y)`). The inputs may be arrays of that device or of the CPU."""
        values = self._prepared(x, floatx=True)
        return pack(self._output_structure, self._device_results(values, count(batch_size, "batch_size") or 0, None, turns(max_turns)))

    def _device_results(self, values, batch_size, progress, max_turns):
        """`values`: from _prepared(), in the model's order."""
        fork.enter()
        named = [(spec.name, value) for spec, value in zip(self._inputs, values)]
        if self._states is not None:
            raise UnsupportedError("a stateful model takes no arrays of a device: copy them to the CPU first")
        if self.device == "cpu":
            names = [name for name, value in named if on_device(value)]
            what = f'input "{names[0]}" lies on a device' if names else "results on a device were asked for"
            raise UsageError(f'{what}, but this model runs on the cpu: load it with device="cuda", or use arrays of the CPU')
        found = [(name, interface(value, f'input "{name}"') if on_device(value) and not hasattr(value, "__dlpack__") else value) for name, value in named]
        return _native.predict_on_device(self._native, found, batch_size, progress, max_turns)
