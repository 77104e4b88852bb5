// Loading: from a file and from bytes, options, and messages about files that do not load.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "device.h"

void test_version(void) {
  char stated[32];
  snprintf(stated, sizeof stated, "%d.%d.%d", KERAUNOS_VERSION_MAJOR, KERAUNOS_VERSION_MINOR, KERAUNOS_VERSION_PATCH);
  CHECK(keraunos_abi_version() == KERAUNOS_ABI_VERSION);
  CHECK_TEXT(keraunos_version(), stated);
  CHECK(keraunos_dtype_size(KERAUNOS_BFLOAT16) == 2);
  CHECK(keraunos_dtype_size(KERAUNOS_STRING) == sizeof(keraunos_string));
  CHECK(keraunos_dtype_size(14) == 0);
  CHECK(keraunos_dtype_size(-1) == 0);
  CHECK_TEXT(keraunos_dtype_name(KERAUNOS_BOOL), "bool");
  CHECK(keraunos_dtype_name(14) == NULL);
}

static void check_items(const keraunos_error* error) {
  const char *layer = NULL, *class_name = NULL, *reason = NULL;
  CHECK(keraunos_error_item_count(error) == 1);
  keraunos_error_item(error, 0, &layer, &class_name, &reason);
  CHECK_TEXT(layer, "doubled");
  CHECK_TEXT(class_name, "Lambda");
  CHECK(reason != NULL && strlen(reason) > 0);
  keraunos_error_item(error, 0, NULL, NULL, NULL);
  keraunos_error_item(error, 1, &layer, &class_name, &reason);
  CHECK(layer == NULL && class_name == NULL && reason == NULL);
}

void test_errors(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = (keraunos_model*)(uintptr_t)1;  // a failure sets this to NULL
  CHECK_ERROR(keraunos_load("no/such/file.keras", NULL, &model, &error), KERAUNOS_MODEL_ERROR, "no/such/file.keras");
  CHECK(model == NULL);
  CHECK(keraunos_load(case_path("refuse_lambda_k3", "model.keras"), NULL, &model, &error) == KERAUNOS_UNSUPPORTED_ERROR);
  CHECK(model == NULL);
  CHECK(strstr(keraunos_error_message(error), "doubled") != NULL);
  check_items(error);
  keraunos_error_free(error);

  CHECK(keraunos_load("no/such/file.keras", NULL, &model, NULL) == KERAUNOS_MODEL_ERROR);
  CHECK(keraunos_error_kind(NULL) == KERAUNOS_OK);
  CHECK_TEXT(keraunos_error_message(NULL), "");
  CHECK(keraunos_error_item_count(NULL) == 0);
  keraunos_error_free(NULL);
}

static char* bytes_of(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  CHECK(file != NULL);
  if (file == NULL) return NULL;
  char* bytes = malloc(1 << 20);
  *size = bytes == NULL ? 0 : fread(bytes, 1, 1 << 20, file);
  fclose(file);
  return bytes;
}

void test_load(void) {
  keraunos_error* error = NULL;
  keraunos_load_options* options = options_for_test();
  keraunos_model* model = NULL;
  size_t size = 0;
  char* bytes = bytes_of(example_path("keras3.keras"), &size);
  CHECK_ERROR(keraunos_load_bytes(bytes, size / 2, options, &model, &error), KERAUNOS_MODEL_ERROR, "");
  CHECK_ERROR(keraunos_load_bytes(NULL, 0, options, &model, &error), KERAUNOS_MODEL_ERROR, "");
  CHECK_OK(keraunos_load_bytes(bytes, size, options, &model, &error));
  if (bytes != NULL) memset(bytes, 0, size);
  free(bytes);
  keraunos_load_options_free(options);

  const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){EXAMPLE_ROWS, 3});
  keraunos_results* results = NULL;
  keraunos_view y = {0};
  CHECK_OK(keraunos_predict(model, &x, 1, NULL, &results, &error));
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK_CLOSE(y, example_y);
  keraunos_results_free(results);
  keraunos_model_free(model);
}

// Runs tasks in reverse order on the calling thread.
static void run_backwards(void* context, int64_t count, void (*task)(void* argument, int64_t index), void* argument) {
  for (int64_t i = count; i > 0; --i) task(argument, i - 1);
  *(int64_t*)context += count;
}

static void check_values(void) {
  keraunos_error* error = NULL;
  keraunos_load_options* options = NULL;
  keraunos_model* model = NULL;
  CHECK_OK(keraunos_load_options_create(&options, &error));
  CHECK_ERROR(keraunos_load_options_set_device(options, 7, 0, &error), KERAUNOS_USAGE_ERROR, "kind 7");
  CHECK_ERROR(keraunos_load_options_set_device(options, KERAUNOS_CUDA, -1, &error), KERAUNOS_USAGE_ERROR, "-1");
  CHECK_ERROR(keraunos_load_options_set_precision(options, 5, &error), KERAUNOS_USAGE_ERROR, "precision 5");
  CHECK_ERROR(keraunos_load_options_set_hdf5_reader(options, -1, &error), KERAUNOS_USAGE_ERROR, "HDF5 -1");
  CHECK_ERROR(keraunos_load_options_replace_layer(options, "a", "import os", &error), KERAUNOS_MODEL_ERROR, "import os");
  CHECK_OK(keraunos_load_options_set_max_bytes(options, 100, &error));
  CHECK_ERROR(keraunos_load(example_path("keras3.keras"), options, &model, &error), KERAUNOS_MODEL_ERROR, "max_bytes");
  CHECK_OK(keraunos_load_options_set_max_bytes(options, (uint64_t)1 << 30, &error));
  CHECK_OK(keraunos_load_options_set_scratch_folder(options, "/no/such/folder", &error));
  CHECK_ERROR(keraunos_load(example_path("keras3.keras"), options, &model, &error), KERAUNOS_USAGE_ERROR, "/no/such/folder");
  keraunos_load_options_free(options);
  keraunos_load_options_free(NULL);
}

// A class that was copied from an example.
static void check_recipe(void) {
  keraunos_error* error = NULL;
  keraunos_load_options* options = NULL;
  keraunos_model* model = NULL;
  const char* path = case_path("recipe_text_k3", "model.keras");
  CHECK_OK(keraunos_load_options_create(&options, &error));
  CHECK_ERROR(keraunos_load_options_add_recipe(options, "keras", &error), KERAUNOS_USAGE_ERROR, "no recipe");
  CHECK_ERROR(keraunos_load(path, options, &model, &error), KERAUNOS_UNSUPPORTED_ERROR, "--recipe keras_io");
  CHECK_OK(keraunos_load_options_add_recipe(options, "keras_io", &error));
  CHECK_OK(keraunos_load(path, options, &model, &error));
  keraunos_load_options_free(options);
  keraunos_model_free(model);
}

// A model that was compiled with a custom loss and custom metrics.
static void check_custom_loss(void) {
  keraunos_error* error = NULL;
  keraunos_load_options* options = NULL;
  keraunos_model* model = NULL;
  const char* path = case_path("evaluate_custom_whole_k3", "model.keras");
  CHECK_OK(keraunos_load_options_create(&options, &error));
  CHECK_ERROR(keraunos_load(path, options, &model, &error), KERAUNOS_UNSUPPORTED_ERROR, "compile = false");
  CHECK_ERROR(keraunos_load_options_add_metric(options, "a", "y_true -", &error), KERAUNOS_MODEL_ERROR, "expected");
  CHECK_OK(keraunos_load_options_add_loss(options, "whole", "K.mean(K.square(y_true - y_pred))", &error));
  CHECK_OK(keraunos_load(path, options, &model, &error));
  keraunos_load_options_free(options);
  keraunos_model_free(model);
}

// Layer "doubled" computes 2 x; its Python code is translated, or an expression replaces it.
static void check_lambda(void) {
  keraunos_error* error = NULL;
  keraunos_load_options* options = options_for_test();
  keraunos_model *translated = NULL, *replaced = NULL;
  const char* path = case_path("refuse_lambda_k3", "model.keras");
  CHECK_OK(keraunos_load_options_set_safe_mode(options, 0, &error));
  CHECK_OK(keraunos_load(path, options, &translated, &error));
  CHECK_OK(keraunos_load_options_set_safe_mode(options, 1, &error));
  CHECK_ERROR(keraunos_load(path, options, &replaced, &error), KERAUNOS_UNSUPPORTED_ERROR, "safe_mode");
  CHECK_OK(keraunos_load_options_replace_layer(options, "doubled", "6 * x", &error));
  CHECK_OK(keraunos_load(path, options, &replaced, &error));
  keraunos_load_options_free(options);

  const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){1, 3});
  float twice[4] = {0}, six_times[4] = {0};
  const keraunos_buffer a = {.data = twice, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {1, 4}};
  const keraunos_buffer b = {.data = six_times, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {1, 4}};
  CHECK_OK(keraunos_predict_into(translated, &x, 1, NULL, &a, 1, &error));
  CHECK_OK(keraunos_predict_into(replaced, &x, 1, NULL, &b, 1, &error));
  for (int i = 0; i < 4; ++i) twice[i] *= 3;
  const keraunos_view found = floats(NULL, six_times, 2, (int64_t[]){1, 4});
  CHECK_CLOSE(found, twice);
  CHECK(twice[0] < 0 || twice[0] > 0);
  keraunos_model_free(translated);
  keraunos_model_free(replaced);
}

// Architecture and weights in two files.
static void check_weights_file(void) {
  keraunos_error* error = NULL;
  keraunos_load_options* options = options_for_test();
  keraunos_model* model = NULL;
  char weights[1024];
  snprintf(weights, sizeof weights, "%s", case_path("doc_example_k3_json", "model.weights.h5"));
  const char* path = case_path("doc_example_k3_json", "model.json");
  CHECK_ERROR(keraunos_load(path, options, &model, &error), KERAUNOS_MODEL_ERROR, "weights");
  CHECK_OK(keraunos_load_options_set_weights(options, weights, &error));
  CHECK_OK(keraunos_load_options_set_hdf5_reader(options, KERAUNOS_HDF5_STRICT, &error));
  CHECK_OK(keraunos_load(path, options, &model, &error));
  keraunos_model_free(model);
  keraunos_load_options_free(options);
}

// A SavedModel whose functions are computed; without a signature its layers would be.
static void check_signature(void) {
  keraunos_error* error = NULL;
  keraunos_load_options* options = options_for_test();
  keraunos_model* model = NULL;
  keraunos_layer* function = NULL;
  const char* path = case_path("doc_example_k2_tf_traced", "model");
  CHECK_OK(keraunos_load_options_set_signature(options, "training", &error));
  CHECK_ERROR(keraunos_load(path, options, &model, &error), KERAUNOS_MODEL_ERROR, "\"training\"");
  CHECK_OK(keraunos_load_options_set_signature(options, "serving_default", &error));
  CHECK_ERROR(keraunos_load(example_path("keras3.keras"), options, &model, &error), KERAUNOS_USAGE_ERROR, "signature");
  CHECK_OK(keraunos_load(path, options, &model, &error));
  CHECK_OK(keraunos_model_layer(model, "serving_default", &function, &error));
  keraunos_layer_free(function);
  keraunos_model_free(model);
  keraunos_load_options_free(options);
}

static void check_threads_and_compile(void) {
  keraunos_error* error = NULL;
  keraunos_load_options* options = options_for_test();
  keraunos_model* model = NULL;
  int64_t tasks = 0;
  int32_t compiled = -1;
  CHECK_OK(keraunos_load_options_set_threads(options, 2, &error));
  CHECK_OK(keraunos_load_options_set_compile(options, 0, &error));
  CHECK_OK(keraunos_load_options_set_executor(options, run_backwards, &tasks, &error));
  CHECK_OK(keraunos_load(case_path("evaluate_two_outputs_k3", "model.keras"), options, &model, &error));
  CHECK_OK(keraunos_model_compiled(model, &compiled, &error));
  CHECK(compiled == 0);
  keraunos_model_free(model);

  CHECK_OK(keraunos_load(example_path("keras3.keras"), options, &model, &error));
  enum { ROWS = 20000 };
  float* rows = calloc(ROWS * 3, sizeof *rows);
  const keraunos_view x = floats(NULL, rows, 2, (int64_t[]){ROWS, 3});
  keraunos_results* results = NULL;
  if (rows != NULL) memcpy(&rows[(ROWS - EXAMPLE_ROWS) * 3], example_x, sizeof example_x);
  CHECK_OK(keraunos_predict(model, &x, 1, NULL, &results, &error));
  keraunos_view y = {0};
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  const keraunos_view last = floats(NULL, (const float*)y.data + (ROWS - EXAMPLE_ROWS) * 5, 2, (int64_t[]){EXAMPLE_ROWS, 5});
  CHECK_CLOSE(last, example_y);
  if (device_under_test == KERAUNOS_CPU) CHECK(tasks > 0);
  keraunos_results_free(results);
  free(rows);
  keraunos_model_free(model);
  keraunos_load_options_free(options);
}

void test_load_options(void) {
  check_values();
  check_recipe();
  check_custom_loss();
  check_lambda();
  check_weights_file();
  check_signature();
  check_threads_and_compile();
}
