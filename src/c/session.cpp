#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

keraunos_session::keraunos_session(const keraunos_model& model) : session(model.model.session()), outputs(model.outputs) {}

using namespace keraunos::c;
using keraunos::DType;
using keraunos::UsageError;

namespace {

constexpr uintptr_t kLegacyStream = 1;  // KERAUNOS_LEGACY_STREAM, the value of CUDA's cudaStreamLegacy

keraunos::StreamRef stream_of(keraunos_stream stream) {
  if (stream == nullptr) throw UsageError("the argument `stream` is NULL; the legacy default stream is KERAUNOS_LEGACY_STREAM");
  const bool legacy = reinterpret_cast<uintptr_t>(stream) == kLegacyStream;
  return legacy ? keraunos::StreamRef::legacy() : keraunos::StreamRef(stream);
}

void take_arguments(keraunos_session& session, std::span<const keraunos_view> inputs, std::span<const keraunos_buffer> outputs) {
  session.in.clear();
  session.out.clear();
  session.strings.clear();
  for (const keraunos_view& input : inputs) {
    const Place place{"inputs", session.in.size()};
    if (input.name != nullptr)
      throw UsageError(place.text() + " has the name \"" + input.name +
                       "\"; a session's inputs have none: the order of the model counts");
    session.in.push_back(view_of(input, session.strings, place));
  }
  for (const keraunos_buffer& output : outputs)
    session.out.push_back(buffer_of(output, session.strings, {"outputs", session.out.size()}));
}

void refuse_strings(const keraunos_session& session) {
  if (!session.strings.empty()) throw UsageError("strings cannot be enqueued: use keraunos_session_run");
}

void give_strings(const keraunos_session& session, std::span<const keraunos_buffer> outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    const keraunos::MutableView& written = session.out[i];
    if (written.dtype != DType::string) continue;
    const std::span texts(static_cast<const std::string_view*>(written.data), static_cast<size_t>(written.dims.elements()));
    copy_strings(texts, static_cast<keraunos_string*>(outputs[i].data));
  }
}

}  // namespace

keraunos_status keraunos_session_create(const keraunos_model* model, keraunos_session** session, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_session*& result = cleared(session, "session");
    result = new keraunos_session(given(model, "model"));
  });
}

void keraunos_session_free(keraunos_session* session) { delete session; }

keraunos_status keraunos_session_reserve(keraunos_session* session, const keraunos_shape* inputs, size_t input_count,
                                         keraunos_error** error) {
  return guarded(error, [&] { given(session, "session").session.reserve(dims_of(inputs, input_count)); });
}

keraunos_status keraunos_session_outputs_for(keraunos_session* session, const keraunos_shape* inputs, size_t input_count,
                                             keraunos_spec* outputs, size_t output_count, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_session& asked = given(session, "session");
    const auto specs = array_of(outputs, output_count, "outputs");
    if (specs.size() != asked.outputs.size()) {
      throw UsageError("the model has " + std::to_string(asked.outputs.size()) + " outputs, but there is room for " +
                       std::to_string(specs.size()));
    }
    const auto found = asked.session.outputs_for(dims_of(inputs, input_count));
    for (size_t i = 0; i < specs.size(); ++i) {
      specs[i] = spec_for_caller(found[i]);
      specs[i].name = asked.outputs[i].name.c_str();
    }
  });
}

keraunos_status keraunos_session_run(keraunos_session* session, const keraunos_view* inputs, size_t input_count,
                                     const keraunos_buffer* outputs, size_t output_count, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_session& own = given(session, "session");
    const auto buffers = array_of(outputs, output_count, "outputs");
    take_arguments(own, array_of(inputs, input_count, "inputs"), buffers);
    own.session.run(own.in, own.out);
    give_strings(own, buffers);
  });
}

keraunos_status keraunos_session_enqueue(keraunos_session* session, const keraunos_view* inputs, size_t input_count,
                                         const keraunos_buffer* outputs, size_t output_count, keraunos_stream stream,
                                         keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_session& own = given(session, "session");
    const keraunos::StreamRef callers = stream_of(stream);
    take_arguments(own, array_of(inputs, input_count, "inputs"), array_of(outputs, output_count, "outputs"));
    refuse_strings(own);
    own.session.enqueue(own.in, own.out, callers);
  });
}

keraunos_status keraunos_session_check(keraunos_session* session, keraunos_error** error) {
  return guarded(error, [&] { given(session, "session").session.check(); });
}

keraunos_status keraunos_session_reset_states(keraunos_session* session, keraunos_error** error) {
  return guarded(error, [&] { given(session, "session").session.reset_states(); });
}

keraunos_status keraunos_session_states(const keraunos_session* session, keraunos_results** states, keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_results*& result = cleared(states, "states");
    result = new keraunos_results(given(session, "session").session.states());
  });
}

keraunos_status keraunos_session_set_states(keraunos_session* session, const keraunos_view* states, size_t state_count,
                                            keraunos_error** error) {
  return guarded(error, [&] {
    keraunos_session& own = given(session, "session");
    Strings strings;
    keraunos::NamedViews all;
    for (const keraunos_view& state : array_of(states, state_count, "states")) {
      auto view = view_of(state, strings, {"states", all.size()});
      all.emplace_back(&given(state.name, "states[].name"), std::move(view));
    }
    own.session.set_states(all);
  });
}
