#include "c/convert.h"
#include "c/guard.h"
#include "c/objects.h"

namespace keraunos::c {
namespace {

static_assert(KERAUNOS_PRECISION_AS_SAVED == static_cast<int>(Precision::as_saved) &&
              KERAUNOS_PRECISION_TF32 == static_cast<int>(Precision::tf32) &&
              KERAUNOS_PRECISION_FLOAT16 == static_cast<int>(Precision::float16) &&
              KERAUNOS_HDF5_LIBRARY == static_cast<int>(Hdf5Reader::library));

template <class Set>
keraunos_status change(keraunos_load_options* options, keraunos_error** error, const Set& set) {
  return guarded(error, [&] { set(given(options, "options").options); });
}

void check_choice(int32_t value, int32_t last, const char* what) {
  if (value < 0 || value > last)
    throw UsageError("there is no " + std::string(what) + ' ' + std::to_string(value) + "; it is 0 to " + std::to_string(last));
}

void call_task(void* argument, int64_t index) { (*static_cast<const std::function<void(int64_t)>*>(argument))(index); }

}  // namespace
}  // namespace keraunos::c

using namespace keraunos::c;
using keraunos::LoadOptions;

keraunos_status keraunos_load_options_create(keraunos_load_options** options, keraunos_error** error) {
  return guarded(error, [&] { create(options, "options"); });
}

void keraunos_load_options_free(keraunos_load_options* options) { delete options; }

keraunos_status keraunos_load_options_set_device(keraunos_load_options* options, keraunos_device_kind device, int32_t index,
                                                 keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) { o.device = device_of(device, index); });
}

keraunos_status keraunos_load_options_set_precision(keraunos_load_options* options, keraunos_precision precision,
                                                    keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) {
    check_choice(precision, KERAUNOS_PRECISION_FLOAT16, "precision");
    o.precision = static_cast<keraunos::Precision>(precision);
  });
}

keraunos_status keraunos_load_options_set_threads(keraunos_load_options* options, int32_t threads, keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) { o.threads = threads; });
}

keraunos_status keraunos_load_options_set_compile(keraunos_load_options* options, int32_t compile, keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) { o.compile = compile != 0; });
}

keraunos_status keraunos_load_options_set_safe_mode(keraunos_load_options* options, int32_t safe_mode, keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) { o.safe_mode = safe_mode != 0; });
}

keraunos_status keraunos_load_options_set_weights(keraunos_load_options* options, const char* path, keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) { o.weights = &given(path, "path"); });
}

keraunos_status keraunos_load_options_set_signature(keraunos_load_options* options, const char* name, keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) { o.signature = &given(name, "name"); });
}

keraunos_status keraunos_load_options_set_max_bytes(keraunos_load_options* options, uint64_t max_bytes, keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) { o.max_bytes = max_bytes; });
}

keraunos_status keraunos_load_options_set_hdf5_reader(keraunos_load_options* options, keraunos_hdf5_reader reader,
                                                      keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) {
    check_choice(reader, KERAUNOS_HDF5_LIBRARY, "reader of HDF5");
    o.hdf5 = static_cast<keraunos::Hdf5Reader>(reader);
  });
}

keraunos_status keraunos_load_options_set_scratch_folder(keraunos_load_options* options, const char* path,
                                                         keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) { o.scratch_folder = &given(path, "path"); });
}

keraunos_status keraunos_load_options_set_executor(keraunos_load_options* options, keraunos_executor executor, void* context,
                                                   keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) {
    if (executor == nullptr) refuse_null("executor");
    o.executor = [executor, context](int64_t count, const std::function<void(int64_t)>& task) {
      executor(context, count, call_task, const_cast<std::function<void(int64_t)>*>(&task));
    };
  });
}

keraunos_status keraunos_load_options_replace_layer(keraunos_load_options* options, const char* layer, const char* expression,
                                                    keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) {
    o.custom_objects.replace(&given(layer, "layer"), keraunos::expression_layer(&given(expression, "expression")));
  });
}

keraunos_status keraunos_load_options_add_recipe(keraunos_load_options* options, const char* recipe, keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) { o.custom_objects.recipe(&given(recipe, "recipe")); });
}

keraunos_status keraunos_load_options_add_loss(keraunos_load_options* options, const char* name, const char* expression,
                                               keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) {
    o.custom_objects.loss(&given(name, "name"), keraunos::expression_comparison(&given(expression, "expression")));
  });
}

keraunos_status keraunos_load_options_add_metric(keraunos_load_options* options, const char* name, const char* expression,
                                                 keraunos_error** error) {
  return change(options, error, [&](LoadOptions& o) {
    o.custom_objects.metric(&given(name, "name"), keraunos::expression_comparison(&given(expression, "expression")));
  });
}
