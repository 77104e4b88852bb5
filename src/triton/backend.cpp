// The functions that Triton calls: they create and destroy models and instances (interface 1.15 and later; tested with
// Triton 2.51).
#include <memory>
#include <string>

#include "keraunos/error.h"
#include "triton/calls.h"
#include "triton/instance.h"
#include "triton/model_file.h"

using namespace keraunos;
using namespace keraunos::triton;

namespace {

std::string text_of(TRITONSERVER_Message* message) {
  const char* base = nullptr;
  size_t bytes = 0;
  check(TRITONSERVER_MessageSerializeToJson(message, &base, &bytes), "TRITONSERVER_MessageSerializeToJson");
  return {base, bytes};
}

/// A Triton message, owned by the backend.
using OwnedMessage =
    std::unique_ptr<TRITONSERVER_Message,
                    decltype([](TRITONSERVER_Message* message) { ignore(TRITONSERVER_MessageDelete(message)); })>;

std::string config_of(TRITONBACKEND_Model* model) {
  TRITONSERVER_Message* message = nullptr;
  check(TRITONBACKEND_ModelConfig(model, 1, &message), "TRITONBACKEND_ModelConfig");
  return text_of(OwnedMessage(message).get());
}

void set_config(TRITONBACKEND_Model* model, const std::string& config) {
  TRITONSERVER_Message* message = nullptr;
  check(TRITONSERVER_MessageNewFromSerializedJson(&message, config.data(), config.size()), "a message of the configuration");
  check(TRITONBACKEND_ModelSetConfig(model, 1, OwnedMessage(message).get()), "TRITONBACKEND_ModelSetConfig");
}

int64_t most_rows(TRITONBACKEND_Backend* backend) {
  TRITONSERVER_Message* message = nullptr;
  check(TRITONBACKEND_BackendConfig(backend, &message), "TRITONBACKEND_BackendConfig");
  return most_rows_of(text_of(message));
}

std::filesystem::path file_of(TRITONBACKEND_Model* model, const Settings& settings) {
  TRITONBACKEND_ArtifactType kind = TRITONBACKEND_ARTIFACT_FILESYSTEM;
  const char* location = nullptr;
  check(TRITONBACKEND_ModelRepository(model, &kind, &location), "TRITONBACKEND_ModelRepository");
  uint64_t version = 0;
  check(TRITONBACKEND_ModelVersion(model, &version), "TRITONBACKEND_ModelVersion");
  if (kind != TRITONBACKEND_ARTIFACT_FILESYSTEM) throw UsageError("the model repository is no folder");
  return model_file(std::filesystem::path(location) / std::to_string(version), settings.file);
}

std::unique_ptr<ServedModel> served(TRITONBACKEND_Model* model) {
  std::string config = config_of(model);
  const Settings settings = settings_of(config);
  auto loaded = std::make_unique<ServedModel>(file_of(model, settings), settings);
  bool complete = false;
  check(TRITONBACKEND_ModelAutoCompleteConfig(model, &complete), "TRITONBACKEND_ModelAutoCompleteConfig");
  if (complete) {
    TRITONBACKEND_Backend* backend = nullptr;
    check(TRITONBACKEND_ModelBackend(model, &backend), "TRITONBACKEND_ModelBackend");
    config = completed(config, loaded->described(), most_rows(backend));
    set_config(model, config);
    loaded->set_batched(settings_of(config).max_batch_size > 0);
  }
  check_config(config, loaded->described());
  if (loaded->batched() && !loaded->described().rows_are_independent)
    log(TRITONSERVER_LOG_WARN,
        "rows of this model depend on each other: requests are computed one by one, max_batch_size does not help");
  return loaded;
}

Device device_of(TRITONBACKEND_ModelInstance* instance) {
  TRITONSERVER_InstanceGroupKind kind = TRITONSERVER_INSTANCEGROUPKIND_AUTO;
  check(TRITONBACKEND_ModelInstanceKind(instance, &kind), "TRITONBACKEND_ModelInstanceKind");
  if (kind == TRITONSERVER_INSTANCEGROUPKIND_CPU) return {};
  if (kind != TRITONSERVER_INSTANCEGROUPKIND_GPU) return Device::automatic();
  int32_t index = 0;
  check(TRITONBACKEND_ModelInstanceDeviceId(instance, &index), "TRITONBACKEND_ModelInstanceDeviceId");
  return {Device::cuda, index};
}

template <class T>
T* state_of(TRITONBACKEND_Model* model) {
  void* state = nullptr;
  check(TRITONBACKEND_ModelState(model, &state), "TRITONBACKEND_ModelState");
  return static_cast<T*>(state);
}

Instance* state_of(TRITONBACKEND_ModelInstance* instance) {
  void* state = nullptr;
  check(TRITONBACKEND_ModelInstanceState(instance, &state), "TRITONBACKEND_ModelInstanceState");
  return static_cast<Instance*>(state);
}

}  // namespace

TRITONSERVER_Error* TRITONBACKEND_Initialize(TRITONBACKEND_Backend* backend) {
  return guarded([&] {
    uint32_t major = 0, minor = 0;
    check(TRITONBACKEND_ApiVersion(&major, &minor), "TRITONBACKEND_ApiVersion");
    if (major != 1 || minor < 15)
      throw UsageError("the server has version " + std::to_string(major) + '.' + std::to_string(minor) +
                       " of the backend interface, expected 1.15 or a later one of 1");
    static_cast<void>(most_rows(backend));  // refuses unknown settings
  });
}

// In a build without CUDA, or on a machine without a GPU, instances run on the CPU if the configuration names no kind.
TRITONSERVER_Error* TRITONBACKEND_GetBackendAttribute(TRITONBACKEND_Backend*, TRITONBACKEND_BackendAttribute* attributes) {
  return guarded([&] {
    const bool gpu = Device::automatic().kind == Device::cuda;
    check(TRITONBACKEND_BackendAttributeAddPreferredInstanceGroup(
              attributes, gpu ? TRITONSERVER_INSTANCEGROUPKIND_GPU : TRITONSERVER_INSTANCEGROUPKIND_CPU, 1, nullptr, 0),
          "TRITONBACKEND_BackendAttributeAddPreferredInstanceGroup");
  });
}

TRITONSERVER_Error* TRITONBACKEND_ModelInitialize(TRITONBACKEND_Model* model) {
  return guarded([&] {
    auto loaded = served(model);
    check(TRITONBACKEND_ModelSetState(model, loaded.get()), "TRITONBACKEND_ModelSetState");
    static_cast<void>(loaded.release());  // freed by ModelFinalize
  });
}

TRITONSERVER_Error* TRITONBACKEND_ModelFinalize(TRITONBACKEND_Model* model) {
  return guarded([&] { delete state_of<ServedModel>(model); });
}

TRITONSERVER_Error* TRITONBACKEND_ModelInstanceInitialize(TRITONBACKEND_ModelInstance* instance) {
  return guarded([&] {
    TRITONBACKEND_Model* model = nullptr;
    check(TRITONBACKEND_ModelInstanceModel(instance, &model), "TRITONBACKEND_ModelInstanceModel");
    auto made = std::make_unique<Instance>(instance, *state_of<ServedModel>(model), device_of(instance));
    check(TRITONBACKEND_ModelInstanceSetState(instance, made.get()), "TRITONBACKEND_ModelInstanceSetState");
    static_cast<void>(made.release());  // freed by ModelInstanceFinalize
  });
}

TRITONSERVER_Error* TRITONBACKEND_ModelInstanceFinalize(TRITONBACKEND_ModelInstance* instance) {
  return guarded([&] { delete state_of(instance); });
}

TRITONSERVER_Error* TRITONBACKEND_ModelInstanceExecute(TRITONBACKEND_ModelInstance* instance, TRITONBACKEND_Request** requests,
                                                       uint32_t count) {
  return guarded([&] { state_of(instance)->execute({requests, count}); });
}
