// The C functions that replace, read and save weights.
#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

using namespace keraunos::c;

namespace {

std::function<void(const std::string&)> told(keraunos_warning warning, void* context) {
  if (warning == nullptr) return nullptr;
  return [warning, context](const std::string& sentence) { warning(context, sentence.c_str()); };
}

keraunos::Quantization quantization_of(keraunos_quantization quantize) {
  if (quantize < KERAUNOS_QUANTIZE_NONE || quantize > KERAUNOS_QUANTIZE_INT4)
    throw keraunos::UsageError("`quantize` is " + std::to_string(quantize) + ", which is no keraunos_quantization");
  return static_cast<keraunos::Quantization>(quantize);
}

static_assert(KERAUNOS_QUANTIZE_NONE == static_cast<int>(keraunos::Quantization::none) &&
              KERAUNOS_QUANTIZE_INT8 == static_cast<int>(keraunos::Quantization::int8) &&
              KERAUNOS_QUANTIZE_INT4 == static_cast<int>(keraunos::Quantization::int4));

}  // namespace

keraunos_status keraunos_load_weights_options_create(keraunos_load_weights_options** options, keraunos_error** error) {
  return guarded(error, [&] { create(options, "options"); });
}

void keraunos_load_weights_options_free(keraunos_load_weights_options* options) { delete options; }

keraunos_status keraunos_load_weights_options_set_by_name(keraunos_load_weights_options* options, int32_t by_name,
                                                          keraunos_error** error) {
  return guarded(error, [&] { given(options, "options").options.by_name = by_name != 0; });
}

keraunos_status keraunos_load_weights_options_set_skip_mismatch(keraunos_load_weights_options* options, int32_t skip_mismatch,
                                                                keraunos_error** error) {
  return guarded(error, [&] { given(options, "options").options.skip_mismatch = skip_mismatch != 0; });
}

keraunos_status keraunos_load_weights_options_set_warning(keraunos_load_weights_options* options, keraunos_warning warning,
                                                          void* context, keraunos_error** error) {
  return guarded(error, [&] { given(options, "options").options.warning = told(warning, context); });
}

keraunos_status keraunos_model_load_weights(const keraunos_model* model, const char* path,
                                            const keraunos_load_weights_options* options, keraunos_model** other,
                                            keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_model*& result = cleared(other, "other");
    const auto how = options == nullptr ? keraunos::LoadWeightsOptions{} : options->options;
    result = new keraunos_model(given(model, "model").model.load_weights(&given(path, "path"), how));
  });
}

keraunos_status keraunos_model_set_weights(const keraunos_model* model, const char* layer, const keraunos_view* weights,
                                           size_t count, keraunos_model** other, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_model*& result = cleared(other, "other");
    const keraunos::Model& whole = given(model, "model").model;
    Strings strings;
    std::vector<keraunos::TensorView> views;
    for (const keraunos_view& view : array_of(weights, count, "weights"))
      views.push_back(view_of(view, strings, {"weights", views.size()}));
    result = new keraunos_model(whole.set_weights(views, layer == nullptr ? "" : layer));
  });
}

keraunos_status keraunos_model_optimizer_variables(const keraunos_model* model, keraunos_results** variables,
                                                   keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_results*& result = cleared(variables, "variables");
    result = new keraunos_results(given(model, "model").model.optimizer_variables());
  });
}

keraunos_status keraunos_save_options_create(keraunos_save_options** options, keraunos_error** error) {
  return guarded(error, [&] { create(options, "options"); });
}

void keraunos_save_options_free(keraunos_save_options* options) { delete options; }

keraunos_status keraunos_save_options_set_quantize(keraunos_save_options* options, keraunos_quantization quantize,
                                                   keraunos_error** error) {
  return guarded(error, [&] { given(options, "options").options.quantize = quantization_of(quantize); });
}

keraunos_status keraunos_save_options_set_warning(keraunos_save_options* options, keraunos_warning warning, void* context,
                                                  keraunos_error** error) {
  return guarded(error, [&] { given(options, "options").options.warning = told(warning, context); });
}

keraunos_status keraunos_model_save(const keraunos_model* model, const char* path, const keraunos_save_options* options,
                                    keraunos_error** error) {
  return guarded(error, [&] {
    const auto how = options == nullptr ? keraunos::SaveOptions{} : options->options;
    given(model, "model").model.save(&given(path, "path"), how);
  });
}
