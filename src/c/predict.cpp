#include <cstring>

#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

using namespace keraunos::c;

namespace {

using keraunos::Named;
using keraunos::Tensor;
using keraunos::UsageError;

Named predicted(const keraunos_model& model, std::span<const keraunos_view> inputs, const keraunos_predict_options* options) {
  Strings strings;
  const keraunos::PredictOptions asked = options == nullptr ? keraunos::PredictOptions{} : options->options;
  return model.model.predict(named_views(inputs, model.inputs, strings, "inputs"), asked);
}

std::string shown(keraunos::DType type, const keraunos::Dims& dims) {
  return dims.to_string() + ' ' + std::string(keraunos::name_of(type));
}

// Checks everything about buffers that is known before there are results.
std::vector<keraunos::MutableView> buffers_for(const keraunos_model& model, std::span<const keraunos_buffer> outputs) {
  if (outputs.size() != model.outputs.size()) {
    throw UsageError("the model has " + std::to_string(model.outputs.size()) + " outputs, found " +
                     std::to_string(outputs.size()) + " buffers");
  }
  Strings strings;
  std::vector<keraunos::MutableView> buffers;
  for (const keraunos_buffer& output : outputs) {
    const Place place{"outputs", buffers.size()};
    const auto& buffer = buffers.emplace_back(buffer_of(output, strings, place));
    if (buffer.dtype == keraunos::DType::string)
      throw UsageError(place.text() + " is for strings, whose characters a buffer cannot hold: use keraunos_predict");
    if (buffer.where.kind != keraunos::Device::cpu)
      throw UsageError(place.text() + " lies on " + buffer.where.to_string() + ": use a session to write there");
  }
  return buffers;
}

void copy_out(const Named::Entry& result, const keraunos::MutableView& buffer) {
  const auto& [name, tensor] = result;
  if (tensor.dtype() != buffer.dtype || !(tensor.dims() == buffer.dims)) {
    throw UsageError("output \"" + name + "\" is " + shown(tensor.dtype(), tensor.dims()) + ", but memory was given for " +
                     shown(buffer.dtype, buffer.dims));
  }
  if (tensor.bytes() > 0) std::memcpy(buffer.data, tensor.data(), static_cast<size_t>(tensor.bytes()));
}

}  // namespace

keraunos_status keraunos_predict(const keraunos_model* model, const keraunos_view* inputs, size_t input_count,
                                 const keraunos_predict_options* options, keraunos_results** results, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_results*& result = cleared(results, "results");
    const keraunos_model& asked = given(model, "model");
    result = new keraunos_results(predicted(asked, array_of(inputs, input_count, "inputs"), options));
  });
}

keraunos_status keraunos_predict_into(const keraunos_model* model, const keraunos_view* inputs, size_t input_count,
                                      const keraunos_predict_options* options, const keraunos_buffer* outputs,
                                      size_t output_count, keraunos_error** error) {
  return guarded(error, [&] {
    const keraunos_model& asked = given(model, "model");
    const auto buffers = buffers_for(asked, array_of(outputs, output_count, "outputs"));
    const Named results = predicted(asked, array_of(inputs, input_count, "inputs"), options);
    for (size_t i = 0; i < buffers.size(); ++i) copy_out(results[i], buffers[i]);
  });
}
