// Strings in and out.
#include <string.h>

#include "check.h"
#include "device.h"
#include "recorded.h"

enum { WORDS = sizeof words_in / sizeof *words_in, INVERSE = sizeof inverse_in / sizeof *inverse_in };

static void check_words(const keraunos_model* model, const keraunos_string* words) {
  keraunos_error* error = NULL;
  keraunos_results* results = NULL;
  keraunos_view y = {0};
  const keraunos_view x = {.data = words, .dtype = KERAUNOS_STRING, .rank = 2, .dims = {5, 3}};
  CHECK_OK(keraunos_predict(model, &x, 1, NULL, &results, &error));
  CHECK_OK(keraunos_results_find(results, "lookup", &y, &error));
  CHECK(y.dtype == KERAUNOS_INT64 && y.data != NULL && memcmp(y.data, words_ids, sizeof words_ids) == 0);
  CHECK_OK(keraunos_results_find(results, "y", &y, &error));
  CHECK_CLOSE(y, words_y);
  keraunos_results_free(results);
}

static int same_words(const keraunos_string* found) {
  for (int i = 0; i < INVERSE; ++i) {
    if (found[i].size != strlen(inverse_words[i]) || memcmp(found[i].data, inverse_words[i], found[i].size) != 0) return 0;
  }
  return 1;
}

static void check_inverse(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("string_lookup_inverse_k3");
  keraunos_results* results = NULL;
  keraunos_session* session = NULL;
  keraunos_view y = {0};
  keraunos_string written[INVERSE];
  const keraunos_view x = {.data = inverse_in, .dtype = KERAUNOS_INT64, .rank = 2, .dims = {3, 3}};
  const keraunos_buffer buffer = {.data = written, .dtype = KERAUNOS_STRING, .rank = 2, .dims = {3, 3}};
  CHECK_OK(keraunos_predict(model, &x, 1, NULL, &results, &error));
  CHECK_OK(keraunos_results_at(results, 0, &y, &error));
  CHECK_ERROR(keraunos_predict_into(model, &x, 1, NULL, &buffer, 1, &error), KERAUNOS_USAGE_ERROR, "use keraunos_predict");
  CHECK_OK(keraunos_session_create(model, &session, &error));
  CHECK_OK(keraunos_session_run(session, &x, 1, &buffer, 1, &error));
  CHECK(same_words(written));
  keraunos_session_free(session);
  keraunos_model_free(model);
  CHECK(y.dtype == KERAUNOS_STRING && y.rank == 2 && y.dims[0] == 3 && same_words(y.data));
  keraunos_results_free(results);
}

void test_strings(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("string_lookup_adapted_k3");
  keraunos_results* results = NULL;
  keraunos_string terminated[WORDS], counted[WORDS];
  for (int i = 0; i < WORDS; ++i) {
    terminated[i] = (keraunos_string){words_in[i], KERAUNOS_TERMINATED};
    counted[i] = (keraunos_string){words_in[i], strlen(words_in[i])};
  }
  counted[0] = (keraunos_string){NULL, 0};  // "" too
  check_words(model, terminated);
  check_words(model, counted);
  terminated[4] = (keraunos_string){NULL, KERAUNOS_TERMINATED};
  const keraunos_view broken = {.data = terminated, .dtype = KERAUNOS_STRING, .rank = 2, .dims = {5, 3}};
  const keraunos_view elsewhere = {.data = counted, .dtype = KERAUNOS_STRING, .device = KERAUNOS_CUDA, .rank = 2, .dims = {5, 3}};
  CHECK_ERROR(keraunos_predict(model, &broken, 1, NULL, &results, &error), KERAUNOS_USAGE_ERROR, "string 4 of `inputs[0]`");
  CHECK_ERROR(keraunos_predict(model, &elsewhere, 1, NULL, &results, &error), KERAUNOS_USAGE_ERROR, "on the CPU only");
  CHECK(results == NULL);
  keraunos_model_free(model);
  check_inverse();
}
