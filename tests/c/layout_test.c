// Binary compatibility within one KERAUNOS_ABI_VERSION: layouts of structs and values of enumerations are recorded here. Changing
// one breaks compiled programs: raise KERAUNOS_ABI_VERSION, unless this version was never released.
#include "check.h"

_Static_assert(KERAUNOS_ABI_VERSION == 1, "record the layouts of the new version");

#if defined(__LP64__)
_Static_assert(sizeof(keraunos_string) == 16 && offsetof(keraunos_string, size) == 8, "keraunos_string");
_Static_assert(sizeof(keraunos_shape) == 72 && offsetof(keraunos_shape, dims) == 8, "keraunos_shape");
_Static_assert(sizeof(keraunos_view) == 96 && offsetof(keraunos_view, data) == 8 && offsetof(keraunos_view, dtype) == 16 &&
                   offsetof(keraunos_view, device) == 20 && offsetof(keraunos_view, device_index) == 24 &&
                   offsetof(keraunos_view, rank) == 28 && offsetof(keraunos_view, dims) == 32,
               "keraunos_view");
_Static_assert(sizeof(keraunos_buffer) == 88 && offsetof(keraunos_buffer, dtype) == 8 &&
                   offsetof(keraunos_buffer, device) == 12 && offsetof(keraunos_buffer, device_index) == 16 &&
                   offsetof(keraunos_buffer, rank) == 20 && offsetof(keraunos_buffer, dims) == 24,
               "keraunos_buffer");
_Static_assert(sizeof(keraunos_spec) == 88 && offsetof(keraunos_spec, input_layer) == 8 && offsetof(keraunos_spec, dtype) == 16 &&
                   offsetof(keraunos_spec, rank) == 20 && offsetof(keraunos_spec, dims) == 24,
               "keraunos_spec");
_Static_assert(sizeof(keraunos_memory) == 72 && offsetof(keraunos_memory, scratch) == 16 &&
                   offsetof(keraunos_memory, sessions_device) == 64,
               "keraunos_memory");
#endif

_Static_assert(KERAUNOS_OK == 0 && KERAUNOS_MODEL_ERROR == 1 && KERAUNOS_UNSUPPORTED_ERROR == 2 && KERAUNOS_USAGE_ERROR == 3 &&
                   KERAUNOS_CANCELLED == 4 && KERAUNOS_DATA_ERROR == 5 && KERAUNOS_DEVICE_ERROR == 6 &&
                   KERAUNOS_INTERNAL_ERROR == 7 && KERAUNOS_OUT_OF_MEMORY == 8,
               "keraunos_status");
_Static_assert(KERAUNOS_FLOAT32 == 0 && KERAUNOS_FLOAT64 == 1 && KERAUNOS_FLOAT16 == 2 && KERAUNOS_BFLOAT16 == 3 &&
                   KERAUNOS_INT8 == 4 && KERAUNOS_UINT8 == 5 && KERAUNOS_INT16 == 6 && KERAUNOS_UINT16 == 7 &&
                   KERAUNOS_INT32 == 8 && KERAUNOS_UINT32 == 9 && KERAUNOS_INT64 == 10 && KERAUNOS_UINT64 == 11 &&
                   KERAUNOS_BOOL == 12 && KERAUNOS_STRING == 13,
               "keraunos_dtype");
_Static_assert(KERAUNOS_CPU == 0 && KERAUNOS_CUDA == 1 && KERAUNOS_MAX_RANK == 8, "keraunos_device_kind");
_Static_assert(KERAUNOS_PRECISION_AS_SAVED == 0 && KERAUNOS_PRECISION_FLOAT32 == 1 && KERAUNOS_PRECISION_TF32 == 2 &&
                   KERAUNOS_PRECISION_BFLOAT16 == 3 && KERAUNOS_PRECISION_FLOAT16 == 4,
               "keraunos_precision");
_Static_assert(KERAUNOS_HDF5_STRICT == 0 && KERAUNOS_HDF5_LIBRARY == 1, "keraunos_hdf5_reader");
_Static_assert(KERAUNOS_QUANTIZE_NONE == 0 && KERAUNOS_QUANTIZE_INT8 == 1 && KERAUNOS_QUANTIZE_INT4 == 2,
               "keraunos_quantization");
