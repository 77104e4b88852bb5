// Predicting with numbers: results of the library and buffers of the caller, names and positions, options.
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "device.h"
#include "recorded.h"

static void check_dtypes(const keraunos_model* model) {
  keraunos_error* error = NULL;
  keraunos_results* results = NULL;
  keraunos_view y = {0};
  double doubles[EXAMPLE_ROWS * 3];
  for (int i = 0; i < EXAMPLE_ROWS * 3; ++i) doubles[i] = (double)example_x[i];
  const keraunos_view x = {.data = doubles, .dtype = KERAUNOS_FLOAT64, .rank = 2, .dims = {EXAMPLE_ROWS, 3}};
  CHECK_OK(keraunos_predict(model, &x, 1, NULL, &results, &error));
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK_CLOSE(y, example_y);
  keraunos_results_free(results);

  char bytes[sizeof example_x + 1];  // an address that is not a multiple of four
  memcpy(bytes + 1, example_x, sizeof example_x);
  const keraunos_view odd = {.data = bytes + 1, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {EXAMPLE_ROWS, 3}};
  CHECK_OK(keraunos_predict(model, &odd, 1, NULL, &results, &error));
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK_CLOSE(y, example_y);
  keraunos_results_free(results);

  const keraunos_view none = {.dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {0, 3}};
  CHECK_OK(keraunos_predict(model, &none, 1, NULL, &results, &error));
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK(y.rank == 2 && y.dims[0] == 0 && y.dims[1] == 5);
  keraunos_results_free(results);
}

void test_predict(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_example();
  const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){EXAMPLE_ROWS, 3});
  keraunos_results* results = NULL;
  keraunos_view y = {0};
  size_t count = 0;
  CHECK_OK(keraunos_predict(model, &x, 1, NULL, &results, &error));
  CHECK_OK(keraunos_results_count(results, &count, &error));
  CHECK(count == 1);
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK(y.rank == 2 && y.dims[0] == EXAMPLE_ROWS && y.dims[1] == 5 && y.device == KERAUNOS_CPU);
  CHECK((uintptr_t)y.data % 64 == 0);
  CHECK_TEXT(y.name, "softmax");
  CHECK_CLOSE(y, example_y);
  CHECK_ERROR(keraunos_results_at(results, 1, &y, &error), KERAUNOS_USAGE_ERROR, "there are 1 results, found index 1");
  keraunos_results_free(results);
  keraunos_results_free(NULL);

  float written[EXAMPLE_ROWS * 5 + 1];
  written[EXAMPLE_ROWS * 5] = 77;
  const keraunos_buffer buffer = {.data = written, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {EXAMPLE_ROWS, 5}};
  CHECK_OK(keraunos_predict_into(model, &x, 1, NULL, &buffer, 1, &error));
  const keraunos_view found = floats(NULL, written, 2, (int64_t[]){EXAMPLE_ROWS, 5});
  CHECK_CLOSE(found, example_y);
  CHECK(written[EXAMPLE_ROWS * 5] > 76 && written[EXAMPLE_ROWS * 5] < 78);
  check_dtypes(model);
  keraunos_model_free(model);
}

static void check_dictionary(const keraunos_model* model, const keraunos_view* inputs) {
  keraunos_error* error = NULL;
  keraunos_results* results = NULL;
  keraunos_view y = {0};
  CHECK_OK(keraunos_predict(model, inputs, 2, NULL, &results, &error));
  CHECK_OK(keraunos_results_find(results, "average", &y, &error));
  CHECK_TEXT(y.name, "average");
  CHECK_CLOSE(y, dictionaries_average);
  CHECK_OK(keraunos_results_find(results, "tall", &y, &error));
  CHECK_CLOSE(y, dictionaries_tall);
  CHECK_ERROR(keraunos_results_find(results, "short", &y, &error), KERAUNOS_USAGE_ERROR, "\"tall\"");
  keraunos_results_free(results);
}

void test_predict_names(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("ages_dictionaries_k3_12");
  const keraunos_view b = floats("b", dictionaries_b, 2, (int64_t[]){3, 3}),
                      z = floats("z", dictionaries_z, 2, (int64_t[]){3, 2});
  const keraunos_view forwards[] = {b, z}, backwards[] = {z, b};
  keraunos_view unnamed[2], mixed[] = {b, z};
  keraunos_spec first;
  keraunos_results* results = NULL;
  check_dictionary(model, forwards);
  check_dictionary(model, backwards);
  CHECK_OK(keraunos_model_input(model, 0, &first, &error));
  memcpy(unnamed, first.name[0] == 'b' ? forwards : backwards, sizeof unnamed);
  unnamed[0].name = unnamed[1].name = mixed[1].name = NULL;
  check_dictionary(model, unnamed);
  CHECK_ERROR(keraunos_predict(model, mixed, 2, NULL, &results, &error), KERAUNOS_USAGE_ERROR, "some have names");
  CHECK_ERROR(keraunos_predict(model, unnamed, 1, NULL, &results, &error), KERAUNOS_USAGE_ERROR, "2 (");
  CHECK_ERROR(keraunos_predict(model, forwards, 1, NULL, &results, &error), KERAUNOS_USAGE_ERROR, "\"z\"");
  mixed[1].name = "zz";
  CHECK_ERROR(keraunos_predict(model, mixed, 2, NULL, &results, &error), KERAUNOS_USAGE_ERROR, "\"zz\"");
  CHECK(results == NULL);

  keraunos_model* sum = (keraunos_model*)(uintptr_t)1;  // a failure sets this to NULL
  const char* const layers[] = {"concatenate"};
  const char* const absent[] = {"concatenated"};
  keraunos_view y = {0};
  CHECK_ERROR(keraunos_model_with_outputs(model, absent, 1, &sum, &error), KERAUNOS_USAGE_ERROR, "\"concatenate\"");
  CHECK(sum == NULL);
  CHECK_OK(keraunos_model_with_outputs(model, layers, 1, &sum, &error));
  CHECK_OK(keraunos_predict(sum, forwards, 2, NULL, &results, &error));
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK(y.rank == 2 && y.dims[1] == 5 && memcmp(y.data, dictionaries_z, 2 * sizeof(float)) == 0);
  keraunos_results_free(results);
  keraunos_model_free(sum);
  keraunos_model_free(model);
}

struct seen {
  int64_t done, total;
  keraunos_stop* stop;
};

static void see(void* context, int64_t done, int64_t total) {
  struct seen* seen = context;
  seen->done = done;
  seen->total = total;
  if (seen->stop != NULL) keraunos_stop_request(seen->stop, NULL);
}

void test_predict_options(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_example();
  keraunos_predict_options* options = NULL;
  keraunos_stop* stop = NULL;
  keraunos_results* results = NULL;
  struct seen seen = {0};
  keraunos_view y = {0};
  const keraunos_view x = floats(NULL, example_x, 2, (int64_t[]){EXAMPLE_ROWS, 3});
  CHECK_OK(keraunos_predict_options_create(&options, &error));
  CHECK_OK(keraunos_predict_options_set_batch_size(options, 2, &error));
  CHECK_OK(keraunos_predict_options_set_max_turns(options, 7, &error));
  CHECK_OK(keraunos_predict_options_set_progress(options, see, &seen, &error));
  CHECK_OK(keraunos_predict(model, &x, 1, options, &results, &error));
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK_CLOSE(y, example_y);
  CHECK(seen.done == EXAMPLE_ROWS && seen.total == EXAMPLE_ROWS);
  keraunos_results_free(results);

  CHECK_OK(keraunos_stop_create(&stop, &error));
  CHECK_OK(keraunos_predict_options_set_stop(options, stop, &error));
  seen.stop = stop;
  seen.done = 0;
  CHECK_OK(keraunos_stop_request(stop, &error));
  CHECK_ERROR(keraunos_predict(model, &x, 1, options, &results, &error), KERAUNOS_CANCELLED, "");
  CHECK(results == NULL);
  keraunos_stop_free(stop);
  keraunos_stop_free(NULL);
  CHECK_OK(keraunos_predict_options_set_progress(options, NULL, NULL, &error));
  CHECK_ERROR(keraunos_predict(model, &x, 1, options, &results, &error), KERAUNOS_CANCELLED, "");
  CHECK_OK(keraunos_predict_options_set_stop(options, NULL, &error));
  CHECK_OK(keraunos_predict(model, &x, 1, options, &results, &error));
  CHECK(seen.done == 0);
  keraunos_results_free(results);
  CHECK_OK(keraunos_predict_options_set_batch_size(options, -2, &error));
  CHECK_ERROR(keraunos_predict(model, &x, 1, options, &results, &error), KERAUNOS_USAGE_ERROR, "batch_size");
  keraunos_predict_options_free(options);
  keraunos_predict_options_free(NULL);
  keraunos_model_free(model);
}
