// Information about a model.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "device.h"

static void check_specs(const keraunos_model* model) {
  keraunos_error* error = NULL;
  keraunos_spec spec;
  size_t count = 0;
  CHECK_OK(keraunos_model_input_count(model, &count, &error));
  CHECK(count == 2);
  CHECK_OK(keraunos_model_output_count(model, &count, &error));
  CHECK(count == 2);
  CHECK_OK(keraunos_model_input(model, 0, &spec, &error));
  CHECK(spec.name[0] == 'b' || spec.name[0] == 'z');
  CHECK(spec.dtype == KERAUNOS_FLOAT32 && spec.rank == 2 && spec.dims[0] == -1 && spec.dims[1] == (spec.name[0] == 'b' ? 3 : 2));
  CHECK_TEXT(spec.input_layer, spec.name);  // the keys are the names of the InputLayers here
  CHECK_OK(keraunos_model_output(model, 1, &spec, &error));
  CHECK(strcmp(spec.name, "average") == 0 || strcmp(spec.name, "tall") == 0);
  CHECK_ERROR(keraunos_model_input(model, 2, &spec, &error), KERAUNOS_USAGE_ERROR, "there are 2 inputs, found index 2");
  CHECK_ERROR(keraunos_model_output(model, 2, &spec, &error), KERAUNOS_USAGE_ERROR, "there are 2 outputs, found index 2");
}

void test_model(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("ages_dictionaries_k3_12");
  const char* name = NULL;
  char* text = NULL;
  keraunos_device_kind kind = -1;
  int32_t index = -1, compiled = -1;
  keraunos_memory memory = {0};
  check_specs(model);
  CHECK_OK(keraunos_model_name(model, &name, &error));
  CHECK_TEXT(name, "functional");
  CHECK_OK(keraunos_model_device(model, &kind, &index, &error));
  CHECK(kind == device_under_test && index == 0);
  CHECK_OK(keraunos_model_compiled(model, &compiled, &error));
  CHECK(compiled == 0);
  CHECK_OK(keraunos_model_summary(model, 100, &text, &error));
  CHECK(text != NULL && strstr(text, "Total params: 28") != NULL && strstr(text, "concatenate (Concatenate)") != NULL);
  keraunos_text_free(text);
  keraunos_text_free(NULL);
  CHECK_OK(keraunos_model_memory(model, &memory, &error));
  CHECK(memory.weights_host >= 28 * 4 && memory.scratch == 0 && memory.sessions_host >= 0);
  CHECK_OK(keraunos_model_save(model, "saved_by_c.keras", NULL, &error));
  CHECK(remove("saved_by_c.keras") == 0);
  CHECK_OK(keraunos_model_trim(model, &error));
  keraunos_model_free(model);
  keraunos_model_free(NULL);
}

void test_plan(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_example();
  const keraunos_shape shape = {.rank = 2, .dims = {EXAMPLE_ROWS, 3}}, wide = {.rank = 2, .dims = {EXAMPLE_ROWS, 4}};
  const keraunos_shape negative = {.rank = 2, .dims = {-1, 3}}, long_rank = {.rank = 9};
  char* text = NULL;
  CHECK_OK(keraunos_model_plan_json(model, &shape, 1, &text, &error));
  CHECK(text != NULL && text[0] == '{' && strstr(text, "\"rows\":10") != NULL && strstr(text, "\"steps\":[{") != NULL);
  keraunos_text_free(text);
  CHECK_OK(keraunos_model_plan_text(model, &shape, 1, &text, &error));
  CHECK(text != NULL && strstr(text, "dense") != NULL);
  keraunos_text_free(text);
  CHECK_ERROR(keraunos_model_plan_json(model, &wide, 1, &text, &error), KERAUNOS_USAGE_ERROR, "(10, 4)");
  CHECK(text == NULL);
  CHECK_ERROR(keraunos_model_plan_json(model, &shape, 0, &text, &error), KERAUNOS_USAGE_ERROR, "1 input");
  CHECK_ERROR(keraunos_model_plan_text(model, &negative, 1, &text, &error), KERAUNOS_USAGE_ERROR, "-1");
  CHECK_ERROR(keraunos_model_plan_text(model, &long_rank, 1, &text, &error), KERAUNOS_USAGE_ERROR, "`inputs[0]` has the rank 9");
  keraunos_model_free(model);
}
