// Functions that describe a model.
#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

using namespace keraunos::c;

keraunos_status keraunos_model_name(const keraunos_model* model, const char** name, keraunos_error** error) {
  return guarded(error, [&] { given(name, "name") = given(model, "model").name.c_str(); });
}

keraunos_status keraunos_model_device(const keraunos_model* model, keraunos_device_kind* device, int32_t* index,
                                      keraunos_error** error) {
  return guarded(error, [&] {
    const keraunos::Device where = given(model, "model").model.device();
    given(device, "device") = where.kind;
    given(index, "index") = where.index;
  });
}

keraunos_status keraunos_model_input_count(const keraunos_model* model, size_t* count, keraunos_error** error) {
  return guarded(error, [&] { given(count, "count") = given(model, "model").inputs.size(); });
}

keraunos_status keraunos_model_input(const keraunos_model* model, size_t index, keraunos_spec* input, keraunos_error** error) {
  return guarded(error, [&] {
    const auto& inputs = given(model, "model").inputs;
    check_index(index, inputs.size(), "inputs");
    given(input, "input") = spec_for_caller(inputs[index]);
  });
}

keraunos_status keraunos_model_output_count(const keraunos_model* model, size_t* count, keraunos_error** error) {
  return guarded(error, [&] { given(count, "count") = given(model, "model").outputs.size(); });
}

keraunos_status keraunos_model_output(const keraunos_model* model, size_t index, keraunos_spec* output, keraunos_error** error) {
  return guarded(error, [&] {
    const auto& outputs = given(model, "model").outputs;
    check_index(index, outputs.size(), "outputs");
    given(output, "output") = spec_for_caller(outputs[index]);
  });
}

keraunos_status keraunos_model_summary(const keraunos_model* model, int32_t width, char** text, keraunos_error** error) {
  return guarded(error, [&] {
    char*& result = cleared(text, "text");
    result = text_for_caller(given(model, "model").model.summary(width));
  });
}

keraunos_status keraunos_model_plan_json(const keraunos_model* model, const keraunos_shape* inputs, size_t input_count,
                                         char** json, keraunos_error** error) {
  return guarded(error, [&] {
    char*& result = cleared(json, "json");
    result = text_for_caller(to_json(given(model, "model").model.describe_plan(dims_of(inputs, input_count))));
  });
}

keraunos_status keraunos_model_plan_text(const keraunos_model* model, const keraunos_shape* inputs, size_t input_count,
                                         char** text, keraunos_error** error) {
  return guarded(error, [&] {
    char*& result = cleared(text, "text");
    result = text_for_caller(given(model, "model").model.plan(dims_of(inputs, input_count)));
  });
}

keraunos_status keraunos_model_memory(const keraunos_model* model, keraunos_memory* memory, keraunos_error** error) {
  return guarded(error, [&] {
    const keraunos::MemoryUse use = given(model, "model").model.memory();
    given(memory, "memory") = {.weights_host = use.weights.host,
                               .weights_device = use.weights.device,
                               .scratch = use.scratch,
                               .constants_host = use.constants.host,
                               .constants_device = use.constants.device,
                               .plans_host = use.plans.host,
                               .plans_device = use.plans.device,
                               .sessions_host = use.sessions.host,
                               .sessions_device = use.sessions.device};
  });
}

keraunos_status keraunos_model_trim(const keraunos_model* model, keraunos_error** error) {
  return guarded(error, [&] { given(model, "model").model.trim(); });
}

keraunos_status keraunos_model_compiled(const keraunos_model* model, int32_t* compiled, keraunos_error** error) {
  return guarded(error, [&] { given(compiled, "compiled") = given(model, "model").model.compiled() ? 1 : 0; });
}
