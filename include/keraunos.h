/// \file
/// The C interface of Keraunos (C11 or later), for C and every language that calls C. In C++ use <keraunos/keraunos.h>, over
/// which this interface is written.
///
/// Errors. A function that can fail returns a status: KERAUNOS_OK or a kind of error. Its last argument may be NULL; otherwise it
/// is set to NULL, or on failure to an error object, which the caller frees. After a failure handles and texts are NULL; the
/// contents of numbers, structs and buffers are undefined. A NULL argument where nothing here allows it is a
/// KERAUNOS_USAGE_ERROR. No C++ exception leaves the library, and none may leave a callback.
///
/// Ownership. The caller owns each object returned through a `T**` and frees it with the function of its type, which ignores
/// NULL. Objects may be freed in any order: each keeps alive what it needs. A `const char*`, and the elements that a view points
/// to, belong to the object that returned them and live as long as that object. Arguments are read during the call only, unless
/// stated otherwise. Texts are UTF-8 and end with a zero.
///
/// Threads. Any number of threads may use one object at a time. Exceptions: a session has one caller at a time; options must not
/// be used while another thread sets one; an object is freed when no other thread uses it.
///
/// Compatibility. Structs keep their layout, and functions their meaning, within one KERAUNOS_ABI_VERSION. Options are opaque
/// objects with one setter for each option, so that a new option is a new function and changes no layout. Enumerations are
/// int32_t: later versions may return more values; an argument whose value this version does not know is refused.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Major, minor and patch number of these headers.
#define KERAUNOS_VERSION_MAJOR 0
/// See KERAUNOS_VERSION_MAJOR.
#define KERAUNOS_VERSION_MINOR 1
/// See KERAUNOS_VERSION_MAJOR.
#define KERAUNOS_VERSION_PATCH 0
/// Incremented when a function is removed or changes, or a struct changes. Additions change the library's version only.
#define KERAUNOS_ABI_VERSION 1

/// Marks what the shared library offers.
#define KERAUNOS_C_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/// The KERAUNOS_ABI_VERSION of the loaded library: compare it with that of this header before any other call.
KERAUNOS_C_API int32_t keraunos_abi_version(void);
/// The version of the loaded library: "0.1.0".
KERAUNOS_C_API const char* keraunos_version(void);

// ---- Errors

/// KERAUNOS_OK, or the kind of an error.
typedef int32_t keraunos_status;
enum {
  KERAUNOS_OK = 0,
  KERAUNOS_MODEL_ERROR = 1,        ///< the model file is at fault: missing, truncated, malformed
  KERAUNOS_UNSUPPORTED_ERROR = 2,  ///< a valid model that cannot run; keraunos_error_item() lists every layer at fault
  KERAUNOS_USAGE_ERROR = 3,        ///< the call is at fault: a NULL, a wrong number, name, rank, width or dtype
  KERAUNOS_CANCELLED = 4,          ///< the caller asked a running call to stop
  KERAUNOS_DATA_ERROR = 5,         ///< the values are at fault: an id outside a table, text that is not UTF-8
  KERAUNOS_DEVICE_ERROR = 6,       ///< the device is at fault or absent
  KERAUNOS_INTERNAL_ERROR = 7,     ///< Keraunos is at fault
  KERAUNOS_OUT_OF_MEMORY = 8,
};

/// A failure: its kind, its message, and the layers at fault.
typedef struct keraunos_error keraunos_error;

/// The status that was returned with this error; KERAUNOS_OK for NULL.
KERAUNOS_C_API keraunos_status keraunos_error_kind(const keraunos_error* error);
/// The message: what is wrong, where, what was expected, what was found, what to try. "" for NULL.
KERAUNOS_C_API const char* keraunos_error_message(const keraunos_error* error);
/// The number of layers that a KERAUNOS_UNSUPPORTED_ERROR names; 0 for other errors.
KERAUNOS_C_API size_t keraunos_error_item_count(const keraunos_error* error);
/// The layer's path, its class as the file states it, and why it cannot run, in one clause. Each result pointer may be NULL. An
/// index that is too large gives NULLs.
KERAUNOS_C_API void keraunos_error_item(const keraunos_error* error, size_t index, const char** layer, const char** class_name,
                                        const char** reason);
/// Frees the error.
KERAUNOS_C_API void keraunos_error_free(keraunos_error* error);

// ---- Arrays

enum { KERAUNOS_MAX_RANK = 8 };

/// Type of elements.
typedef int32_t keraunos_dtype;
enum {
  KERAUNOS_FLOAT32 = 0,
  KERAUNOS_FLOAT64 = 1,
  KERAUNOS_FLOAT16 = 2,   ///< IEEE 754 half precision, as its bits
  KERAUNOS_BFLOAT16 = 3,  ///< the upper half of a float32, as its bits
  KERAUNOS_INT8 = 4,
  KERAUNOS_UINT8 = 5,
  KERAUNOS_INT16 = 6,
  KERAUNOS_UINT16 = 7,
  KERAUNOS_INT32 = 8,
  KERAUNOS_UINT32 = 9,
  KERAUNOS_INT64 = 10,
  KERAUNOS_UINT64 = 11,
  KERAUNOS_BOOL = 12,    ///< a byte: 0 or 1
  KERAUNOS_STRING = 13,  ///< a keraunos_string
};

/// Bytes of an element; 0 for a value that is no dtype.
KERAUNOS_C_API size_t keraunos_dtype_size(keraunos_dtype dtype);
/// Keras's name, "float32"; NULL for a value that is no dtype.
KERAUNOS_C_API const char* keraunos_dtype_name(keraunos_dtype dtype);

/// An element of dtype KERAUNOS_STRING: UTF-8 that may hold zeros and need not end with one.
typedef struct keraunos_string {
  const char* data;  ///< NULL only where the text has no bytes
  size_t size;       ///< bytes; in an input also KERAUNOS_TERMINATED: the text ends before its first zero
} keraunos_string;
/// A size of keraunos_string: the text ends before its first zero.
#define KERAUNOS_TERMINATED ((size_t)-1)

/// KERAUNOS_CPU or KERAUNOS_CUDA.
typedef int32_t keraunos_device_kind;
enum { KERAUNOS_CPU = 0, KERAUNOS_CUDA = 1 };

/// Extents, each at least 0; `rank` of them count, from 0 (a scalar) to KERAUNOS_MAX_RANK.
typedef struct keraunos_shape {
  int32_t rank;                     ///< how many of `dims` count
  int64_t dims[KERAUNOS_MAX_RANK];  ///< in order, the batch first
} keraunos_shape;

/// Elements to read: dense, row-major, at any address. {.data = x, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {10, 3}}.
typedef struct keraunos_view {
  const char* name;                 ///< NULL: identified by position. Either all views of a call have names, or none
  const void* data;                 ///< NULL only where there are no elements
  keraunos_dtype dtype;             ///< of each element
  keraunos_device_kind device;      ///< where `data` lies; 0, the CPU, unless said otherwise
  int32_t device_index;             ///< which GPU; 0 for the CPU
  int32_t rank;                     ///< how many of `dims` count
  int64_t dims[KERAUNOS_MAX_RANK];  ///< the extents
} keraunos_view;

/// The caller's memory for a result.
typedef struct keraunos_buffer {
  void* data;                       ///< at least as many bytes as `dtype` and `dims` say
  keraunos_dtype dtype;             ///< of each element, which has to be the output's
  keraunos_device_kind device;      ///< where `data` lies
  int32_t device_index;             ///< which GPU; 0 for the CPU
  int32_t rank;                     ///< how many of `dims` count
  int64_t dims[KERAUNOS_MAX_RANK];  ///< the extents, which have to be the output's
} keraunos_buffer;

/// Name, dtype and shape of an input, an output or a weight.
typedef struct keraunos_spec {
  const char* name;                 ///< ends with a zero; lives as long as what it was asked of
  const char* input_layer;          ///< for an input named by a key of a dictionary: the name of its InputLayer; otherwise NULL
  keraunos_dtype dtype;             ///< of each element
  int32_t rank;                     ///< how many of `dims` count
  int64_t dims[KERAUNOS_MAX_RANK];  ///< -1 where Keras has None
} keraunos_spec;

/// Named arrays that the library allocated, in memory of the CPU, 64-byte aligned. They live on when the model is freed.
typedef struct keraunos_results keraunos_results;

/// Number of results.
KERAUNOS_C_API keraunos_status keraunos_results_count(const keraunos_results* results, size_t* count, keraunos_error** error);
/// By position; `view->name` is set.
KERAUNOS_C_API keraunos_status keraunos_results_at(const keraunos_results* results, size_t index, keraunos_view* view,
                                                   keraunos_error** error);
/// By name. The KERAUNOS_USAGE_ERROR for an unknown name lists the known ones.
KERAUNOS_C_API keraunos_status keraunos_results_find(const keraunos_results* results, const char* name, keraunos_view* view,
                                                     keraunos_error** error);
/// Frees the results.
KERAUNOS_C_API void keraunos_results_free(keraunos_results* results);

/// Frees a text that was returned through a `char**`.
KERAUNOS_C_API void keraunos_text_free(char* text);

// ---- Loading

/// A loaded model.
typedef struct keraunos_model keraunos_model;
/// What keraunos_load() takes besides the file; made with defaults.
typedef struct keraunos_load_options keraunos_load_options;

/// Calls task(argument, 0), … task(argument, count - 1), each once, and returns when all have returned. They may run at the same
/// time, on any threads, or one after the other; none waits for another. Calls that it leaves out are made on the calling thread.
typedef void (*keraunos_executor)(void* context, int64_t count, void (*task)(void* argument, int64_t index), void* argument);

/// Options with their default values; keraunos/model.h describes them (LoadOptions).
KERAUNOS_C_API keraunos_status keraunos_load_options_create(keraunos_load_options** options, keraunos_error** error);
/// Frees the options.
KERAUNOS_C_API void keraunos_load_options_free(keraunos_load_options* options);

/// Where the model runs. Default: a CUDA device where there is one, else the CPU.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_device(keraunos_load_options* options, keraunos_device_kind device,
                                                                int32_t index, keraunos_error** error);

/// What float32 models compute in: see Precision in keraunos/model.h.
typedef int32_t keraunos_precision;
enum {
  KERAUNOS_PRECISION_AS_SAVED = 0,
  KERAUNOS_PRECISION_FLOAT32 = 1,
  KERAUNOS_PRECISION_TF32 = 2,
  KERAUNOS_PRECISION_BFLOAT16 = 3,
  KERAUNOS_PRECISION_FLOAT16 = 4,
};
/// The type that float32 models compute in. KERAUNOS_PRECISION_AS_SAVED follows the file.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_precision(keraunos_load_options* options, keraunos_precision precision,
                                                                   keraunos_error** error);
/// CPU threads of one call; 0: as many as cores.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_threads(keraunos_load_options* options, int32_t threads,
                                                                 keraunos_error** error);
/// 1 (the default): the loss and the metrics that the model was compiled with are read too. 0: they are not.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_compile(keraunos_load_options* options, int32_t compile,
                                                                 keraunos_error** error);
/// 1 (the default): a Lambda layer in a `.keras` file is refused. 0: its straight-line Python code is translated. Python code is
/// never executed.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_safe_mode(keraunos_load_options* options, int32_t safe_mode,
                                                                   keraunos_error** error);
/// The file of weights that belongs to an architecture JSON.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_weights(keraunos_load_options* options, const char* path,
                                                                 keraunos_error** error);
/// For a SavedModel: computes the function of this signature ("serving_default") instead of the layers that Keras's metadata
/// describe. "" (the default): the layers, or a signature if they cannot run. A KERAUNOS_USAGE_ERROR for other formats.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_signature(keraunos_load_options* options, const char* name,
                                                                   keraunos_error** error);
/// Refuses files that would need more memory than this while they are loaded.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_max_bytes(keraunos_load_options* options, uint64_t max_bytes,
                                                                   keraunos_error** error);
/// What reads HDF5 files: see Hdf5Reader in keraunos/model.h.
typedef int32_t keraunos_hdf5_reader;
enum { KERAUNOS_HDF5_STRICT = 0, KERAUNOS_HDF5_LIBRARY = 1 };
/// KERAUNOS_HDF5_LIBRARY reads with libhdf5: for trusted files that the strict reader refuses.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_hdf5_reader(keraunos_load_options* options, keraunos_hdf5_reader reader,
                                                                     keraunos_error** error);
/// A folder for a file that stores large weights; the file disappears with the model.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_scratch_folder(keraunos_load_options* options, const char* path,
                                                                        keraunos_error** error);
/// The caller's own threads, used on the CPU. `context` is passed to `executor` and must outlive the models loaded with these
/// options.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_executor(keraunos_load_options* options, keraunos_executor executor,
                                                                  void* context, keraunos_error** error);
/// Replaces the layer of this name, for example a Lambda that is refused otherwise, by an expression in Python's notation: "x /
/// 127.5 - 1"; see expression_layer in keraunos/model.h.
KERAUNOS_C_API keraunos_status keraunos_load_options_replace_layer(keraunos_load_options* options, const char* layer,
                                                                   const char* expression, keraunos_error** error);
/// Takes classes that were copied from an example as that example has them ("keras_io"); may be called several times. See
/// CustomObjects::recipe in keraunos/model.h.
KERAUNOS_C_API keraunos_status keraunos_load_options_add_recipe(keraunos_load_options* options, const char* recipe,
                                                                keraunos_error** error);

/// Loads a `.keras` file or folder, a legacy HDF5 file, a SavedModel folder of Keras 2, or an architecture JSON with a file of
/// weights. The format is found by content. `options` may be NULL; it may be freed or changed after the call.
KERAUNOS_C_API keraunos_status keraunos_load(const char* path, const keraunos_load_options* options, keraunos_model** model,
                                             keraunos_error** error);
/// The same from `size` bytes in memory.
KERAUNOS_C_API keraunos_status keraunos_load_bytes(const void* bytes, size_t size, const keraunos_load_options* options,
                                                   keraunos_model** model, keraunos_error** error);
/// The same weights, with the outputs of the named layers (their last call) as outputs.
KERAUNOS_C_API keraunos_status keraunos_model_with_outputs(const keraunos_model* model, const char* const* layers, size_t count,
                                                           keraunos_model** other, keraunos_error** error);
/// Called with one sentence about a part that was omitted or skipped; the text is valid during the call.
typedef void (*keraunos_warning)(void* context, const char* sentence);
/// What keraunos_model_load_weights takes besides the path; LoadWeightsOptions in keraunos/model.h.
typedef struct keraunos_load_weights_options keraunos_load_weights_options;
/// Makes options with their defaults.
KERAUNOS_C_API keraunos_status keraunos_load_weights_options_create(keraunos_load_weights_options** options,
                                                                    keraunos_error** error);
/// Frees the options.
KERAUNOS_C_API void keraunos_load_weights_options_free(keraunos_load_weights_options* options);
/// If not 0, layers are matched by name; for legacy HDF5 files only.
KERAUNOS_C_API keraunos_status keraunos_load_weights_options_set_by_name(keraunos_load_weights_options* options, int32_t by_name,
                                                                         keraunos_error** error);
/// If not 0, layers that do not fit keep their weights.
KERAUNOS_C_API keraunos_status keraunos_load_weights_options_set_skip_mismatch(keraunos_load_weights_options* options,
                                                                               int32_t skip_mismatch, keraunos_error** error);
/// Sets the function that is called for each layer that was skipped; `context` is its first argument. NULL: none.
KERAUNOS_C_API keraunos_status keraunos_load_weights_options_set_warning(keraunos_load_weights_options* options,
                                                                         keraunos_warning warning, void* context,
                                                                         keraunos_error** error);
/// The same layers with the weights of another file: see Model::load_weights in keraunos/model.h. `options` may be NULL.
KERAUNOS_C_API keraunos_status keraunos_model_load_weights(const keraunos_model* model, const char* path,
                                                           const keraunos_load_weights_options* options, keraunos_model** other,
                                                           keraunos_error** error);
/// Makes a model with other values of weights, in the order of Keras's weights: see Model::set_weights in keraunos/model.h.
/// `layer` is the path of one layer, or NULL for the whole model. Names of views are ignored.
KERAUNOS_C_API keraunos_status keraunos_model_set_weights(const keraunos_model* model, const char* layer,
                                                          const keraunos_view* weights, size_t count, keraunos_model** other,
                                                          keraunos_error** error);
/// The saved variables of the optimizer, in the optimizer's order; no results if the file has none.
KERAUNOS_C_API keraunos_status keraunos_model_optimizer_variables(const keraunos_model* model, keraunos_results** variables,
                                                                  keraunos_error** error);
/// How weights are saved: as they are, or as Keras's Model.quantize() rounds them.
typedef int32_t keraunos_quantization;
enum { KERAUNOS_QUANTIZE_NONE = 0, KERAUNOS_QUANTIZE_INT8 = 1, KERAUNOS_QUANTIZE_INT4 = 2 };
/// What keraunos_model_save takes besides the path; SaveOptions in keraunos/model.h.
typedef struct keraunos_save_options keraunos_save_options;
/// Makes options with their defaults.
KERAUNOS_C_API keraunos_status keraunos_save_options_create(keraunos_save_options** options, keraunos_error** error);
/// Frees the options.
KERAUNOS_C_API void keraunos_save_options_free(keraunos_save_options* options);
/// One of KERAUNOS_QUANTIZE_…
KERAUNOS_C_API keraunos_status keraunos_save_options_set_quantize(keraunos_save_options* options, keraunos_quantization quantize,
                                                                  keraunos_error** error);
/// Sets the function that is called for each part of the model that is not saved or not quantised; `context` is its first
/// argument. NULL: none.
KERAUNOS_C_API keraunos_status keraunos_save_options_set_warning(keraunos_save_options* options, keraunos_warning warning,
                                                                 void* context, keraunos_error** error);
/// Writes the model as a `.keras` archive that Keras 3.15 loads, whatever format and Keras it was read from: see Model::save in
/// keraunos/model.h. `options` may be NULL.
KERAUNOS_C_API keraunos_status keraunos_model_save(const keraunos_model* model, const char* path,
                                                   const keraunos_save_options* options, keraunos_error** error);
/// Frees the model.
KERAUNOS_C_API void keraunos_model_free(keraunos_model* model);

// ---- What a model is

/// The name of the model, as Keras has it.
KERAUNOS_C_API keraunos_status keraunos_model_name(const keraunos_model* model, const char** name, keraunos_error** error);
/// The device that the model computes on.
KERAUNOS_C_API keraunos_status keraunos_model_device(const keraunos_model* model, keraunos_device_kind* device, int32_t* index,
                                                     keraunos_error** error);
/// Number of inputs.
KERAUNOS_C_API keraunos_status keraunos_model_input_count(const keraunos_model* model, size_t* count, keraunos_error** error);
/// An input by position, from 0.
KERAUNOS_C_API keraunos_status keraunos_model_input(const keraunos_model* model, size_t index, keraunos_spec* input,
                                                    keraunos_error** error);
/// Number of outputs.
KERAUNOS_C_API keraunos_status keraunos_model_output_count(const keraunos_model* model, size_t* count, keraunos_error** error);
/// An output by position, from 0.
KERAUNOS_C_API keraunos_status keraunos_model_output(const keraunos_model* model, size_t index, keraunos_spec* output,
                                                     keraunos_error** error);
/// Keras's own table, `width` columns wide (Keras: 80).
KERAUNOS_C_API keraunos_status keraunos_model_summary(const keraunos_model* model, int32_t width, char** text,
                                                      keraunos_error** error);
/// What runs for inputs of these shapes (in the model's order), as one JSON object: its keys are listed in README.md.
KERAUNOS_C_API keraunos_status keraunos_model_plan_json(const keraunos_model* model, const keraunos_shape* inputs,
                                                        size_t input_count, char** json, keraunos_error** error);
/// The same as text for a person.
KERAUNOS_C_API keraunos_status keraunos_model_plan_text(const keraunos_model* model, const keraunos_shape* inputs,
                                                        size_t input_count, char** text, keraunos_error** error);

/// Bytes that a model holds: see MemoryUse in keraunos/model.h.
typedef struct keraunos_memory {
  int64_t weights_host;      ///< as saved, in memory of the host
  int64_t weights_device;    ///< the same in memory of the device
  int64_t scratch;           ///< of weights that lie in a file instead of memory
  int64_t constants_host;    ///< computed from weights, packed for the device or uploaded to it
  int64_t constants_device;  ///< the same in memory of the device
  int64_t plans_host;        ///< what is to be done for the shapes that were called
  int64_t plans_device;      ///< the same in memory of the device
  int64_t sessions_host;     ///< memory that calls compute in
  int64_t sessions_device;   ///< the same in memory of the device
} keraunos_memory;
/// What the model holds now.
KERAUNOS_C_API keraunos_status keraunos_model_memory(const keraunos_model* model, keraunos_memory* memory,
                                                     keraunos_error** error);
/// Frees what no running call and no session uses; the next call of each shape plans anew.
KERAUNOS_C_API keraunos_status keraunos_model_trim(const keraunos_model* model, keraunos_error** error);

// ---- Weights

/// Weights as saved: never folded, cast or transposed. Keeps the model alive.
typedef struct keraunos_weights keraunos_weights;

/// All weights of the model, named by the path of the layer: "encoder/dense_1/kernel".
KERAUNOS_C_API keraunos_status keraunos_model_weights(const keraunos_model* model, keraunos_weights** weights,
                                                      keraunos_error** error);
/// Number of weights.
KERAUNOS_C_API keraunos_status keraunos_weights_count(const keraunos_weights* weights, size_t* count, keraunos_error** error);
/// Name, dtype and shape of a weight by position, from 0.
KERAUNOS_C_API keraunos_status keraunos_weights_spec(const keraunos_weights* weights, size_t index, keraunos_spec* spec,
                                                     keraunos_error** error);
/// The position of a name. A KERAUNOS_USAGE_ERROR where there is none.
KERAUNOS_C_API keraunos_status keraunos_weights_find(const keraunos_weights* weights, const char* name, size_t* index,
                                                     keraunos_error** error);
/// The elements, which are copied when they are first read and belong to `weights`.
KERAUNOS_C_API keraunos_status keraunos_weights_read(keraunos_weights* weights, size_t index, keraunos_view* view,
                                                     keraunos_error** error);
/// Frees the list of weights.
KERAUNOS_C_API void keraunos_weights_free(keraunos_weights* weights);

// ---- Layers

/// A layer of a model. Keeps the model alive.
typedef struct keraunos_layer keraunos_layer;

/// Number of the model's own layers, without those inside nested models.
KERAUNOS_C_API keraunos_status keraunos_model_layer_count(const keraunos_model* model, size_t* count, keraunos_error** error);
/// A layer by position, from 0.
KERAUNOS_C_API keraunos_status keraunos_model_layer_at(const keraunos_model* model, size_t index, keraunos_layer** layer,
                                                       keraunos_error** error);
/// By name, or by a path into nested models: "encoder/dense_1". A KERAUNOS_USAGE_ERROR suggests the nearest names.
KERAUNOS_C_API keraunos_status keraunos_model_layer(const keraunos_model* model, const char* path, keraunos_layer** layer,
                                                    keraunos_error** error);
/// The name of the layer.
KERAUNOS_C_API keraunos_status keraunos_layer_name(const keraunos_layer* layer, const char** name, keraunos_error** error);
/// The class of the layer, as the file states it.
KERAUNOS_C_API keraunos_status keraunos_layer_class_name(const keraunos_layer* layer, const char** class_name,
                                                         keraunos_error** error);
/// Names of the enclosing models, wrappers and this layer, joined by '/'.
KERAUNOS_C_API keraunos_status keraunos_layer_path(const keraunos_layer* layer, const char** path, keraunos_error** error);
/// The config as the file has it, as JSON.
KERAUNOS_C_API keraunos_status keraunos_layer_config(const keraunos_layer* layer, const char** json, keraunos_error** error);
/// Number of the layers inside this one.
KERAUNOS_C_API keraunos_status keraunos_layer_sublayer_count(const keraunos_layer* layer, size_t* count, keraunos_error** error);
/// A layer inside this one by position, from 0.
KERAUNOS_C_API keraunos_status keraunos_layer_sublayer_at(const keraunos_layer* layer, size_t index, keraunos_layer** sublayer,
                                                          keraunos_error** error);
/// The layer's own weights in Keras's order, by their short names: "kernel".
KERAUNOS_C_API keraunos_status keraunos_layer_weights(const keraunos_layer* layer, keraunos_weights** weights,
                                                      keraunos_error** error);
/// Frees the layer.
KERAUNOS_C_API void keraunos_layer_free(keraunos_layer* layer);

// ---- Predicting

/// Asks running calls to stop, from any thread.
typedef struct keraunos_stop keraunos_stop;
/// Makes a request to stop that is not made yet.
KERAUNOS_C_API keraunos_status keraunos_stop_create(keraunos_stop** stop, keraunos_error** error);
/// Calls with this stop, running ones and later ones, end with KERAUNOS_CANCELLED.
KERAUNOS_C_API keraunos_status keraunos_stop_request(keraunos_stop* stop, keraunos_error** error);
/// Frees the request.
KERAUNOS_C_API void keraunos_stop_free(keraunos_stop* stop);

/// What keraunos_predict() takes besides inputs; made with defaults.
typedef struct keraunos_predict_options keraunos_predict_options;
/// Called on the thread that predicts, with the number of finished rows and of all rows.
typedef void (*keraunos_progress)(void* context, int64_t done, int64_t total);

/// Makes options with their defaults.
KERAUNOS_C_API keraunos_status keraunos_predict_options_create(keraunos_predict_options** options, keraunos_error** error);
/// Frees the options.
KERAUNOS_C_API void keraunos_predict_options_free(keraunos_predict_options* options);
/// Rows that are computed at a time; 0 (the default): chosen automatically, or 32 where rows depend on each other.
KERAUNOS_C_API keraunos_status keraunos_predict_options_set_batch_size(keraunos_predict_options* options, int64_t batch_size,
                                                                       keraunos_error** error);
/// The most turns of one loop whose end a condition on data decides (the default: 100000); after so many turns,
/// KERAUNOS_DATA_ERROR where the condition still holds.
KERAUNOS_C_API keraunos_status keraunos_predict_options_set_max_turns(keraunos_predict_options* options, int64_t max_turns,
                                                                      keraunos_error** error);
/// `context` is passed to `progress`. `progress` may be NULL: none.
KERAUNOS_C_API keraunos_status keraunos_predict_options_set_progress(keraunos_predict_options* options,
                                                                     keraunos_progress progress, void* context,
                                                                     keraunos_error** error);
/// `stop` may be NULL: none. The options keep what they need of it.
KERAUNOS_C_API keraunos_status keraunos_predict_options_set_stop(keraunos_predict_options* options, const keraunos_stop* stop,
                                                                 keraunos_error** error);

/// The outputs in the model's order, which is that of Keras's predict(). Inputs have names, in any order, or none, in the model's
/// order; dims are (batch, …); a dtype is converted to the input's where Keras would. `options` may be NULL. States of stateful
/// layers start at zero in each call.
KERAUNOS_C_API keraunos_status keraunos_predict(const keraunos_model* model, const keraunos_view* inputs, size_t input_count,
                                                const keraunos_predict_options* options, keraunos_results** results,
                                                keraunos_error** error);
/// The same, copied into buffers on the CPU in the model's order, each with the dtype and the dims of its output. An output of
/// strings is a KERAUNOS_USAGE_ERROR: keraunos_predict() gives those. A session writes without a copy.
KERAUNOS_C_API keraunos_status keraunos_predict_into(const keraunos_model* model, const keraunos_view* inputs, size_t input_count,
                                                     const keraunos_predict_options* options, const keraunos_buffer* outputs,
                                                     size_t output_count, keraunos_error** error);

// ---- Evaluating

/// 1 if the file states how the model was compiled and this was read, else 0.
KERAUNOS_C_API keraunos_status keraunos_model_compiled(const keraunos_model* model, int32_t* compiled, keraunos_error** error);

/// What keraunos_evaluate() takes besides inputs and targets; made with defaults.
typedef struct keraunos_evaluate_options keraunos_evaluate_options;
/// Makes options with their defaults.
KERAUNOS_C_API keraunos_status keraunos_evaluate_options_create(keraunos_evaluate_options** options, keraunos_error** error);
/// Frees the options.
KERAUNOS_C_API void keraunos_evaluate_options_free(keraunos_evaluate_options* options);
/// Rows of a batch (default 32). Results depend on it where rows have weights or masks.
KERAUNOS_C_API keraunos_status keraunos_evaluate_options_set_batch_size(keraunos_evaluate_options* options, int64_t batch_size,
                                                                        keraunos_error** error);
/// A weight for each row, or for each step of each row, of the output `weights->name`; without a name, of all outputs. The
/// elements are copied.
KERAUNOS_C_API keraunos_status keraunos_evaluate_options_add_sample_weight(keraunos_evaluate_options* options,
                                                                           const keraunos_view* weights, keraunos_error** error);
/// The loss and the metrics that the model was compiled with, under the names and in the order of Keras's evaluate(): "loss"
/// first. Numbers are float32 of rank 0, or of rank 1 where a metric has several. Targets are named as the outputs, or have no
/// names and stand in the order of the outputs. `options` may be NULL.
KERAUNOS_C_API keraunos_status keraunos_evaluate(const keraunos_model* model, const keraunos_view* inputs, size_t input_count,
                                                 const keraunos_view* targets, size_t target_count,
                                                 const keraunos_evaluate_options* options, keraunos_results** results,
                                                 keraunos_error** error);

// ---- Sessions

/// An execution context of one caller: memory, states of stateful layers, captured CUDA graphs. One caller at a time. Keeps the
/// model alive. Its views have no names and stand in the model's order. Session in keraunos/session.h lists the calls that wait
/// for enqueued work.
typedef struct keraunos_session keraunos_session;

/// A cudaStream_t, without a CUDA header.
typedef struct CUstream_st* keraunos_stream;
/// The legacy default stream, which synchronises with every other: CUDA's cudaStreamLegacy. NULL is refused.
#define KERAUNOS_LEGACY_STREAM ((keraunos_stream)(uintptr_t)1)

/// Makes a session of the model.
KERAUNOS_C_API keraunos_status keraunos_session_create(const keraunos_model* model, keraunos_session** session,
                                                       keraunos_error** error);
/// Frees the session, after waiting for its work.
KERAUNOS_C_API void keraunos_session_free(keraunos_session* session);
/// Plans and allocates for inputs of these shapes, so that calls of them allocate nothing.
KERAUNOS_C_API keraunos_status keraunos_session_reserve(keraunos_session* session, const keraunos_shape* inputs,
                                                        size_t input_count, keraunos_error** error);
/// Names, dtypes and shapes of the outputs for inputs of these shapes. The array has room for all outputs of the model.
KERAUNOS_C_API keraunos_status keraunos_session_outputs_for(keraunos_session* session, const keraunos_shape* inputs,
                                                            size_t input_count, keraunos_spec* outputs, size_t output_count,
                                                            keraunos_error** error);
/// Computes and waits. Buffers have the dtypes and dims of keraunos_session_outputs_for(). A buffer of dtype KERAUNOS_STRING
/// receives keraunos_strings whose characters are valid until the session is used again or the inputs are changed or freed.
KERAUNOS_C_API keraunos_status keraunos_session_run(keraunos_session* session, const keraunos_view* inputs, size_t input_count,
                                                    const keraunos_buffer* outputs, size_t output_count, keraunos_error** error);
/// Enqueues on the caller's stream and returns. Elements and buffers, on the device or the host, must stay valid until the
/// enqueued work is finished. The caller synchronises, then calls keraunos_session_check(). A KERAUNOS_USAGE_ERROR on a CPU
/// model, for a model that cannot run without waiting, and for strings. The stream may be captured: see Session::enqueue in
/// keraunos/session.h.
KERAUNOS_C_API keraunos_status keraunos_session_enqueue(keraunos_session* session, const keraunos_view* inputs,
                                                        size_t input_count, const keraunos_buffer* outputs, size_t output_count,
                                                        keraunos_stream stream, keraunos_error** error);
/// Call after the stream was synchronised: returns the KERAUNOS_DATA_ERROR of the last run, if it had one.
KERAUNOS_C_API keraunos_status keraunos_session_check(keraunos_session* session, keraunos_error** error);
/// Sets the states of stateful layers to zeros.
KERAUNOS_C_API keraunos_status keraunos_session_reset_states(keraunos_session* session, keraunos_error** error);
/// Copies of the states, named "layer/0", "layer/1".
KERAUNOS_C_API keraunos_status keraunos_session_states(const keraunos_session* session, keraunos_results** states,
                                                       keraunos_error** error);
/// Sets the states that the views name, from memory of the CPU.
KERAUNOS_C_API keraunos_status keraunos_session_set_states(keraunos_session* session, const keraunos_view* states,
                                                           size_t state_count, keraunos_error** error);

#ifdef __cplusplus
}  // extern "C"
#endif
