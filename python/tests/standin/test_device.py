"""Arrays of a CUDA device in and out, over the stand-in for CUDA (no GPU): inputs are read in place, streams wait for each other,
memory lives as long as it is used."""

import contextlib
import gc
import io
import unittest

import numpy as np

import keraunos as keras
from capsules import Offered, taken
from folders import CASES, EXAMPLE, model_file
from memory import ByDlpack, ByInterface, Memory, Stream, bytes_copied, order_of_work


class OnDevice(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = keras.load_model(EXAMPLE, device="cuda", precision="float32")
        cls.x = np.random.default_rng(1).random((70, 3), np.float32)
        cls.y = cls.model.predict(cls.x, verbose=0)

    def setUp(self):
        self.addCleanup(order_of_work, 0)


class Inputs(OnDevice):
    def test_every_interface_and_call(self):
        makers = (ByInterface, ByDlpack, lambda memory: ByDlpack(memory, is_old=True))
        calls = (lambda x: self.model.predict(x, verbose=0), lambda x: self.model.predict(x), self.model, self.model.predict_on_batch,
                 lambda x: self.model.predict_on_device(x).numpy(), lambda x: np.concatenate(list(self.model.predict_stream([x]))))
        for maker in makers:
            for call in calls:
                with contextlib.redirect_stdout(io.StringIO()):  # a progress bar
                    np.testing.assert_array_equal(call(maker(Memory(self.x))), self.y)

    def test_nothing_is_copied_through_the_host(self):
        for maker in (ByInterface, ByDlpack):
            array = maker(Memory(self.x))
            self.model.predict_on_device(array)  # weights are uploaded
            before = bytes_copied()
            result = self.model.predict_on_device(array)
            self.assertEqual(bytes_copied(), before)
            result.numpy()
            self.assertEqual(bytes_copied(), (before[0], before[1] + self.y.nbytes))
            self.model.predict_on_device(self.x)
            self.assertEqual(bytes_copied()[0], before[0] + self.x.nbytes)

    def test_the_producers_work_is_waited_for(self):
        for seed in range(1, 9):
            order_of_work(seed)
            for maker in (ByInterface, ByDlpack, lambda memory: ByDlpack(memory, is_old=True)):
                stream = Stream()
                np.testing.assert_array_equal(self.model.predict_on_device(maker(Memory(self.x, stream))).numpy(), self.y)
                stream.synchronize()

    def test_without_the_wait_the_stand_in_shows_it(self):  # the test above could fail
        order_of_work(1)
        stream = Stream()
        late = ByInterface(Memory(self.x, stream), stream=None)
        self.assertFalse(np.array_equal(self.model.predict_on_device(late).numpy(), self.y))
        stream.synchronize()

    def test_our_stream_is_named_and_version_one_asked_for(self):
        array = ByDlpack(Memory(self.x))
        self.model.predict(array, verbose=0)
        (stream, others), = array.asked
        self.assertGreater(stream, 2)
        self.assertEqual(others, {"max_version": (1, 0)})

    def test_memory_is_given_back_once(self):
        before, freed = Offered.ended, Memory.freed
        for is_old in (False, True):
            array = ByDlpack(Memory(self.x), is_old)
            self.model.predict(array, verbose=0)
            del array
        gc.collect()
        self.assertEqual(Offered.ended, before + 2)
        self.assertEqual(Memory.freed, freed + 2)

    def test_pieces_and_batch_sizes(self):
        rows = np.random.default_rng(2).random((5000, 3), np.float32)
        expected = self.model.predict(rows, verbose=0)
        for size in (None, 7, 1024, 5000):
            found = self.model.predict_on_device(ByInterface(Memory(rows)), batch_size=size)
            np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)
        self.assertEqual(self.model.predict_on_device(ByInterface(Memory(rows[:0]))).shape, (0, 5))

    def test_several_inputs_some_of_them_on_the_cpu(self):
        model = keras.load_model(model_file("ages_dictionaries_k3_12"), device="cuda", precision="float32")
        inputs = {spec.name: np.random.default_rng(4).random((6, *spec.shape[1:])).astype(spec.dtype) for spec in model.inputs}
        expected = model.predict(inputs, verbose=0)
        first = next(iter(inputs))
        mixed = {name: ByInterface(Memory(value)) if name == first else value for name, value in inputs.items()}
        results = model.predict_on_device(mixed)
        self.assertEqual(set(results), set(expected))
        for name, result in results.items():
            np.testing.assert_array_equal(result.numpy(), expected[name])

    def test_max_turns(self):  # the recorded loops take 3 and 4 turns
        model = keras.load_model(model_file("function_loops"), device="cuda")
        with np.load(CASES / "function_loops" / "inputs.npz") as given, np.load(CASES / "function_loops" / "outputs.npz") as stored:
            x, expected = ByInterface(Memory(given["x"])), dict(stored)
        for call in (model.predict_on_device, lambda x, **options: model.predict(x, verbose=0, **options)):
            for name, result in call(x, max_turns=4).items():
                np.testing.assert_allclose(result.numpy() if isinstance(result, keras.DeviceArray) else result, expected[name], atol=1e-6)
            with self.assertRaisesRegex(keras.DataError, "still holds after 2 turns"):
                call(x, max_turns=2)
            with self.assertRaisesRegex(keras.UsageError, "max_turns=-1"):
                call(x, max_turns=-1)

    def test_refused_in_words(self):
        x, memory = self.x, Memory(self.x)
        refused = [
            (ByInterface(Memory(x.astype(np.float64))), r"expects \(None, 3\) float32, found \(70, 3\) float64 on cuda:0: convert it there first"),
            (ByInterface(memory, strides=(4, 280)), r"has the strides \(4, 280\) on its device: make it contiguous"),
            (ByInterface(memory, mask=memory), "has a mask"),
            (ByInterface(memory, stream=0), "stream 0.*ambiguous"),
            (ByInterface(memory, typestr="<c8"), "typestr '<c8'"),
            (ByInterface(memory, typestr=">f4"), "typestr '>f4'"),
            (ByInterface(memory, data=(x.ctypes.data, True)), "lies on cpu, but the model runs on cuda:0"),
            (ByInterface(Memory(x, front=1)), "address that is no multiple of 4 bytes"),
            (ByInterface(Memory(x[:, :2])), r"expects \(None, 3\) float32, found \(70, 2\)"),
            (ByDlpack(memory, strides=(1, 70)), "has stride 70 in axis 1, expected 1: make it contiguous first"),
            (ByDlpack(memory, device=(2, 1)), "lies on cuda:1, but the model runs on cuda:0"),
            (ByDlpack(memory, device=(10, 0)), r"on a device \(DLPack's kind 10\)"),
        ]
        for array, words in refused:
            with self.assertRaisesRegex(ValueError, words):
                self.model.predict(array, verbose=0)
        with self.assertRaisesRegex(NotImplementedError, "steps is not supported for arrays of a device"):
            self.model.predict(ByInterface(memory), steps=2)
        with self.assertRaisesRegex(NotImplementedError, "on a device"):
            self.model.evaluate(ByInterface(memory), self.y)
        on_cpu = keras.load_model(EXAMPLE, device="cpu")
        with self.assertRaisesRegex(ValueError, "lies on a device, but this model runs on the cpu"):
            on_cpu.predict(ByInterface(memory))
        with self.assertRaisesRegex(ValueError, "results on a device were asked for, but this model runs on the cpu"):
            on_cpu.predict_on_device(x)

    def test_a_kernel_of_numpy_reads_the_input(self):  # on the host, so the input is copied there
        kernel = keras.numpy_kernel(lambda x, *, units, kernel, bias, **config: x @ kernel + bias, shape=lambda x, *, units: x[:-1] + (units,),
                                    weights=("kernel", "bias"), rows_independent=True)
        model = keras.load_model(EXAMPLE, custom_objects={"Dense": kernel}, device="cuda", precision="float32")
        for seed in (0, 1, 3):
            order_of_work(seed)
            np.testing.assert_allclose(model.predict(ByInterface(Memory(self.x)), verbose=0), self.y, rtol=1e-5)
            np.testing.assert_allclose(model.predict(self.x, verbose=0), self.y, rtol=1e-5)
        self.assertIn("host", model.plan((70, 3)))

    def test_functions_of_ops_run_on_the_device(self):
        dense = keras.ops_function(lambda x, *, kernel, bias, **config: x @ kernel + bias, weights=("kernel", "bias"))
        model = keras.load_model(EXAMPLE, custom_objects={"Dense": dense}, replace={"softmax": lambda x: keras.ops.softmax(x * 1.0, axis=-1)}, device="cuda",
                                 precision="float32")
        array = ByInterface(Memory(self.x))
        model.predict_on_device(array)  # weights are uploaded
        before = bytes_copied()
        result = model.predict_on_device(array)
        self.assertEqual(bytes_copied(), before)
        np.testing.assert_allclose(result.numpy(), self.y, rtol=1e-5)
        self.assertIn("2 steps, 2 kernels", model.plan((70, 3)))

    def test_an_exception_of_a_kernel(self):
        def raises(x):
            raise KeyError("by the function")

        model = keras.load_model(EXAMPLE, replace={"softmax": keras.numpy_kernel(raises)}, device="cuda")
        for x in (self.x, ByInterface(Memory(self.x))):
            with self.assertRaises(KeyError) as caught:
                model.predict(x, verbose=0)
            self.assertEqual(caught.exception.__notes__, ['layer "softmax": in the NumPy kernel ' + raises.__qualname__])

    def test_stateful_models_are_refused(self):
        model = keras.load_model(model_file("conv_lstm_stateful_k3"), device="cuda")
        shape = [4 if size is None else size for size in model.input_shape]
        with self.assertRaisesRegex(NotImplementedError, "stateful model takes no arrays of a device"):
            model.predict(ByInterface(Memory(np.zeros(shape, np.float32))), verbose=0)


class Results(OnDevice):
    def test_facts(self):
        result = self.model.predict_on_device(self.x)
        self.assertIsInstance(result, keras.DeviceArray)
        self.assertEqual((result.shape, result.ndim, result.size, result.nbytes, len(result)), ((70, 5), 2, 350, 1400, 70))
        self.assertEqual((result.dtype, result.device), ("float32", "cuda:0"))
        self.assertEqual(repr(result), "<keraunos.DeviceArray shape=(70, 5), dtype=float32, device=cuda:0>")
        np.testing.assert_array_equal(result.numpy(), self.y)
        with self.assertRaisesRegex(TypeError, "use .numpy"):
            np.asarray(result)

    def test_a_result_is_the_input_of_the_next_model(self):
        again = keras.load_model(EXAMPLE, device="cuda", precision="float32", replace={"softmax": "x[:, :3]"})
        first = again.predict(self.x, verbose=0)
        expected = self.model.predict(first, verbose=0)
        result = again.predict_on_device(self.x)
        np.testing.assert_array_equal(self.model.predict(result, verbose=0), expected)
        del again
        gc.collect()
        np.testing.assert_array_equal(self.model.predict(result, verbose=0), expected)

    def test_dlpack(self):
        result = self.model.predict_on_device(self.x)
        address = result.__cuda_array_interface__["data"][0]
        self.assertEqual(result.__dlpack_device__(), (2, 0))
        for arguments in ({}, {"stream": 1}, {"stream": -1}, {"stream": 12345}, {"max_version": None}, {"max_version": (0, 8)}):
            self.assertEqual(taken(result.__dlpack__(**arguments)), ("dltensor", 2, 0, (70, 5), address))
        for arguments in ({"max_version": (1, 0)}, {"max_version": (2, 0), "dl_device": (2, 0), "copy": False}):
            self.assertEqual(taken(result.__dlpack__(**arguments)), ("dltensor_versioned", 2, 0, (70, 5), address))
        self.assertEqual(taken(result.__dlpack__(dl_device=(1, 0)))[:4], ("dltensor", 1, 0, (70, 5)))
        with self.assertRaises(ValueError):
            result.__dlpack__(stream=0)
        with self.assertRaises(TypeError):
            result.__dlpack__(stream="1")
        for arguments in ({"dl_device": (2, 1)}, {"copy": True}, {"dl_device": (1, 0), "copy": False}):
            with self.assertRaises(BufferError):
                result.__dlpack__(**arguments)

    def test_memory_lives_as_long_as_a_capsule(self):
        result = self.model.predict_on_device(self.x)
        capsule = result.__dlpack__()
        address = result.__cuda_array_interface__["data"][0]
        del result
        gc.collect()
        self.assertNotEqual(self.model.predict_on_device(self.x).__cuda_array_interface__["data"][0], address)
        self.assertEqual(taken(capsule)[4], address)
        self.model.predict_on_device(self.x).__dlpack__()  # nobody takes it: freed with the capsule

    def test_cuda_array_interface(self):
        facts = self.model.predict_on_device(self.x).__cuda_array_interface__
        self.assertEqual({key: facts[key] for key in ("shape", "typestr", "strides", "version", "stream")},
                         {"shape": (70, 5), "typestr": "<f4", "strides": None, "version": 3, "stream": None})
        self.assertEqual(self.model.predict_on_device(self.x[:0]).__cuda_array_interface__["data"], (0, False))


if __name__ == "__main__":
    unittest.main()
