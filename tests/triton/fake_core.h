// What Triton's server does for a backend, for tests: the objects behind the handles of src/triton/abi.h. The functions of the
// interface are defined in fake_core.cpp (models, instances) and fake_requests.cpp (requests, responses).
#pragma once

#include <atomic>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "keraunos/tensor.h"
#include "triton/abi.h"

struct TRITONSERVER_Error {
  TRITONSERVER_Error_Code code;
  std::string message;
  static std::atomic<int> alive;
};
struct TRITONSERVER_Message {
  std::string text;
  static std::atomic<int> alive;
};
struct TRITONBACKEND_BackendAttribute {
  std::vector<TRITONSERVER_InstanceGroupKind> preferred{};
};
struct TRITONBACKEND_Backend {
  TRITONSERVER_Message config{R"({"cmdline": {"auto-complete-config": "true", "default-max-batch-size": "4"}})"};
  uint32_t major = 1, minor = 19;
};
struct TRITONBACKEND_Model {
  TRITONBACKEND_Backend* backend = nullptr;
  std::string location{}, config = R"({"name": "m", "backend": "keraunos", "max_batch_size": 0})";
  bool auto_complete = true;
  void* state = nullptr;
};
struct TRITONBACKEND_ModelInstance {
  struct Batch {
    uint64_t rows = 0;
    bool ordered = false;  ///< its times follow one another
  };
  TRITONBACKEND_Model* model = nullptr;
  TRITONSERVER_InstanceGroupKind kind = TRITONSERVER_INSTANCEGROUPKIND_CPU;
  int32_t device = 0;
  void* state = nullptr;
  std::vector<Batch> batches{};  ///< that the backend reported
  int succeeded = 0, failed = 0;
};
struct TRITONBACKEND_Input {
  std::string name;
  TRITONSERVER_DataType type;
  std::vector<int64_t> shape;
  std::vector<std::unique_ptr<std::vector<std::byte>>> buffers{};  ///< each exactly as long as it says, so that ASan sees more
  TRITONSERVER_MemoryType memory = TRITONSERVER_MEMORY_CPU;
  int64_t device = 0;
  std::vector<std::shared_ptr<void>> on_gpu{};  ///< the same bytes, where `memory` is a GPU's
};
struct TRITONBACKEND_Output {
  std::string name;
  TRITONSERVER_DataType type;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes{};
  std::shared_ptr<void> on_gpu{};  ///< instead
  TRITONSERVER_MemoryType preferred = TRITONSERVER_MEMORY_CPU;
  TRITONBACKEND_Request* request = nullptr;
};
struct TRITONBACKEND_Request {
  std::vector<TRITONBACKEND_Input> inputs{};
  std::vector<std::string> asked{};  ///< outputs; empty: all
  bool cancelled = false, refuses_response = false, refuses_output = false;
  TRITONSERVER_MemoryType output_memory = TRITONSERVER_MEMORY_CPU;
  bool takes_preferred = false;  ///< outputs lie where the backend prefers, whatever output_memory says
  int64_t output_device = 0;
  // What became of it.
  std::vector<std::unique_ptr<TRITONBACKEND_Output>> outputs{};
  int responses = 0, releases = 0, reports = 0;  ///< responses: sent
  bool reported_success = false;
  std::string error{};  ///< that was sent
  TRITONSERVER_Error_Code code = TRITONSERVER_ERROR_UNKNOWN;
};
struct TRITONBACKEND_Response {
  TRITONBACKEND_Request* request;
  static std::atomic<int> alive;
};

namespace keraunos::triton {

/// An input whose bytes come in `pieces` buffers.
TRITONBACKEND_Input input_of(const std::string& name, const TensorView& view, size_t pieces = 1);

/// Moves the bytes into memory of GPU 0, `offset` bytes behind the begin of an allocation.
void move_to_gpu(TRITONBACKEND_Input& input, size_t offset = 0);

/// The elements of an answered output.
Tensor tensor_of(const TRITONBACKEND_Output& output);
/// The output of this name; an error of the test where there is none.
Tensor output(const TRITONBACKEND_Request& request, const std::string& name);

}  // namespace keraunos::triton
