#include "triton/fake_core.h"

std::atomic<int> TRITONSERVER_Error::alive{0};
std::atomic<int> TRITONSERVER_Message::alive{0};

namespace {

TRITONSERVER_Error* made_error(TRITONSERVER_Error_Code code, const std::string& message) {
  ++TRITONSERVER_Error::alive;
  return new TRITONSERVER_Error{code, message};
}

}  // namespace

TRITONSERVER_Error* TRITONSERVER_ErrorNew(TRITONSERVER_Error_Code code, const char* message) { return made_error(code, message); }
void TRITONSERVER_ErrorDelete(TRITONSERVER_Error* error) {
  --TRITONSERVER_Error::alive;
  delete error;
}
const char* TRITONSERVER_ErrorMessage(TRITONSERVER_Error* error) { return error->message.c_str(); }
TRITONSERVER_Error* TRITONSERVER_LogMessage(TRITONSERVER_LogLevel, const char*, int, const char*) { return nullptr; }

TRITONSERVER_Error* TRITONSERVER_MessageNewFromSerializedJson(TRITONSERVER_Message** message, const char* base, size_t size) {
  ++TRITONSERVER_Message::alive;
  *message = new TRITONSERVER_Message{std::string(base, size)};
  return nullptr;
}
TRITONSERVER_Error* TRITONSERVER_MessageSerializeToJson(TRITONSERVER_Message* message, const char** base, size_t* size) {
  *base = message->text.data(), *size = message->text.size();
  return nullptr;
}
TRITONSERVER_Error* TRITONSERVER_MessageDelete(TRITONSERVER_Message* message) {
  --TRITONSERVER_Message::alive;
  delete message;
  return nullptr;
}

// The fake has one server, of the version that the last backend was given.
static TRITONBACKEND_Backend* the_backend = nullptr;

TRITONSERVER_Error* TRITONBACKEND_ApiVersion(uint32_t* major, uint32_t* minor) {
  *major = the_backend->major, *minor = the_backend->minor;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_BackendConfig(TRITONBACKEND_Backend* backend, TRITONSERVER_Message** config) {
  *config = &backend->config;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_BackendAttributeAddPreferredInstanceGroup(TRITONBACKEND_BackendAttribute* attributes,
                                                                            TRITONSERVER_InstanceGroupKind kind, uint64_t,
                                                                            const uint64_t*, uint64_t) {
  attributes->preferred.push_back(kind);
  return nullptr;
}

TRITONSERVER_Error* TRITONBACKEND_ModelVersion(TRITONBACKEND_Model*, uint64_t* version) {
  *version = 1;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelRepository(TRITONBACKEND_Model* model, TRITONBACKEND_ArtifactType* kind,
                                                  const char** location) {
  *kind = TRITONBACKEND_ARTIFACT_FILESYSTEM, *location = model->location.c_str();
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelConfig(TRITONBACKEND_Model* model, uint32_t version, TRITONSERVER_Message** config) {
  if (version != 1) return made_error(TRITONSERVER_ERROR_UNSUPPORTED, "there is version 1 of the configuration");
  return TRITONSERVER_MessageNewFromSerializedJson(config, model->config.data(), model->config.size());
}
TRITONSERVER_Error* TRITONBACKEND_ModelAutoCompleteConfig(TRITONBACKEND_Model* model, bool* asked) {
  *asked = model->auto_complete;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelSetConfig(TRITONBACKEND_Model* model, uint32_t, TRITONSERVER_Message* config) {
  model->config = config->text;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelBackend(TRITONBACKEND_Model* model, TRITONBACKEND_Backend** backend) {
  *backend = model->backend;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelState(TRITONBACKEND_Model* model, void** state) {
  *state = model->state;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelSetState(TRITONBACKEND_Model* model, void* state) {
  model->state = state;
  return nullptr;
}

TRITONSERVER_Error* TRITONBACKEND_ModelInstanceKind(TRITONBACKEND_ModelInstance* instance, TRITONSERVER_InstanceGroupKind* kind) {
  *kind = instance->kind;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelInstanceDeviceId(TRITONBACKEND_ModelInstance* instance, int32_t* device) {
  *device = instance->device;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelInstanceModel(TRITONBACKEND_ModelInstance* instance, TRITONBACKEND_Model** model) {
  *model = instance->model;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelInstanceState(TRITONBACKEND_ModelInstance* instance, void** state) {
  *state = instance->state;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelInstanceSetState(TRITONBACKEND_ModelInstance* instance, void* state) {
  instance->state = state;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelInstanceReportStatistics(TRITONBACKEND_ModelInstance* instance,
                                                                TRITONBACKEND_Request* request, bool success, uint64_t begun,
                                                                uint64_t compute_begun, uint64_t compute_ended, uint64_t ended) {
  const bool ordered = begun > 0 && begun <= compute_begun && compute_begun <= compute_ended && compute_ended <= ended;
  if (request->releases > 0 || (success && !ordered))
    return made_error(TRITONSERVER_ERROR_INVALID_ARG, "a report of a released request, or with times out of order");
  ++request->reports;
  request->reported_success = success;
  ++(success ? instance->succeeded : instance->failed);
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ModelInstanceReportBatchStatistics(TRITONBACKEND_ModelInstance* instance, uint64_t rows,
                                                                     uint64_t begun, uint64_t compute_begun,
                                                                     uint64_t compute_ended, uint64_t ended) {
  const bool ordered = begun > 0 && begun <= compute_begun && compute_begun <= compute_ended && compute_ended <= ended;
  instance->batches.push_back({rows, ordered});
  return nullptr;
}

namespace keraunos::triton {

void start_server(TRITONBACKEND_Backend& backend) { the_backend = &backend; }

}  // namespace keraunos::triton
