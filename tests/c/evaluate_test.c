#include "check.h"
#include "recorded.h"

static void check_scores(const keraunos_results* scores) {
  keraunos_error* error = NULL;
  size_t count = 0;
  CHECK_OK(keraunos_results_count(scores, &count, &error));
  CHECK(count == sizeof scored_values / sizeof *scored_values);
  for (size_t i = 0; i < count; ++i) {
    keraunos_view score = {0};
    CHECK_OK(keraunos_results_at(scores, i, &score, &error));
    CHECK_TEXT(score.name, scored_names[i]);
    CHECK(score.rank == 0 && score.dtype == KERAUNOS_FLOAT32);
    check_close(&score, &scored_values[i], 1, __FILE__, __LINE__);
  }
}

void test_evaluate(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("evaluate_two_outputs_k3");
  keraunos_evaluate_options* options = NULL;
  keraunos_results* scores = NULL;
  int32_t compiled = 0;
  const keraunos_view x = floats(NULL, scored_x, 2, (int64_t[]){5, 4});
  const keraunos_view named[] = {floats("b", scored_b, 2, (int64_t[]){5, 1}), floats("a", scored_a, 2, (int64_t[]){5, 3})};
  const keraunos_view in_order[] = {floats(NULL, scored_a, 2, (int64_t[]){5, 3}), floats(NULL, scored_b, 2, (int64_t[]){5, 1})};
  keraunos_view weight_a = floats("a", scored_weight_a, 1, (int64_t[]){5});
  const keraunos_view weight_b = floats("b", scored_weight_b, 1, (int64_t[]){5});
  CHECK_OK(keraunos_model_compiled(model, &compiled, &error));
  CHECK(compiled == 1);
  CHECK_OK(keraunos_evaluate_options_create(&options, &error));
  CHECK_OK(keraunos_evaluate_options_set_batch_size(options, 2, &error));
  CHECK_OK(keraunos_evaluate_options_add_sample_weight(options, &weight_a, &error));
  CHECK_OK(keraunos_evaluate_options_add_sample_weight(options, &weight_b, &error));
  CHECK_OK(keraunos_evaluate(model, &x, 1, named, 2, options, &scores, &error));
  check_scores(scores);
  keraunos_results_free(scores);
  CHECK_OK(keraunos_evaluate(model, &x, 1, in_order, 2, options, &scores, &error));
  check_scores(scores);
  keraunos_results_free(scores);
  CHECK_ERROR(keraunos_evaluate(model, &x, 1, named, 1, options, &scores, &error), KERAUNOS_USAGE_ERROR, "\"a\"");
  CHECK_ERROR(keraunos_evaluate(model, &x, 1, in_order, 1, options, &scores, &error), KERAUNOS_USAGE_ERROR, "`targets`");
  CHECK(scores == NULL);
  weight_a.device = KERAUNOS_CUDA;
  CHECK_ERROR(keraunos_evaluate_options_add_sample_weight(options, &weight_a, &error), KERAUNOS_USAGE_ERROR, "CPU");
  keraunos_evaluate_options_free(options);
  keraunos_evaluate_options_free(NULL);
  keraunos_model_free(model);
}
