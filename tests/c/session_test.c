// Sessions: run, states, and the caller's own stream and memory of the device.
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "device.h"
#include "recorded.h"

void test_session(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_example();
  keraunos_session* session = NULL;
  keraunos_spec spec;
  float written[EXAMPLE_ROWS * 5];
  const keraunos_shape shape = {.rank = 2, .dims = {EXAMPLE_ROWS, 3}};
  keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){EXAMPLE_ROWS, 3});
  keraunos_buffer y = {.data = written, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {EXAMPLE_ROWS, 5}};
  CHECK_OK(keraunos_session_create(model, &session, &error));
  keraunos_model_free(model);  // the session keeps what it needs
  CHECK_OK(keraunos_session_reserve(session, &shape, 1, &error));
  CHECK_OK(keraunos_session_outputs_for(session, &shape, 1, &spec, 1, &error));
  CHECK_TEXT(spec.name, "softmax");
  CHECK(spec.dtype == KERAUNOS_FLOAT32 && spec.rank == 2 && spec.dims[0] == EXAMPLE_ROWS && spec.dims[1] == 5);
  CHECK_ERROR(keraunos_session_outputs_for(session, &shape, 1, NULL, 0, &error), KERAUNOS_USAGE_ERROR, "room for 0");
  for (int call = 0; call < 3; ++call) {
    memset(written, 0, sizeof written);
    CHECK_OK(keraunos_session_run(session, &x, 1, &y, 1, &error));
    const keraunos_view found = floats(NULL, written, 2, (int64_t[]){EXAMPLE_ROWS, 5});
    CHECK_CLOSE(found, example_y);
  }
  CHECK_OK(keraunos_session_check(session, &error));
  CHECK_ERROR(keraunos_session_run(session, &x, 0, &y, 1, &error), KERAUNOS_USAGE_ERROR, "found 0 and 1");
  x.name = "input";
  CHECK_ERROR(keraunos_session_run(session, &x, 1, &y, 1, &error), KERAUNOS_USAGE_ERROR, "`inputs[0]` has the name \"input\"");
  x.name = NULL;
  x.dtype = KERAUNOS_INT32;
  CHECK_ERROR(keraunos_session_run(session, &x, 1, &y, 1, &error), KERAUNOS_USAGE_ERROR, "int32");
  x.dtype = KERAUNOS_FLOAT32;
  x.device = KERAUNOS_CUDA;
  CHECK_ERROR(keraunos_session_run(session, &x, 1, &y, 1, &error), KERAUNOS_USAGE_ERROR, "input 0 lies on cuda:0");
  x.device = KERAUNOS_CPU;
  y.device = KERAUNOS_CUDA;
  CHECK_ERROR(keraunos_session_run(session, &x, 1, &y, 1, &error), KERAUNOS_USAGE_ERROR, "output 0 lies on cuda:0");
  keraunos_session_free(session);
}

static void run_recurrent(keraunos_session* session, const float* x, const float* expected) {
  keraunos_error* error = NULL;
  float written[6] = {0};
  const keraunos_view in = floats(NULL, x, 3, (int64_t[]){3, 4, 2});
  const keraunos_buffer out = {.data = written, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {3, 2}};
  CHECK_OK(keraunos_session_run(session, &in, 1, &out, 1, &error));
  const keraunos_view y = floats(NULL, written, 2, (int64_t[]){3, 2});
  check_close(&y, expected, 6, __FILE__, __LINE__);
}

void test_states(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("stateful_simple_rnn_k3");
  keraunos_session* session = NULL;
  keraunos_results* states = NULL;
  keraunos_view all[2] = {0};
  size_t count = 0;
  CHECK_OK(keraunos_session_create(model, &session, &error));
  keraunos_model_free(model);
  run_recurrent(session, recurrent_x0, recurrent_y0);
  CHECK_OK(keraunos_session_states(session, &states, &error));
  CHECK_OK(keraunos_results_count(states, &count, &error));
  CHECK(count == 2);  // of two layers
  run_recurrent(session, recurrent_x1, recurrent_y1);
  CHECK_OK(keraunos_session_reset_states(session, &error));
  run_recurrent(session, recurrent_x0, recurrent_y0);
  run_recurrent(session, recurrent_x1, recurrent_y1);
  for (size_t i = 0; i < 2; ++i) CHECK_OK(keraunos_results_at(states, i, &all[i], &error));
  CHECK_OK(keraunos_session_set_states(session, all, 2, &error));  // the states after the first call
  run_recurrent(session, recurrent_x1, recurrent_y1);
  all[0].device = KERAUNOS_CUDA;
  CHECK_ERROR(keraunos_session_set_states(session, all, 1, &error), KERAUNOS_USAGE_ERROR, "lies on cuda:0");
  all[0].device = KERAUNOS_CPU;
  all[0].name = "gone";
  CHECK_ERROR(keraunos_session_set_states(session, all, 1, &error), KERAUNOS_USAGE_ERROR, "no state \"gone\"");
  keraunos_results_free(states);
  keraunos_session_free(session);
}

static void check_enqueued(keraunos_session* session, keraunos_stream stream) {
  keraunos_error* error = NULL;
  float written[EXAMPLE_ROWS * 5] = {0};
  void* in = device_memory(example_x, sizeof example_x);
  void* out = device_memory(NULL, sizeof written);
  keraunos_view x = floats(NULL, in, 2, (int64_t[]){EXAMPLE_ROWS, 3});
  keraunos_buffer y = {.data = out, .dtype = KERAUNOS_FLOAT32, .device = KERAUNOS_CUDA, .rank = 2, .dims = {EXAMPLE_ROWS, 5}};
  x.device = KERAUNOS_CUDA;
  CHECK_OK(keraunos_session_enqueue(session, &x, 1, &y, 1, stream, &error));
  wait_for(stream);
  CHECK_OK(keraunos_session_check(session, &error));
  copy_to_host(written, out, sizeof written);
  const keraunos_view found = floats(NULL, written, 2, (int64_t[]){EXAMPLE_ROWS, 5});
  CHECK_CLOSE(found, example_y);
  y.device_index = 1;
  CHECK_ERROR(keraunos_session_enqueue(session, &x, 1, &y, 1, stream, &error), KERAUNOS_USAGE_ERROR, "output 0 lies on cuda:1");
  free_device_memory(in);
  free_device_memory(out);
}

// The stand-in refuses the default stream; its message shows which stream was used.
static void check_legacy_stream(keraunos_session* session) {
  keraunos_error* error = NULL;
  float written[EXAMPLE_ROWS * 5];
  const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){EXAMPLE_ROWS, 3});
  const keraunos_buffer y = {.data = written, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {EXAMPLE_ROWS, 5}};
  CHECK_ERROR(keraunos_session_enqueue(session, &x, 1, &y, 1, KERAUNOS_LEGACY_STREAM, &error), KERAUNOS_DEVICE_ERROR,
              "default stream");
}

static void check_refused_strings(keraunos_stream stream) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("string_lookup_inverse_k3");
  keraunos_session* session = NULL;
  keraunos_string words[9];
  const keraunos_view x = {.data = inverse_in, .dtype = KERAUNOS_INT64, .rank = 2, .dims = {3, 3}};
  const keraunos_buffer y = {.data = words, .dtype = KERAUNOS_STRING, .rank = 2, .dims = {3, 3}};
  CHECK_OK(keraunos_session_create(model, &session, &error));
  CHECK_ERROR(keraunos_session_enqueue(session, &x, 1, &y, 1, stream, &error), KERAUNOS_USAGE_ERROR, "strings");
  keraunos_session_free(session);
  keraunos_model_free(model);
}

void test_streams(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_example();
  keraunos_session* session = NULL;
  keraunos_stream stream = new_stream();
  CHECK_OK(keraunos_session_create(model, &session, &error));
  keraunos_model_free(model);
  if (device_under_test == KERAUNOS_CUDA) {
    check_enqueued(session, stream);
    check_legacy_stream(session);
    check_refused_strings(stream);
  } else {
    const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){EXAMPLE_ROWS, 3});
    float written[EXAMPLE_ROWS * 5];
    const keraunos_buffer y = {.data = written, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {EXAMPLE_ROWS, 5}};
    CHECK_ERROR(keraunos_session_enqueue(session, &x, 1, &y, 1, KERAUNOS_LEGACY_STREAM, &error), KERAUNOS_USAGE_ERROR, "run()");
  }
  keraunos_session_free(session);
  end_stream(stream);
}
