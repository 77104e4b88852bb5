#include "triton/request.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "keraunos/error.h"
#include "triton/calls.h"
#include "triton/dtypes.h"

namespace keraunos::triton {
namespace {

static_assert(std::endian::native == std::endian::little);  // the lengths of texts are little-endian

Dims dims_of(const int64_t* shape, uint32_t rank, const std::string& what) {
  if (rank > Dims::kMaxRank)
    throw UsageError(what + " has " + std::to_string(rank) + " axes, expected at most " + std::to_string(Dims::kMaxRank));
  return Dims(std::span<const int64_t>(shape, rank));
}

void read_parts(TRITONBACKEND_Input* input, uint32_t count, const std::string& what, InputParts& parts, Gpus& gpus) {
  for (uint32_t i = 0; i < count; ++i) {
    const void* data = nullptr;
    uint64_t bytes = 0;
    TRITONSERVER_MemoryType memory = TRITONSERVER_MEMORY_CPU;
    int64_t device = 0;
    check(TRITONBACKEND_InputBuffer(input, i, &data, &bytes, &memory, &device), "TRITONBACKEND_InputBuffer");
    Device where;
    if (memory == TRITONSERVER_MEMORY_GPU) where = gpus.of(device, what).device();
    if (bytes > 0) parts.parts.push_back({{static_cast<const std::byte*>(data), bytes}, where});
  }
}

uint64_t size_of_parts(const InputParts& parts) {
  uint64_t bytes = 0;
  for (const Part& part : parts.parts) bytes += part.bytes.size();
  return bytes;
}

// Each element consists of its length, in four bytes, and its characters.
void read_texts(InputParts& input, const std::string& what, Gpus& gpus) {
  std::span<const std::byte> all;
  if (input.parts.size() == 1 && input.parts[0].where == Device{}) {
    all = input.parts[0].bytes;
  } else if (!input.parts.empty()) {
    const uint64_t bytes = size_of_parts(input);
    input.joined = std::make_unique<std::byte[]>(bytes);
    std::byte* to = input.joined.get();
    for (const Part& part : input.parts) {
      gpus.copy(to, {}, part.bytes.data(), part.where, static_cast<int64_t>(part.bytes.size()));
      to += part.bytes.size();
    }
    gpus.wait();
    all = {input.joined.get(), bytes};
  }
  const auto elements = static_cast<size_t>(input.dims.elements());
  input.texts.reserve(std::min(elements, all.size() / sizeof(uint32_t)));
  while (!all.empty()) {
    uint32_t length = 0;
    if (all.size() >= sizeof(length)) std::memcpy(&length, all.data(), sizeof(length));
    if (all.size() < sizeof(length) || length > all.size() - sizeof(length))
      throw UsageError(what + " ends inside element " + std::to_string(input.texts.size()));
    input.texts.emplace_back(reinterpret_cast<const char*>(all.data()) + sizeof(length), length);
    all = all.subspan(sizeof(length) + length);
  }
  if (input.texts.size() != elements)
    throw UsageError(what + " holds " + std::to_string(input.texts.size()) + " texts, its shape " + input.dims.to_string() +
                     " has " + std::to_string(elements));
}

InputParts input_of(TRITONBACKEND_Request* request, const TensorSpec& spec, Gpus& gpus) {
  const std::string what = "the input \"" + spec.name + '"';
  TRITONBACKEND_Input* input = nullptr;
  if (TRITONSERVER_Error* error = TRITONBACKEND_RequestInput(request, spec.name.c_str(), &input)) {
    ignore(error);
    throw UsageError("the request has no input \"" + spec.name + "\"; expected " + spec.to_string());
  }
  TRITONSERVER_DataType type = TRITONSERVER_TYPE_INVALID;
  const int64_t* shape = nullptr;
  uint32_t rank = 0, buffers = 0;
  check(TRITONBACKEND_InputProperties(input, nullptr, &type, &shape, &rank, nullptr, &buffers), "TRITONBACKEND_InputProperties");
  if (type != data_type_of(spec.dtype))
    throw UsageError(what + " is of " + name_of(type) + ", expected " + name_of(data_type_of(spec.dtype)));
  InputParts parts{.dims = dims_of(shape, rank, what)};
  read_parts(input, buffers, what, parts, gpus);
  if (spec.dtype == DType::string) {
    read_texts(parts, what, gpus);
  } else if (const auto expected = static_cast<uint64_t>(parts.dims.elements() * size_of(spec.dtype));
             size_of_parts(parts) != expected) {
    throw UsageError(what + " has " + std::to_string(size_of_parts(parts)) + " bytes, its shape " + parts.dims.to_string() +
                     " has " + std::to_string(expected));
  }
  return parts;
}

std::vector<std::string> asked_outputs(TRITONBACKEND_Request* request) {
  uint32_t count = 0;
  check(TRITONBACKEND_RequestOutputCount(request, &count), "TRITONBACKEND_RequestOutputCount");
  std::vector<std::string> names(count);
  for (uint32_t i = 0; i < count; ++i) {
    const char* name = nullptr;
    check(TRITONBACKEND_RequestOutputName(request, i, &name), "TRITONBACKEND_RequestOutputName");
    names[i] = name;
  }
  return names;
}

struct Room {
  std::byte* data;
  Device where;
};

/// `preferred`: where the results lie.
Room room_for(TRITONBACKEND_Response* response, const std::string& name, DType type, const Dims& dims, uint64_t bytes,
              Device preferred, Gpus& gpus) {
  TRITONBACKEND_Output* output = nullptr;
  check(TRITONBACKEND_ResponseOutput(response, &output, name.c_str(), data_type_of(type), dims.span().data(),
                                     static_cast<uint32_t>(dims.rank())),
        "TRITONBACKEND_ResponseOutput");
  void* buffer = nullptr;
  TRITONSERVER_MemoryType memory = preferred.kind == Device::cuda ? TRITONSERVER_MEMORY_GPU : TRITONSERVER_MEMORY_CPU;
  int64_t device = preferred.index;
  check(TRITONBACKEND_OutputBuffer(output, &buffer, bytes, &memory, &device), "TRITONBACKEND_OutputBuffer");
  Device where;
  if (memory == TRITONSERVER_MEMORY_GPU) where = gpus.of(device, "the room for the output \"" + name + '"').device();
  return {static_cast<std::byte*>(buffer), where};
}

/// As the protocol has them.
std::vector<std::byte> texts_of(std::span<const std::string_view> texts) {
  uint64_t bytes = 0;
  for (const std::string_view text : texts) {
    if (text.size() > UINT32_MAX) throw DataError("a text of an output is longer than 4 GiB, which the protocol cannot say");
    bytes += sizeof(uint32_t) + text.size();
  }
  std::vector<std::byte> all(bytes);
  std::byte* to = all.data();
  for (const std::string_view text : texts) {
    const auto length = static_cast<uint32_t>(text.size());
    std::memcpy(to, &length, sizeof(length));
    if (length > 0) std::memcpy(to + sizeof(length), text.data(), length);
    to += sizeof(length) + length;
  }
  return all;
}

}  // namespace

std::vector<InputParts> inputs_of(TRITONBACKEND_Request* request, const std::vector<TensorSpec>& specs, Gpus& gpus) {
  std::vector<InputParts> inputs;
  inputs.reserve(specs.size());
  for (const TensorSpec& spec : specs) inputs.push_back(input_of(request, spec, gpus));
  return inputs;
}

void write_outputs(TRITONBACKEND_Request* request, TRITONBACKEND_Response* response, const NamedViews& results, int64_t first,
                   int64_t rows, Gpus& gpus) {
  const std::vector<std::string> asked = asked_outputs(request);
  std::vector<std::vector<std::byte>> texts;
  for (const auto& [name, view] : results) {
    if (!asked.empty() && std::find(asked.begin(), asked.end(), name) == asked.end()) continue;
    std::vector<int64_t> sizes(view.dims.begin(), view.dims.end());
    const int64_t in_a_row = rows < 0 || sizes[0] == 0 ? 0 : view.dims.elements() / sizes[0];
    if (rows >= 0) sizes[0] = rows;
    const Dims dims{std::span<const int64_t>(sizes)};
    const auto begin = static_cast<size_t>(first * in_a_row), count = static_cast<size_t>(dims.elements());
    const auto* from = static_cast<const std::byte*>(view.data);
    size_t bytes = 0;
    if (view.dtype == DType::string) {
      from = texts.emplace_back(texts_of({static_cast<const std::string_view*>(view.data) + begin, count})).data();
      bytes = texts.back().size();
    } else {
      bytes = count * static_cast<size_t>(size_of(view.dtype));
      from += begin * static_cast<size_t>(size_of(view.dtype));
    }
    if (view.where.kind == Device::cuda) static_cast<void>(gpus.of(view.where.index, "the output \"" + name + '"'));
    const Room to = room_for(response, name, view.dtype, dims, bytes, view.where, gpus);
    gpus.copy(to.data, to.where, from, view.where, static_cast<int64_t>(bytes));
  }
  gpus.wait();
}

}  // namespace keraunos::triton
