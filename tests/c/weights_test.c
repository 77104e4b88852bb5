// Weights and layers. The numbers of the layer "average" are compared with Keras's results.
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "recorded.h"

// y = x · kernel (+ bias), in double.
static void check_dense(const keraunos_view* kernel, const keraunos_view* bias) {
  const float* k = kernel->data;
  const float* b = bias->data;
  for (int row = 0; row < 3; ++row) {
    for (int unit = 0; unit < 4; ++unit) {
      double sum = (double)b[unit];
      for (int i = 0; i < 3; ++i) sum += (double)dictionaries_b[row * 3 + i] * (double)k[i * 4 + unit];
      const double off = sum - (double)dictionaries_average[row * 4 + unit];
      CHECK(off < 1e-5 && off > -1e-5);
    }
  }
}

void test_weights(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("ages_dictionaries_k3_12");
  keraunos_weights* weights = NULL;
  keraunos_spec spec;
  keraunos_view kernel, bias, again;
  size_t count = 0, index = 99;
  CHECK_OK(keraunos_model_weights(model, &weights, &error));
  keraunos_model_free(model);
  CHECK_OK(keraunos_weights_count(weights, &count, &error));
  CHECK(count == 4);
  CHECK_OK(keraunos_weights_find(weights, "average/kernel", &index, &error));
  CHECK_OK(keraunos_weights_spec(weights, index, &spec, &error));
  CHECK_TEXT(spec.name, "average/kernel");
  CHECK(spec.dtype == KERAUNOS_FLOAT32 && spec.rank == 2 && spec.dims[0] == 3 && spec.dims[1] == 4);
  CHECK_OK(keraunos_weights_read(weights, index, &kernel, &error));
  CHECK_TEXT(kernel.name, "average/kernel");
  CHECK_OK(keraunos_weights_read(weights, index, &again, &error));
  CHECK(again.data == kernel.data);
  CHECK_OK(keraunos_weights_find(weights, "average/bias", &index, &error));
  CHECK_OK(keraunos_weights_read(weights, index, &bias, &error));
  CHECK(kernel.rank == 2 && bias.rank == 1 && bias.dims[0] == 4);
  check_dense(&kernel, &bias);
  CHECK_ERROR(keraunos_weights_find(weights, "average", &index, &error), KERAUNOS_USAGE_ERROR, "no weight \"average\" among 4");
  CHECK_ERROR(keraunos_weights_read(weights, 4, &kernel, &error), KERAUNOS_USAGE_ERROR, "there are 4 weights, found index 4");
  CHECK_ERROR(keraunos_weights_spec(weights, 4, &spec, &error), KERAUNOS_USAGE_ERROR, "index 4");
  keraunos_weights_free(weights);
  keraunos_weights_free(NULL);
}

static void check_layer(const keraunos_layer* layer) {
  keraunos_error* error = NULL;
  keraunos_weights* weights = NULL;
  keraunos_spec spec;
  const char* text = NULL;
  size_t count = 0;
  CHECK_OK(keraunos_layer_name(layer, &text, &error));
  CHECK_TEXT(text, "average");
  CHECK_OK(keraunos_layer_class_name(layer, &text, &error));
  CHECK_TEXT(text, "Dense");
  CHECK_OK(keraunos_layer_path(layer, &text, &error));
  CHECK_TEXT(text, "average");
  CHECK_OK(keraunos_layer_config(layer, &text, &error));
  CHECK(text != NULL && text[0] == '{' && strstr(text, "\"units\"") != NULL);
  CHECK_OK(keraunos_layer_weights(layer, &weights, &error));
  CHECK_OK(keraunos_weights_count(weights, &count, &error));
  CHECK(count == 2);
  CHECK_OK(keraunos_weights_spec(weights, 0, &spec, &error));
  CHECK_TEXT(spec.name, "kernel");
  keraunos_weights_free(weights);
}

static void check_sublayers(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("ages_nested_deep_k3_12");
  size_t layers = 0, nested = 0;
  CHECK_OK(keraunos_model_layer_count(model, &layers, &error));
  CHECK(layers > 0);
  for (size_t i = 0; i < layers; ++i) {
    keraunos_layer *layer = NULL, *inner = NULL, *found = NULL;
    const char *path = NULL, *same = NULL;
    size_t count = 0;
    CHECK_OK(keraunos_model_layer_at(model, i, &layer, &error));
    CHECK_OK(keraunos_layer_sublayer_count(layer, &count, &error));
    CHECK_ERROR(keraunos_layer_sublayer_at(layer, count, &inner, &error), KERAUNOS_USAGE_ERROR, "sublayers");
    if (count > 0) {
      ++nested;
      CHECK_OK(keraunos_layer_sublayer_at(layer, count - 1, &inner, &error));
      CHECK_OK(keraunos_layer_path(inner, &path, &error));
      CHECK(path != NULL && strchr(path, '/') != NULL);
      CHECK_OK(keraunos_model_layer(model, path, &found, &error));
      CHECK_OK(keraunos_layer_path(found, &same, &error));
      CHECK_TEXT(same, path == NULL ? "" : path);
    }
    keraunos_layer_free(found);
    keraunos_layer_free(inner);
    keraunos_layer_free(layer);
  }
  CHECK(nested > 0);
  keraunos_model_free(model);
}

void test_layers(void) {
  keraunos_error* error = NULL;
  keraunos_model* model = model_of_case("ages_dictionaries_k3_12");
  keraunos_layer *layer = NULL, *none = NULL;
  CHECK_OK(keraunos_model_layer(model, "average", &layer, &error));
  CHECK_ERROR(keraunos_model_layer(model, "averag", &none, &error), KERAUNOS_USAGE_ERROR, "\"average\"");
  CHECK_ERROR(keraunos_model_layer_at(model, 5, &none, &error), KERAUNOS_USAGE_ERROR, "there are 5 layers, found index 5");
  CHECK(none == NULL);
  keraunos_model_free(model);
  check_layer(layer);
  keraunos_layer_free(layer);
  keraunos_layer_free(NULL);
  check_sublayers();
}

static void count_sentences(void* context, const char* sentence) {
  CHECK(strstr(sentence, "stay as they are") != NULL || strstr(sentence, "left out") != NULL ||
        strstr(sentence, "keeps") != NULL);
  ++*(int*)context;
}

void test_other_weights(void) {
  keraunos_error* error = NULL;
  keraunos_model *model = model_of_case("ages_dictionaries_k3_12"), *other = NULL;
  keraunos_save_options* save = NULL;
  keraunos_load_weights_options* options = NULL;
  keraunos_results* variables = NULL;
  float kernel[12] = {0}, bias[4] = {1, 2, 3, 4};
  const keraunos_view views[2] = {{.data = kernel, .dtype = KERAUNOS_FLOAT32, .rank = 2, .dims = {3, 4}},
                                  {.data = bias, .dtype = KERAUNOS_FLOAT32, .rank = 1, .dims = {4}}};
  int sentences = 0;
  size_t count = 1;
  CHECK_OK(keraunos_model_set_weights(model, "average", views, 2, &other, &error));
  keraunos_model_free(other);
  CHECK_ERROR(keraunos_model_set_weights(model, NULL, views, 2, &other, &error), KERAUNOS_USAGE_ERROR, "expected 4");
  CHECK(other == NULL);
  CHECK_OK(keraunos_model_optimizer_variables(model, &variables, &error));
  CHECK_OK(keraunos_results_count(variables, &count, &error));
  CHECK(count == 0);
  CHECK_OK(keraunos_save_options_create(&save, &error));
  CHECK_ERROR(keraunos_save_options_set_quantize(save, 9, &error), KERAUNOS_USAGE_ERROR, "`quantize` is 9");
  CHECK_OK(keraunos_save_options_set_quantize(save, KERAUNOS_QUANTIZE_INT8, &error));
  CHECK_OK(keraunos_save_options_set_warning(save, count_sentences, &sentences, &error));
  CHECK_OK(keraunos_model_save(model, "quantised_by_c.keras", save, &error));
  CHECK(sentences == 0 && remove("quantised_by_c.keras") == 0);
  CHECK_OK(keraunos_load_weights_options_create(&options, &error));
  CHECK_OK(keraunos_load_weights_options_set_by_name(options, 1, &error));
  CHECK_OK(keraunos_load_weights_options_set_skip_mismatch(options, 1, &error));
  CHECK_OK(keraunos_load_weights_options_set_warning(options, count_sentences, &sentences, &error));
  CHECK_ERROR(keraunos_model_load_weights(model, "none.h5", options, &other, &error), KERAUNOS_MODEL_ERROR, "none.h5");
  keraunos_load_weights_options_free(options);
  keraunos_save_options_free(save);
  keraunos_results_free(variables);
  keraunos_model_free(model);
}
