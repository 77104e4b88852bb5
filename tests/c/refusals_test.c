// Errors that are possible in C but not in C++, and NULL for every argument.
#include <string.h>

#include "check.h"
#include "device.h"

static void check_view(const keraunos_model* model, keraunos_view x, const char* words) {
  keraunos_error* error = NULL;
  keraunos_results* results = NULL;
  CHECK_ERROR(keraunos_predict(model, &x, 1, NULL, &results, &error), KERAUNOS_USAGE_ERROR, words);
  CHECK(results == NULL);
}

static void check_buffer(const keraunos_model* model, keraunos_buffer y, size_t count, const char* words) {
  keraunos_error* error = NULL;
  const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){EXAMPLE_ROWS, 3});
  CHECK_ERROR(keraunos_predict_into(model, &x, 1, NULL, &y, count, &error), KERAUNOS_USAGE_ERROR, words);
}

void test_refusals(void) {
  keraunos_model* model = model_of_example();
  const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){EXAMPLE_ROWS, 3});
  keraunos_view changed = x;
  changed.dtype = 14;
  check_view(model, changed, "`inputs[0]` has the dtype 14");
  changed.dtype = -1;
  check_view(model, changed, "dtype -1");
  changed = x, changed.dtype = KERAUNOS_STRING, changed.dims[0] = 0;
  check_view(model, changed, "string");
  changed = x, changed.rank = 9;
  check_view(model, changed, "rank 9");
  changed.rank = -1;
  check_view(model, changed, "rank -1");
  changed.rank = 1;
  check_view(model, changed, "(10,)");
  changed = x, changed.dims[0] = -10;
  check_view(model, changed, "-10");
  changed.dims[0] = changed.dims[1] = INT64_MAX;
  check_view(model, changed, "");
  changed = x, changed.dims[1] = 4;
  check_view(model, changed, "(10, 4)");
  changed = x, changed.data = NULL;
  check_view(model, changed, "`inputs[0]` is (10, 3), but its data is NULL");
  changed = x, changed.device = 3;
  check_view(model, changed, "kind 3");
  changed.device = KERAUNOS_CUDA;
  check_view(model, changed, "lies on cuda:0");

  float memory[EXAMPLE_ROWS * 5];
  const keraunos_buffer y = {.data = memory, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {EXAMPLE_ROWS, 5}};
  keraunos_buffer other = y;
  check_buffer(model, y, 0, "the model has 1 outputs, found 0 buffers");
  other.data = NULL;
  check_buffer(model, other, 1, "`outputs[0]` is (10, 5), but its data is NULL");
  other = y, other.dtype = KERAUNOS_FLOAT64;
  check_buffer(model, other, 1, "(10, 5) float64");
  other = y, other.dims[0] = 9;
  check_buffer(model, other, 1, "(9, 5)");
  other = y, other.device = KERAUNOS_CUDA;
  check_buffer(model, other, 1, "`outputs[0]` lies on cuda:0");
  keraunos_model_free(model);
}

#define CHECK_NULL(call, argument) CHECK_ERROR(call, KERAUNOS_USAGE_ERROR, "the argument `" argument "` is NULL")

static void check_null_options(void) {
  keraunos_error* error = NULL;
  keraunos_load_options* load = options_for_test();
  keraunos_predict_options* predict = NULL;
  keraunos_evaluate_options* evaluate = NULL;
  keraunos_view view = floats(NULL, example_x, 1, (int64_t[]){1});
  CHECK_OK(keraunos_predict_options_create(&predict, &error));
  CHECK_OK(keraunos_evaluate_options_create(&evaluate, &error));
  CHECK_NULL(keraunos_load_options_create(NULL, &error), "options");
  CHECK_NULL(keraunos_load_options_set_device(NULL, KERAUNOS_CPU, 0, &error), "options");
  CHECK_NULL(keraunos_load_options_set_precision(NULL, 0, &error), "options");
  CHECK_NULL(keraunos_load_options_set_threads(NULL, 0, &error), "options");
  CHECK_NULL(keraunos_load_options_set_compile(NULL, 0, &error), "options");
  CHECK_NULL(keraunos_load_options_set_safe_mode(NULL, 0, &error), "options");
  CHECK_NULL(keraunos_load_options_set_weights(NULL, "w", &error), "options");
  CHECK_NULL(keraunos_load_options_set_weights(load, NULL, &error), "path");
  CHECK_NULL(keraunos_load_options_set_signature(load, NULL, &error), "name");
  CHECK_NULL(keraunos_load_options_set_max_bytes(NULL, 1, &error), "options");
  CHECK_NULL(keraunos_load_options_set_hdf5_reader(NULL, 0, &error), "options");
  CHECK_NULL(keraunos_load_options_set_scratch_folder(load, NULL, &error), "path");
  CHECK_NULL(keraunos_load_options_set_executor(load, NULL, NULL, &error), "executor");
  CHECK_NULL(keraunos_load_options_replace_layer(load, NULL, "x", &error), "layer");
  CHECK_NULL(keraunos_load_options_replace_layer(load, "a", NULL, &error), "expression");
  CHECK_NULL(keraunos_load_options_add_recipe(load, NULL, &error), "recipe");
  CHECK_NULL(keraunos_predict_options_create(NULL, &error), "options");
  CHECK_NULL(keraunos_predict_options_set_batch_size(NULL, 1, &error), "options");
  CHECK_NULL(keraunos_predict_options_set_max_turns(NULL, 1, &error), "options");
  CHECK_NULL(keraunos_predict_options_set_progress(NULL, NULL, NULL, &error), "options");
  CHECK_NULL(keraunos_predict_options_set_stop(NULL, NULL, &error), "options");
  CHECK_NULL(keraunos_stop_create(NULL, &error), "stop");
  CHECK_NULL(keraunos_stop_request(NULL, &error), "stop");
  CHECK_NULL(keraunos_evaluate_options_create(NULL, &error), "options");
  CHECK_NULL(keraunos_evaluate_options_set_batch_size(NULL, 1, &error), "options");
  CHECK_NULL(keraunos_evaluate_options_add_sample_weight(NULL, &view, &error), "options");
  CHECK_NULL(keraunos_evaluate_options_add_sample_weight(evaluate, NULL, &error), "weights");
  keraunos_load_options_free(load);
  keraunos_predict_options_free(predict);
  keraunos_evaluate_options_free(evaluate);
}

static void check_null_model(keraunos_model* model) {
  keraunos_error* error = NULL;
  const char* name;
  char* text;
  keraunos_results* results;
  int32_t kind, number;
  size_t count;
  keraunos_spec spec;
  keraunos_memory memory;
  keraunos_model* other;
  const keraunos_shape shape = {.rank = 2, .dims = {1, 3}};
  const char* const layers[] = {NULL};
  CHECK_NULL(keraunos_load(NULL, NULL, &other, &error), "path");
  CHECK_NULL(keraunos_load("a", NULL, NULL, &error), "model");
  CHECK_NULL(keraunos_load_bytes(NULL, 3, NULL, &other, &error), "bytes");
  CHECK_NULL(keraunos_load_bytes("abc", 3, NULL, NULL, &error), "model");
  CHECK_NULL(keraunos_model_with_outputs(NULL, NULL, 0, &other, &error), "model");
  CHECK_NULL(keraunos_model_with_outputs(model, NULL, 1, &other, &error), "layers");
  CHECK_NULL(keraunos_model_with_outputs(model, layers, 1, &other, &error), "layers");
  CHECK_NULL(keraunos_model_with_outputs(model, layers, 1, NULL, &error), "other");
  CHECK_NULL(keraunos_model_name(NULL, &name, &error), "model");
  CHECK_NULL(keraunos_model_name(model, NULL, &error), "name");
  CHECK_NULL(keraunos_model_device(NULL, &kind, &number, &error), "model");
  CHECK_NULL(keraunos_model_device(model, NULL, &number, &error), "device");
  CHECK_NULL(keraunos_model_device(model, &kind, NULL, &error), "index");
  CHECK_NULL(keraunos_model_input_count(NULL, &count, &error), "model");
  CHECK_NULL(keraunos_model_input_count(model, NULL, &error), "count");
  CHECK_NULL(keraunos_model_input(NULL, 0, &spec, &error), "model");
  CHECK_NULL(keraunos_model_input(model, 0, NULL, &error), "input");
  CHECK_NULL(keraunos_model_output_count(NULL, &count, &error), "model");
  CHECK_NULL(keraunos_model_output_count(model, NULL, &error), "count");
  CHECK_NULL(keraunos_model_output(NULL, 0, &spec, &error), "model");
  CHECK_NULL(keraunos_model_output(model, 0, NULL, &error), "output");
  CHECK_NULL(keraunos_model_load_weights(NULL, "model.h5", NULL, &other, &error), "model");
  CHECK_NULL(keraunos_model_load_weights(model, NULL, NULL, &other, &error), "path");
  CHECK_NULL(keraunos_model_save(NULL, "model.keras", NULL, &error), "model");
  CHECK_NULL(keraunos_model_save(model, NULL, NULL, &error), "path");
  CHECK_NULL(keraunos_model_set_weights(NULL, NULL, NULL, 0, &other, &error), "model");
  CHECK_NULL(keraunos_model_set_weights(model, NULL, NULL, 1, &other, &error), "weights");
  CHECK_NULL(keraunos_model_optimizer_variables(NULL, &results, &error), "model");
  CHECK_NULL(keraunos_model_optimizer_variables(model, NULL, &error), "variables");
  CHECK_NULL(keraunos_save_options_set_quantize(NULL, KERAUNOS_QUANTIZE_INT8, &error), "options");
  CHECK_NULL(keraunos_save_options_set_warning(NULL, NULL, NULL, &error), "options");
  CHECK_NULL(keraunos_load_weights_options_set_by_name(NULL, 1, &error), "options");
  CHECK_NULL(keraunos_load_weights_options_set_skip_mismatch(NULL, 1, &error), "options");
  CHECK_NULL(keraunos_load_weights_options_set_warning(NULL, NULL, NULL, &error), "options");
  CHECK_NULL(keraunos_model_summary(NULL, 80, &text, &error), "model");
  CHECK_NULL(keraunos_model_summary(model, 80, NULL, &error), "text");
  CHECK_NULL(keraunos_model_plan_json(NULL, &shape, 1, &text, &error), "model");
  CHECK_NULL(keraunos_model_plan_json(model, NULL, 1, &text, &error), "inputs");
  CHECK_NULL(keraunos_model_plan_json(model, &shape, 1, NULL, &error), "json");
  CHECK_NULL(keraunos_model_plan_text(NULL, &shape, 1, &text, &error), "model");
  CHECK_NULL(keraunos_model_plan_text(model, &shape, 1, NULL, &error), "text");
  CHECK_NULL(keraunos_model_memory(NULL, &memory, &error), "model");
  CHECK_NULL(keraunos_model_memory(model, NULL, &error), "memory");
  CHECK_NULL(keraunos_model_trim(NULL, &error), "model");
  CHECK_NULL(keraunos_model_compiled(NULL, &kind, &error), "model");
  CHECK_NULL(keraunos_model_compiled(model, NULL, &error), "compiled");
}

static void check_null_calls(keraunos_model* model) {
  keraunos_error* error = NULL;
  keraunos_results* results = NULL;
  keraunos_view view = floats(NULL, example_x, 2, (int64_t[]){1, 3});
  float memory[5];
  size_t count;
  const keraunos_buffer buffer = {.data = memory, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {1, 5}};
  CHECK_NULL(keraunos_predict(NULL, &view, 1, NULL, &results, &error), "model");
  CHECK_NULL(keraunos_predict(model, NULL, 1, NULL, &results, &error), "inputs");
  CHECK_NULL(keraunos_predict(model, &view, 1, NULL, NULL, &error), "results");
  CHECK_NULL(keraunos_predict_into(NULL, &view, 1, NULL, &buffer, 1, &error), "model");
  CHECK_NULL(keraunos_predict_into(model, NULL, 1, NULL, &buffer, 1, &error), "inputs");
  CHECK_NULL(keraunos_predict_into(model, &view, 1, NULL, NULL, 1, &error), "outputs");
  CHECK_NULL(keraunos_evaluate(NULL, &view, 1, &view, 1, NULL, &results, &error), "model");
  CHECK_NULL(keraunos_evaluate(model, &view, 1, NULL, 1, NULL, &results, &error), "targets");
  CHECK_NULL(keraunos_evaluate(model, &view, 1, &view, 1, NULL, NULL, &error), "results");
  CHECK_NULL(keraunos_results_count(NULL, &count, &error), "results");
  CHECK_NULL(keraunos_results_at(NULL, 0, &view, &error), "results");
  CHECK_NULL(keraunos_results_find(NULL, "a", &view, &error), "results");
  CHECK_OK(keraunos_predict(model, &view, 1, NULL, &results, &error));
  CHECK_NULL(keraunos_results_count(results, NULL, &error), "count");
  CHECK_NULL(keraunos_results_at(results, 0, NULL, &error), "view");
  CHECK_NULL(keraunos_results_find(results, NULL, &view, &error), "name");
  CHECK_NULL(keraunos_results_find(results, "softmax", NULL, &error), "view");
  keraunos_results_free(results);
}

static void check_null_parts(keraunos_model* model) {
  keraunos_error* error = NULL;
  keraunos_weights* weights = NULL;
  keraunos_layer* layer = NULL;
  keraunos_spec spec;
  keraunos_view view;
  const char* text;
  size_t count;
  CHECK_NULL(keraunos_model_weights(NULL, &weights, &error), "model");
  CHECK_NULL(keraunos_model_weights(model, NULL, &error), "weights");
  CHECK_NULL(keraunos_weights_count(NULL, &count, &error), "weights");
  CHECK_NULL(keraunos_weights_spec(NULL, 0, &spec, &error), "weights");
  CHECK_NULL(keraunos_weights_find(NULL, "a", &count, &error), "weights");
  CHECK_NULL(keraunos_weights_read(NULL, 0, &view, &error), "weights");
  CHECK_OK(keraunos_model_weights(model, &weights, &error));
  CHECK_NULL(keraunos_weights_count(weights, NULL, &error), "count");
  CHECK_NULL(keraunos_weights_spec(weights, 0, NULL, &error), "spec");
  CHECK_NULL(keraunos_weights_find(weights, NULL, &count, &error), "name");
  CHECK_NULL(keraunos_weights_read(weights, 0, NULL, &error), "view");
  keraunos_weights_free(weights);
  CHECK_NULL(keraunos_model_layer_count(NULL, &count, &error), "model");
  CHECK_NULL(keraunos_model_layer_at(NULL, 0, &layer, &error), "model");
  CHECK_NULL(keraunos_model_layer_at(model, 0, NULL, &error), "layer");
  CHECK_NULL(keraunos_model_layer(model, NULL, &layer, &error), "path");
  CHECK_NULL(keraunos_layer_name(NULL, &text, &error), "layer");
  CHECK_NULL(keraunos_layer_class_name(NULL, &text, &error), "layer");
  CHECK_NULL(keraunos_layer_path(NULL, &text, &error), "layer");
  CHECK_NULL(keraunos_layer_config(NULL, &text, &error), "layer");
  CHECK_NULL(keraunos_layer_sublayer_count(NULL, &count, &error), "layer");
  CHECK_NULL(keraunos_layer_sublayer_at(NULL, 0, &layer, &error), "layer");
  CHECK_NULL(keraunos_layer_weights(NULL, &weights, &error), "layer");
  CHECK(weights == NULL && layer == NULL);
}

static void check_null_session(keraunos_model* model) {
  keraunos_error* error = NULL;
  keraunos_session* session = NULL;
  keraunos_results* states = NULL;
  keraunos_view view = floats(NULL, example_x, 2, (int64_t[]){1, 3});
  float memory[5];
  keraunos_spec spec;
  const keraunos_shape shape = {.rank = 2, .dims = {1, 3}};
  const keraunos_buffer buffer = {.data = memory, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {1, 5}};
  CHECK_NULL(keraunos_session_create(NULL, &session, &error), "model");
  CHECK_NULL(keraunos_session_create(model, NULL, &error), "session");
  CHECK_NULL(keraunos_session_reserve(NULL, &shape, 1, &error), "session");
  CHECK_NULL(keraunos_session_outputs_for(NULL, &shape, 1, &spec, 1, &error), "session");
  CHECK_NULL(keraunos_session_run(NULL, &view, 1, &buffer, 1, &error), "session");
  CHECK_NULL(keraunos_session_enqueue(NULL, &view, 1, &buffer, 1, KERAUNOS_LEGACY_STREAM, &error), "session");
  CHECK_NULL(keraunos_session_check(NULL, &error), "session");
  CHECK_NULL(keraunos_session_reset_states(NULL, &error), "session");
  CHECK_NULL(keraunos_session_states(NULL, &states, &error), "session");
  CHECK_NULL(keraunos_session_set_states(NULL, &view, 1, &error), "session");
  CHECK_OK(keraunos_session_create(model, &session, &error));
  CHECK_NULL(keraunos_session_reserve(session, NULL, 1, &error), "inputs");
  CHECK_NULL(keraunos_session_outputs_for(session, &shape, 1, NULL, 1, &error), "outputs");
  CHECK_NULL(keraunos_session_run(session, NULL, 1, &buffer, 1, &error), "inputs");
  CHECK_NULL(keraunos_session_run(session, &view, 1, NULL, 1, &error), "outputs");
  CHECK_NULL(keraunos_session_enqueue(session, &view, 1, &buffer, 1, NULL, &error), "stream");
  CHECK_NULL(keraunos_session_states(session, NULL, &error), "states");
  CHECK_NULL(keraunos_session_set_states(session, &view, 1, &error), "states[].name");
  keraunos_session_free(session);
  keraunos_session_free(NULL);
  CHECK(states == NULL);
}

void test_nulls(void) {
  keraunos_model* model = model_of_example();
  check_null_options();
  check_null_model(model);
  check_null_calls(model);
  check_null_parts(model);
  check_null_session(model);
  keraunos_model_free(model);
}
