#include "c/guard.h"
#include "c/objects.h"

using namespace keraunos::c;

keraunos_status keraunos_stop_create(keraunos_stop** stop, keraunos_error** error) {
  return guarded(error, [&] { create(stop, "stop"); });
}

keraunos_status keraunos_stop_request(keraunos_stop* stop, keraunos_error** error) {
  return guarded(error, [&] { given(stop, "stop").source.request_stop(); });
}

void keraunos_stop_free(keraunos_stop* stop) { delete stop; }

keraunos_status keraunos_predict_options_create(keraunos_predict_options** options, keraunos_error** error) {
  return guarded(error, [&] { create(options, "options"); });
}

void keraunos_predict_options_free(keraunos_predict_options* options) { delete options; }

keraunos_status keraunos_predict_options_set_batch_size(keraunos_predict_options* options, int64_t batch_size,
                                                        keraunos_error** error) {
  return guarded(error, [&] { given(options, "options").options.batch_size = batch_size; });
}

keraunos_status keraunos_predict_options_set_max_turns(keraunos_predict_options* options, int64_t max_turns,
                                                       keraunos_error** error) {
  return guarded(error, [&] { given(options, "options").options.max_turns = max_turns; });
}

keraunos_status keraunos_predict_options_set_progress(keraunos_predict_options* options, keraunos_progress progress,
                                                      void* context, keraunos_error** error) {
  return guarded(error, [&] {
    auto& called = given(options, "options").options.progress;
    if (progress == nullptr) return void(called = nullptr);
    called = [progress, context](int64_t done, int64_t total) { progress(context, done, total); };
  });
}

keraunos_status keraunos_predict_options_set_stop(keraunos_predict_options* options, const keraunos_stop* stop,
                                                  keraunos_error** error) {
  return guarded(
      error, [&] { given(options, "options").options.stop = stop == nullptr ? std::stop_token{} : stop->source.get_token(); });
}
