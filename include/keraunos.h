// Keraunos from C (C11 or later), and from every language that calls C. In C++ use <keraunos/keraunos.h>, which this is made
// with.
//
// Errors. A function that can fail returns a status: KERAUNOS_OK or a kind of error. Its last argument may be NULL; otherwise it
// is set to NULL, or on failure to an object that says what happened, which the caller frees. After a failure handles and texts
// are NULL; numbers, structs and buffers hold nothing that counts. An argument that is NULL where nothing here allows it is a
// KERAUNOS_USAGE_ERROR. No C++ exception leaves the library, and none may leave a callback.
//
// Ownership. What is given through a `T**` is the caller's, who frees it by the function of its type (which takes NULL and does
// nothing). Objects may be freed in any order: each keeps alive what it needs. A `const char*` and elements that a view shows
// belong to the object that was asked, and live as long as that. What the caller passes in is read during the call only, unless
// something else is said. Texts are UTF-8 and end with a zero.
//
// Threads. Any number of threads may use one object at a time, except for a session (one caller at a time), for option objects
// while something is set, and for freeing, which comes last.
//
// Growth. Structs keep their layout, and functions their meaning, within one KERAUNOS_ABI_VERSION. Options are opaque objects
// with a setter for each, so that a new option is a new function and changes no layout. Enumerations are int32_t: later versions
// may give more values, and one that this version does not know is refused.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define KERAUNOS_VERSION_MAJOR 0
#define KERAUNOS_VERSION_MINOR 1
#define KERAUNOS_VERSION_PATCH 0
/// Raised when a function goes or changes, or a struct changes. What is added raises the version only.
#define KERAUNOS_ABI_VERSION 1

#define KERAUNOS_C_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/// The KERAUNOS_ABI_VERSION of the library that is loaded: compare it with that of this header before anything else.
KERAUNOS_C_API int32_t keraunos_abi_version(void);
/// The version of the library that is loaded: "0.1.0".
KERAUNOS_C_API const char* keraunos_version(void);

// ---- Errors

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

typedef struct keraunos_error keraunos_error;

/// The status that was returned with it. Of NULL KERAUNOS_OK.
KERAUNOS_C_API keraunos_status keraunos_error_kind(const keraunos_error* error);
/// Sentences for a person: what, where, expected, found, what to try. Of NULL "".
KERAUNOS_C_API const char* keraunos_error_message(const keraunos_error* error);
/// How many layers a KERAUNOS_UNSUPPORTED_ERROR names; of other errors 0.
KERAUNOS_C_API size_t keraunos_error_item_count(const keraunos_error* error);
/// The layer's path, its class as the file states it, and why it cannot run, in one clause. Each result may be NULL. An index
/// that is too large gives NULLs.
KERAUNOS_C_API void keraunos_error_item(const keraunos_error* error, size_t index, const char** layer, const char** class_name,
                                        const char** reason);
KERAUNOS_C_API void keraunos_error_free(keraunos_error* error);

// ---- Arrays

enum { KERAUNOS_MAX_RANK = 8 };

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
  const char* data;
  size_t size;  ///< bytes; of an input also KERAUNOS_TERMINATED: up to the zero
} keraunos_string;
#define KERAUNOS_TERMINATED ((size_t)-1)

typedef int32_t keraunos_device_kind;
enum { KERAUNOS_CPU = 0, KERAUNOS_CUDA = 1 };

/// Extents, each at least 0; `rank` of them count, from 0 (a scalar) to KERAUNOS_MAX_RANK.
typedef struct keraunos_shape {
  int32_t rank;
  int64_t dims[KERAUNOS_MAX_RANK];
} keraunos_shape;

/// Elements to read: dense, row-major, at any address. {.data = x, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {10, 3}}.
typedef struct keraunos_view {
  const char* name;  ///< NULL: known by its position. Of several views all have names, or none has
  const void* data;  ///< NULL only where there are no elements
  keraunos_dtype dtype;
  keraunos_device_kind device;  ///< where `data` lies; 0, the CPU, unless said otherwise
  int32_t device_index;
  int32_t rank;
  int64_t dims[KERAUNOS_MAX_RANK];
} keraunos_view;

/// Memory of the caller's that a result is written into.
typedef struct keraunos_buffer {
  void* data;
  keraunos_dtype dtype;
  keraunos_device_kind device;
  int32_t device_index;
  int32_t rank;
  int64_t dims[KERAUNOS_MAX_RANK];
} keraunos_buffer;

/// What is known of an input, an output or a weight before there are elements.
typedef struct keraunos_spec {
  const char* name;
  const char* input_layer;  ///< of an input that is named by a key of a dictionary: its InputLayer's name; otherwise NULL
  keraunos_dtype dtype;
  int32_t rank;
  int64_t dims[KERAUNOS_MAX_RANK];  ///< -1 where Keras has None
} keraunos_spec;

/// Named arrays that the library allocated, in memory of the CPU, 64-byte aligned. They live on when the model is freed.
typedef struct keraunos_results keraunos_results;

KERAUNOS_C_API keraunos_status keraunos_results_count(const keraunos_results* results, size_t* count, keraunos_error** error);
/// By position; `view->name` is set.
KERAUNOS_C_API keraunos_status keraunos_results_at(const keraunos_results* results, size_t index, keraunos_view* view,
                                                   keraunos_error** error);
/// By name. A KERAUNOS_USAGE_ERROR lists the names there are.
KERAUNOS_C_API keraunos_status keraunos_results_find(const keraunos_results* results, const char* name, keraunos_view* view,
                                                     keraunos_error** error);
KERAUNOS_C_API void keraunos_results_free(keraunos_results* results);

/// Frees a text that was given as a `char**`.
KERAUNOS_C_API void keraunos_text_free(char* text);

// ---- Loading

typedef struct keraunos_model keraunos_model;
typedef struct keraunos_load_options keraunos_load_options;

/// Calls task(argument, 0), … task(argument, count - 1), each once, and returns when all have returned. They may run at the same
/// time, on any threads, or one after the other; none waits for another. What it leaves out is done on the calling thread.
typedef void (*keraunos_executor)(void* context, int64_t count, void (*task)(void* argument, int64_t index), void* argument);

/// Options as they are without any: described in keraunos/model.h, LoadOptions.
KERAUNOS_C_API keraunos_status keraunos_load_options_create(keraunos_load_options** options, keraunos_error** error);
KERAUNOS_C_API void keraunos_load_options_free(keraunos_load_options* options);

/// Where the model runs. Without it: a CUDA device where there is one, else the CPU.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_device(keraunos_load_options* options, keraunos_device_kind device,
                                                                int32_t index, keraunos_error** error);

typedef int32_t keraunos_precision;
enum {
  KERAUNOS_PRECISION_AS_SAVED = 0,
  KERAUNOS_PRECISION_FLOAT32 = 1,
  KERAUNOS_PRECISION_TF32 = 2,
  KERAUNOS_PRECISION_BFLOAT16 = 3,
  KERAUNOS_PRECISION_FLOAT16 = 4,
};
/// What float32 models compute in. KERAUNOS_PRECISION_AS_SAVED follows the file.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_precision(keraunos_load_options* options, keraunos_precision precision,
                                                                   keraunos_error** error);
/// CPU threads of one call; 0: as many as cores.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_threads(keraunos_load_options* options, int32_t threads,
                                                                 keraunos_error** error);
/// 1, as without it: the loss and the metrics that the model was compiled with are read too. 0: they are not.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_compile(keraunos_load_options* options, int32_t compile,
                                                                 keraunos_error** error);
/// 1, as without it: a Lambda layer in a `.keras` file is refused. 0: straight-line Python code in it is translated. It never
/// runs.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_safe_mode(keraunos_load_options* options, int32_t safe_mode,
                                                                   keraunos_error** error);
/// The file of weights beside an architecture JSON.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_weights(keraunos_load_options* options, const char* path,
                                                                 keraunos_error** error);
/// Of a SavedModel: the function of this signature, "serving_default", is computed, not the layers that Keras's metadata
/// describe.
/// "", as without it: the layers, and a signature where there are none that run. A KERAUNOS_USAGE_ERROR for other formats.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_signature(keraunos_load_options* options, const char* name,
                                                                   keraunos_error** error);
/// Files that would need more memory while they are loaded are refused.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_max_bytes(keraunos_load_options* options, uint64_t max_bytes,
                                                                   keraunos_error** error);
typedef int32_t keraunos_hdf5_reader;
enum { KERAUNOS_HDF5_STRICT = 0, KERAUNOS_HDF5_LIBRARY = 1 };
/// KERAUNOS_HDF5_LIBRARY reads by libhdf5: for trusted files that the strict reader refuses.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_hdf5_reader(keraunos_load_options* options, keraunos_hdf5_reader reader,
                                                                     keraunos_error** error);
/// A folder for a file that large weights are moved into, which ends with the model.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_scratch_folder(keraunos_load_options* options, const char* path,
                                                                        keraunos_error** error);
/// Threads of the caller's own for the CPU. `context` is passed on and must live as long as the models that are loaded with this.
KERAUNOS_C_API keraunos_status keraunos_load_options_set_executor(keraunos_load_options* options, keraunos_executor executor,
                                                                  void* context, keraunos_error** error);
/// What one layer computes, by its name: a Lambda that is refused otherwise, for example. An expression in Python's notation:
/// "x / 127.5 - 1"; see expression_layer in keraunos/model.h.
KERAUNOS_C_API keraunos_status keraunos_load_options_replace_layer(keraunos_load_options* options, const char* layer,
                                                                   const char* expression, keraunos_error** error);

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
/// What was left out or skipped, in one sentence that is valid during the call.
typedef void (*keraunos_warning)(void* context, const char* sentence);
typedef struct keraunos_load_weights_options keraunos_load_weights_options;
KERAUNOS_C_API keraunos_status keraunos_load_weights_options_create(keraunos_load_weights_options** options,
                                                                    keraunos_error** error);
KERAUNOS_C_API void keraunos_load_weights_options_free(keraunos_load_weights_options* options);
/// Not 0: layers are found by their names, in legacy HDF5 files.
KERAUNOS_C_API keraunos_status keraunos_load_weights_options_set_by_name(keraunos_load_weights_options* options, int32_t by_name,
                                                                         keraunos_error** error);
/// Not 0: layers that do not fit keep their weights.
KERAUNOS_C_API keraunos_status keraunos_load_weights_options_set_skip_mismatch(keraunos_load_weights_options* options,
                                                                               int32_t skip_mismatch, keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_load_weights_options_set_warning(keraunos_load_weights_options* options,
                                                                         keraunos_warning warning, void* context,
                                                                         keraunos_error** error);
/// The same layers with the weights of another file: see Model::load_weights in keraunos/model.h. `options` may be NULL.
KERAUNOS_C_API keraunos_status keraunos_model_load_weights(const keraunos_model* model, const char* path,
                                                           const keraunos_load_weights_options* options, keraunos_model** other,
                                                           keraunos_error** error);
/// The same layers with other values of weights, in the order of Keras's weights: see Model::set_weights in keraunos/model.h.
/// `layer`: the path of one layer, or NULL for the whole model. Names of views are not looked at.
KERAUNOS_C_API keraunos_status keraunos_model_set_weights(const keraunos_model* model, const char* layer,
                                                          const keraunos_view* weights, size_t count, keraunos_model** other,
                                                          keraunos_error** error);
/// The variables that the optimizer saved, in its own order; none where the file holds none.
KERAUNOS_C_API keraunos_status keraunos_model_optimizer_variables(const keraunos_model* model, keraunos_results** variables,
                                                                  keraunos_error** error);
KERAUNOS_C_API void keraunos_model_free(keraunos_model* model);
typedef int32_t keraunos_quantization;
enum { KERAUNOS_QUANTIZE_NONE = 0, KERAUNOS_QUANTIZE_INT8 = 1, KERAUNOS_QUANTIZE_INT4 = 2 };
typedef struct keraunos_save_options keraunos_save_options;
KERAUNOS_C_API keraunos_status keraunos_save_options_create(keraunos_save_options** options, keraunos_error** error);
KERAUNOS_C_API void keraunos_save_options_free(keraunos_save_options* options);
KERAUNOS_C_API keraunos_status keraunos_save_options_set_quantize(keraunos_save_options* options, keraunos_quantization quantize,
                                                                  keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_save_options_set_warning(keraunos_save_options* options, keraunos_warning warning,
                                                                 void* context, keraunos_error** error);
/// Writes the model as a `.keras` archive that Keras 3.15 loads, whatever format and Keras it was read from: see Model::save in
/// keraunos/model.h. `options` may be NULL.
KERAUNOS_C_API keraunos_status keraunos_model_save(const keraunos_model* model, const char* path,
                                                   const keraunos_save_options* options, keraunos_error** error);

// ---- What a model is

KERAUNOS_C_API keraunos_status keraunos_model_name(const keraunos_model* model, const char** name, keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_model_device(const keraunos_model* model, keraunos_device_kind* device, int32_t* index,
                                                     keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_model_input_count(const keraunos_model* model, size_t* count, keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_model_input(const keraunos_model* model, size_t index, keraunos_spec* input,
                                                    keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_model_output_count(const keraunos_model* model, size_t* count, keraunos_error** error);
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
  int64_t weights_host, weights_device;
  int64_t scratch;
  int64_t constants_host, constants_device;
  int64_t plans_host, plans_device;
  int64_t sessions_host, sessions_device;
} keraunos_memory;
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
KERAUNOS_C_API keraunos_status keraunos_weights_count(const keraunos_weights* weights, size_t* count, keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_weights_spec(const keraunos_weights* weights, size_t index, keraunos_spec* spec,
                                                     keraunos_error** error);
/// The position of a name. A KERAUNOS_USAGE_ERROR where there is none.
KERAUNOS_C_API keraunos_status keraunos_weights_find(const keraunos_weights* weights, const char* name, size_t* index,
                                                     keraunos_error** error);
/// The elements, which are copied when they are first read and belong to `weights`.
KERAUNOS_C_API keraunos_status keraunos_weights_read(keraunos_weights* weights, size_t index, keraunos_view* view,
                                                     keraunos_error** error);
KERAUNOS_C_API void keraunos_weights_free(keraunos_weights* weights);

// ---- Layers

/// A layer of a model. Keeps the model alive.
typedef struct keraunos_layer keraunos_layer;

KERAUNOS_C_API keraunos_status keraunos_model_layer_count(const keraunos_model* model, size_t* count, keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_model_layer_at(const keraunos_model* model, size_t index, keraunos_layer** layer,
                                                       keraunos_error** error);
/// By name, or by a path into nested models: "encoder/dense_1". A KERAUNOS_USAGE_ERROR suggests the nearest names.
KERAUNOS_C_API keraunos_status keraunos_model_layer(const keraunos_model* model, const char* path, keraunos_layer** layer,
                                                    keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_layer_name(const keraunos_layer* layer, const char** name, keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_layer_class_name(const keraunos_layer* layer, const char** class_name,
                                                         keraunos_error** error);
/// Names of the enclosing models, wrappers and this layer, joined by '/'.
KERAUNOS_C_API keraunos_status keraunos_layer_path(const keraunos_layer* layer, const char** path, keraunos_error** error);
/// The config as the file has it, as JSON.
KERAUNOS_C_API keraunos_status keraunos_layer_config(const keraunos_layer* layer, const char** json, keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_layer_sublayer_count(const keraunos_layer* layer, size_t* count, keraunos_error** error);
KERAUNOS_C_API keraunos_status keraunos_layer_sublayer_at(const keraunos_layer* layer, size_t index, keraunos_layer** sublayer,
                                                          keraunos_error** error);
/// The layer's own weights in Keras's order, by their short names: "kernel".
KERAUNOS_C_API keraunos_status keraunos_layer_weights(const keraunos_layer* layer, keraunos_weights** weights,
                                                      keraunos_error** error);
KERAUNOS_C_API void keraunos_layer_free(keraunos_layer* layer);

// ---- Predicting

/// Asks running calls to stop, from any thread.
typedef struct keraunos_stop keraunos_stop;
KERAUNOS_C_API keraunos_status keraunos_stop_create(keraunos_stop** stop, keraunos_error** error);
/// Calls with this stop, running ones and later ones, end with KERAUNOS_CANCELLED.
KERAUNOS_C_API keraunos_status keraunos_stop_request(keraunos_stop* stop, keraunos_error** error);
KERAUNOS_C_API void keraunos_stop_free(keraunos_stop* stop);

typedef struct keraunos_predict_options keraunos_predict_options;
/// Called from the thread that predicts, with the rows that are done and all rows.
typedef void (*keraunos_progress)(void* context, int64_t done, int64_t total);

KERAUNOS_C_API keraunos_status keraunos_predict_options_create(keraunos_predict_options** options, keraunos_error** error);
KERAUNOS_C_API void keraunos_predict_options_free(keraunos_predict_options* options);
/// Rows that are computed at a time; 0, as without it: chosen automatically, or 32 where rows depend on each other.
KERAUNOS_C_API keraunos_status keraunos_predict_options_set_batch_size(keraunos_predict_options* options, int64_t batch_size,
                                                                       keraunos_error** error);
/// `context` is passed on. `progress` may be NULL: none.
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

/// 1 where the file says how the model was compiled and that was read, else 0.
KERAUNOS_C_API keraunos_status keraunos_model_compiled(const keraunos_model* model, int32_t* compiled, keraunos_error** error);

typedef struct keraunos_evaluate_options keraunos_evaluate_options;
KERAUNOS_C_API keraunos_status keraunos_evaluate_options_create(keraunos_evaluate_options** options, keraunos_error** error);
KERAUNOS_C_API void keraunos_evaluate_options_free(keraunos_evaluate_options* options);
/// Rows of a batch; without it 32. Results depend on it where rows have weights or masks.
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

/// An execution context of the caller's own: memory, states of stateful layers, captured CUDA graphs. One caller at a time. Keeps
/// the model alive. Its views have no names and stand in the model's order. What waits for work that was enqueued is said of
/// Session in keraunos/session.h.
typedef struct keraunos_session keraunos_session;

/// A cudaStream_t, without a CUDA header.
typedef struct CUstream_st* keraunos_stream;
/// The legacy default stream, which synchronises with every other: CUDA's cudaStreamLegacy. NULL is refused.
#define KERAUNOS_LEGACY_STREAM ((keraunos_stream)(uintptr_t)1)

KERAUNOS_C_API keraunos_status keraunos_session_create(const keraunos_model* model, keraunos_session** session,
                                                       keraunos_error** error);
KERAUNOS_C_API void keraunos_session_free(keraunos_session* session);
/// Plans and allocates for inputs of these shapes, so that calls of them allocate nothing.
KERAUNOS_C_API keraunos_status keraunos_session_reserve(keraunos_session* session, const keraunos_shape* inputs,
                                                        size_t input_count, keraunos_error** error);
/// Names, dtypes and shapes of the outputs for inputs of these shapes, into an array of as many as the model has outputs.
KERAUNOS_C_API keraunos_status keraunos_session_outputs_for(keraunos_session* session, const keraunos_shape* inputs,
                                                            size_t input_count, keraunos_spec* outputs, size_t output_count,
                                                            keraunos_error** error);
/// Computes and waits. Buffers have the dtypes and dims of keraunos_session_outputs_for(). A buffer of dtype KERAUNOS_STRING
/// receives keraunos_strings whose characters live until the session or the inputs are used for something else.
KERAUNOS_C_API keraunos_status keraunos_session_run(keraunos_session* session, const keraunos_view* inputs, size_t input_count,
                                                    const keraunos_buffer* outputs, size_t output_count, keraunos_error** error);
/// Enqueues on the caller's stream and returns. Elements and buffers, on the device or the host, must live until the stream has
/// passed. The caller synchronises, then calls keraunos_session_check(). A KERAUNOS_USAGE_ERROR on a CPU model, for one that
/// cannot run without waiting, and for strings. The stream may be captured: see Session::enqueue in keraunos/session.h.
KERAUNOS_C_API keraunos_status keraunos_session_enqueue(keraunos_session* session, const keraunos_view* inputs,
                                                        size_t input_count, const keraunos_buffer* outputs, size_t output_count,
                                                        keraunos_stream stream, keraunos_error** error);
/// After the caller's synchronisation: the KERAUNOS_DATA_ERROR of the last run, if it had one.
KERAUNOS_C_API keraunos_status keraunos_session_check(keraunos_session* session, keraunos_error** error);
/// States of stateful layers back to zeros.
KERAUNOS_C_API keraunos_status keraunos_session_reset_states(keraunos_session* session, keraunos_error** error);
/// Copies of the states, named "layer/0", "layer/1".
KERAUNOS_C_API keraunos_status keraunos_session_states(const keraunos_session* session, keraunos_results** states,
                                                       keraunos_error** error);
/// Views with names of states, on the CPU.
KERAUNOS_C_API keraunos_status keraunos_session_set_states(keraunos_session* session, const keraunos_view* states,
                                                           size_t state_count, keraunos_error** error);

#ifdef __cplusplus
}  // extern "C"
#endif
