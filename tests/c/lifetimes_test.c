// Objects freed in any order, and one model used by several threads.
#include <pthread.h>
#include <string.h>

#include "check.h"

// Results, weights, a layer, a session and another model outlive the model from which they were made.
void test_lifetimes(void) {
  keraunos_error* error = NULL;
  keraunos_model *model = model_of_example(), *other = NULL;
  keraunos_results* results = NULL;
  keraunos_weights* weights = NULL;
  keraunos_layer* layer = NULL;
  keraunos_session* session = NULL;
  keraunos_view y = {0}, kernel = {0};
  const char* const layers[] = {"softmax"};
  const char* name = NULL;
  const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){EXAMPLE_ROWS, 3});
  CHECK_OK(keraunos_predict(model, &x, 1, NULL, &results, &error));
  CHECK_OK(keraunos_model_weights(model, &weights, &error));
  CHECK_OK(keraunos_model_layer_at(model, 0, &layer, &error));
  CHECK_OK(keraunos_session_create(model, &session, &error));
  CHECK_OK(keraunos_model_with_outputs(model, layers, 1, &other, &error));
  keraunos_model_free(model);
  keraunos_session_free(session);
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK_CLOSE(y, example_y);
  keraunos_results_free(results);
  CHECK_OK(keraunos_predict(other, &x, 1, NULL, &results, &error));
  keraunos_model_free(other);
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK_CLOSE(y, example_y);
  CHECK_OK(keraunos_layer_name(layer, &name, &error));
  CHECK(name != NULL && strlen(name) > 0);
  CHECK_OK(keraunos_weights_read(weights, 0, &kernel, &error));
  keraunos_layer_free(layer);
  CHECK(kernel.data != NULL);
  keraunos_weights_free(weights);
  keraunos_results_free(results);
}

struct shared {
  const keraunos_model* model;
  keraunos_weights* weights;
};

static void predict_often(const keraunos_model* model, keraunos_session* session) {
  keraunos_error* error = NULL;
  for (int64_t rows = 1; rows <= EXAMPLE_ROWS; ++rows) {
    float written[EXAMPLE_ROWS * 5];
    const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){rows, 3});
    const keraunos_buffer out = {.data = written, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {rows, 5}};
    const keraunos_view y = floats(NULL, written, 2, (int64_t[]){rows, 5});
    CHECK_OK(keraunos_predict_into(model, &x, 1, NULL, &out, 1, &error));
    check_close(&y, example_y, (size_t)rows * 5, __FILE__, __LINE__);
    CHECK_OK(keraunos_session_run(session, &x, 1, &out, 1, &error));
    check_close(&y, example_y, (size_t)rows * 5, __FILE__, __LINE__);
    CHECK_ERROR(keraunos_predict_into(model, &x, 1, NULL, &out, 0, &error), KERAUNOS_USAGE_ERROR, "0 buffers");
  }
}

static void* use_everything(void* argument) {
  struct shared* shared = argument;
  keraunos_error* error = NULL;
  keraunos_session* session = NULL;
  keraunos_view kernel = {0};
  CHECK_OK(keraunos_session_create(shared->model, &session, &error));
  predict_often(shared->model, session);
  CHECK_OK(keraunos_weights_read(shared->weights, 0, &kernel, &error));
  keraunos_session_free(session);
  return (void*)(uintptr_t)kernel.data;
}

void test_threads(void) {
  enum { THREADS = 4 };
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_example();
  struct shared shared = {.model = model};
  pthread_t threads[THREADS];
  void* kernels[THREADS] = {0};
  CHECK_OK(keraunos_model_weights(model, &shared.weights, &error));
  for (int i = 0; i < THREADS; ++i) CHECK(pthread_create(&threads[i], NULL, use_everything, &shared) == 0);
  for (int i = 0; i < THREADS; ++i) CHECK(pthread_join(threads[i], &kernels[i]) == 0);
  for (int i = 0; i < THREADS; ++i) CHECK(kernels[i] != NULL && kernels[i] == kernels[0]);  // one copy for all threads
  keraunos_weights_free(shared.weights);
  keraunos_model_free(model);
}
