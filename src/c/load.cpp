#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

keraunos_model::keraunos_model(keraunos::Model loaded)
    : model(std::move(loaded)), name(model.name()), inputs(model.inputs()), outputs(model.outputs()) {}

using namespace keraunos::c;

namespace {

keraunos::LoadOptions options_or_none(const keraunos_load_options* options) {
  return options == nullptr ? keraunos::LoadOptions{} : options->options;
}

}  // namespace

keraunos_status keraunos_load(const char* path, const keraunos_load_options* options, keraunos_model** model,
                              keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_model*& result = cleared(model, "model");
    result = new keraunos_model(keraunos::load_model(&given(path, "path"), options_or_none(options)));
  });
}

keraunos_status keraunos_load_bytes(const void* bytes, size_t size, const keraunos_load_options* options, keraunos_model** model,
                                    keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_model*& result = cleared(model, "model");
    const auto all = array_of(static_cast<const std::byte*>(bytes), size, "bytes");
    result = new keraunos_model(keraunos::load_model(all, options_or_none(options)));
  });
}

keraunos_status keraunos_model_with_outputs(const keraunos_model* model, const char* const* layers, size_t count,
                                            keraunos_model** other, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_model*& result = cleared(other, "other");
    const keraunos::Model& whole = given(model, "model").model;
    std::vector<std::string> names;
    for (const char* layer : array_of(layers, count, "layers")) names.emplace_back(&given(layer, "layers"));
    result = new keraunos_model(whole.with_outputs(names));
  });
}

void keraunos_model_free(keraunos_model* model) { delete model; }
