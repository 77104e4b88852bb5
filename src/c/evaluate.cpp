#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

using namespace keraunos::c;

keraunos_status keraunos_evaluate_options_create(keraunos_evaluate_options** options, keraunos_error** error) {
  return guarded(error, [&] { create(options, "options"); });
}

void keraunos_evaluate_options_free(keraunos_evaluate_options* options) { delete options; }

keraunos_status keraunos_evaluate_options_set_batch_size(keraunos_evaluate_options* options, int64_t batch_size,
                                                         keraunos_error** error) {
  return guarded(error, [&] { given(options, "options").batch_size = batch_size; });
}

keraunos_status keraunos_evaluate_options_add_sample_weight(keraunos_evaluate_options* options, const keraunos_view* weights,
                                                            keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_evaluate_options& all = given(options, "options");
    const keraunos_view& view = given(weights, "weights");
    if (view.device != KERAUNOS_CPU) throw keraunos::UsageError("sample weights are read on the CPU");
    Strings strings;
    keraunos::Tensor copy = keraunos::Tensor::copy_of(view_of(view, strings, {"weights", 0}));
    all.sample_weight.emplace_back(view.name == nullptr ? "" : view.name, std::move(copy));
  });
}

keraunos_status keraunos_evaluate(const keraunos_model* model, const keraunos_view* inputs, size_t input_count,
                                  const keraunos_view* targets, size_t target_count, const keraunos_evaluate_options* options,
                                  keraunos_results** results, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_results*& result = cleared(results, "results");
    const keraunos_model& asked = given(model, "model");
    Strings strings;
    const auto x = named_views(array_of(inputs, input_count, "inputs"), asked.inputs, strings, "inputs");
    const auto y = named_views(array_of(targets, target_count, "targets"), asked.outputs, strings, "targets");
    keraunos::EvaluateOptions how;
    if (options != nullptr) {
      how.batch_size = options->batch_size;
      for (const auto& [name, weights] : options->sample_weight) how.sample_weight.emplace_back(name, weights);
    }
    result = new keraunos_results(asked.model.evaluate(x, y, how));
  });
}
