#include <gtest/gtest.h>

#include <algorithm>

#include "keraunos/device_memory.h"
#include "triton/dtypes.h"
#include "triton/fake_core.h"

std::atomic<int> TRITONBACKEND_Response::alive{0};

static TRITONSERVER_Error* refused(const std::string& message) {
  return TRITONSERVER_ErrorNew(TRITONSERVER_ERROR_UNAVAILABLE, message.c_str());
}

TRITONSERVER_Error* TRITONBACKEND_RequestInput(TRITONBACKEND_Request* request, const char* name, TRITONBACKEND_Input** input) {
  for (TRITONBACKEND_Input& given : request->inputs) {
    if (given.name == name) return *input = &given, nullptr;
  }
  return refused(std::string("no input ") + name);
}
TRITONSERVER_Error* TRITONBACKEND_RequestOutputCount(TRITONBACKEND_Request* request, uint32_t* count) {
  *count = static_cast<uint32_t>(request->asked.size());
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_RequestOutputName(TRITONBACKEND_Request* request, uint32_t index, const char** name) {
  *name = request->asked.at(index).c_str();
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_RequestIsCancelled(TRITONBACKEND_Request* request, bool* cancelled) {
  *cancelled = request->cancelled;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_RequestRelease(TRITONBACKEND_Request* request, uint32_t flags) {
  EXPECT_EQ(flags, TRITONSERVER_REQUEST_RELEASE_ALL);
  ++request->releases;
  request->inputs.clear();  // their memory is the server's again
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_InputProperties(TRITONBACKEND_Input* input, const char** name, TRITONSERVER_DataType* type,
                                                  const int64_t** shape, uint32_t* rank, uint64_t* bytes, uint32_t* buffers) {
  if (name != nullptr) *name = input->name.c_str();
  if (bytes != nullptr) *bytes = 0;
  *type = input->type, *shape = input->shape.data(), *rank = static_cast<uint32_t>(input->shape.size());
  *buffers = static_cast<uint32_t>(input->buffers.size());
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_InputBuffer(TRITONBACKEND_Input* input, uint32_t index, const void** buffer, uint64_t* bytes,
                                              TRITONSERVER_MemoryType* memory, int64_t* device) {
  EXPECT_EQ(*memory, TRITONSERVER_MEMORY_CPU) << "what the backend prefers";
  const std::vector<std::byte>& part = *input->buffers.at(index);
  *buffer = part.data(), *bytes = part.size(), *memory = input->memory, *device = input->device;
  if (!input->on_gpu.empty()) *buffer = input->on_gpu.at(index).get();
  return nullptr;
}

TRITONSERVER_Error* TRITONBACKEND_ResponseNew(TRITONBACKEND_Response** response, TRITONBACKEND_Request* request) {
  if (request->refuses_response) return refused("no response");
  ++TRITONBACKEND_Response::alive;
  *response = new TRITONBACKEND_Response{request};
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ResponseDelete(TRITONBACKEND_Response* response) {
  --TRITONBACKEND_Response::alive;
  delete response;
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ResponseOutput(TRITONBACKEND_Response* response, TRITONBACKEND_Output** output,
                                                 const char* name, TRITONSERVER_DataType type, const int64_t* shape,
                                                 uint32_t rank) {
  auto made = std::make_unique<TRITONBACKEND_Output>();
  made->name = name, made->type = type, made->shape.assign(shape, shape + rank), made->request = response->request;
  *output = response->request->outputs.emplace_back(std::move(made)).get();
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_OutputBuffer(TRITONBACKEND_Output* output, void** buffer, uint64_t bytes,
                                               TRITONSERVER_MemoryType* memory, int64_t* device) {
  if (output->request->refuses_output) return refused("no memory for outputs");
  output->bytes = std::vector<std::byte>(bytes);
  output->preferred = *memory;
  if (!output->request->takes_preferred) *memory = output->request->output_memory, *device = output->request->output_device;
  *buffer = output->bytes.data();
  if (*memory != TRITONSERVER_MEMORY_GPU || *device != 0) return nullptr;
  output->on_gpu = keraunos::DeviceMemory({keraunos::Device::cuda, 0}).allocate(static_cast<int64_t>(bytes));
  *buffer = output->on_gpu.get();
  return nullptr;
}
TRITONSERVER_Error* TRITONBACKEND_ResponseSend(TRITONBACKEND_Response* response, uint32_t flags, TRITONSERVER_Error* error) {
  EXPECT_EQ(flags, TRITONSERVER_RESPONSE_COMPLETE_FINAL);
  TRITONBACKEND_Request& request = *response->request;
  EXPECT_EQ(request.releases, 0) << "a response behind the release of its request";
  ++request.responses;
  if (error != nullptr) request.error = error->message, request.code = error->code;
  return TRITONBACKEND_ResponseDelete(response);
}

namespace keraunos::triton {
namespace {

void append(std::vector<std::byte>& to, const void* data, size_t bytes) {
  const auto* from = static_cast<const std::byte*>(data);
  to.insert(to.end(), from, from + bytes);
}

}  // namespace

TRITONBACKEND_Input input_of(const std::string& name, const TensorView& view, size_t pieces) {
  TRITONBACKEND_Input input{.name = name, .type = data_type_of(view.dtype), .shape = {view.dims.begin(), view.dims.end()}};
  std::vector<std::byte> all;
  if (view.dtype == DType::string) {
    for (int64_t i = 0; i < view.dims.elements(); ++i) {
      const std::string_view text = static_cast<const std::string_view*>(view.data)[i];
      const auto length = static_cast<uint32_t>(text.size());
      append(all, &length, sizeof length);
      append(all, text.data(), text.size());
    }
  } else {
    append(all, view.data, static_cast<size_t>(view.bytes()));
  }
  const size_t each = all.size() / pieces;
  for (size_t i = 0; i < pieces; ++i) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(i * each);
    input.buffers.push_back(
        std::make_unique<std::vector<std::byte>>(begin, i + 1 == pieces ? all.end() : begin + static_cast<std::ptrdiff_t>(each)));
  }
  return input;
}

void move_to_gpu(TRITONBACKEND_Input& input, size_t offset) {
  DeviceMemory memory({Device::cuda, 0});
  for (const auto& buffer : input.buffers) {
    auto begin = memory.allocate(static_cast<int64_t>(buffer->size() + offset));
    auto* address = static_cast<std::byte*>(begin.get()) + offset;
    memory.copy_in(address, buffer->data(), static_cast<int64_t>(buffer->size()));
    memory.wait();
    std::fill(buffer->begin(), buffer->end(), std::byte{0x5a});  // not to be read
    input.on_gpu.emplace_back(std::move(begin), address);
  }
  input.memory = TRITONSERVER_MEMORY_GPU;
}

Tensor tensor_of(const TRITONBACKEND_Output& answered) {
  TRITONBACKEND_Output output{.name = answered.name, .type = answered.type, .shape = answered.shape, .bytes = answered.bytes};
  if (answered.on_gpu != nullptr) {
    DeviceMemory memory({Device::cuda, 0});
    memory.copy_out(output.bytes.data(), answered.on_gpu.get(), static_cast<int64_t>(output.bytes.size()));
    memory.wait();
  }
  const Dims dims{std::span<const int64_t>(output.shape)};
  if (output.type == TRITONSERVER_TYPE_BYTES) {
    std::vector<std::string> texts;
    for (size_t at = 0; at < output.bytes.size();) {
      uint32_t length = 0;
      std::memcpy(&length, output.bytes.data() + at, sizeof length);
      texts.emplace_back(reinterpret_cast<const char*>(output.bytes.data()) + at + sizeof length, length);
      at += sizeof length + length;
    }
    return Tensor::strings(texts, dims);
  }
  int type = 0;
  while (data_type_of(static_cast<DType>(type)) != output.type) ++type;
  Tensor tensor(static_cast<DType>(type), dims);
  EXPECT_EQ(static_cast<size_t>(tensor.bytes()), output.bytes.size());
  std::copy_n(output.bytes.begin(), output.bytes.size(), static_cast<std::byte*>(tensor.data()));
  return tensor;
}

Tensor output(const TRITONBACKEND_Request& request, const std::string& name) {
  EXPECT_EQ(request.error, "");
  for (const auto& found : request.outputs) {
    if (found->name == name) return tensor_of(*found);
  }
  ADD_FAILURE() << "no output " << name;
  return {};
}

}  // namespace keraunos::triton
