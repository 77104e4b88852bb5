#include "kernels/cuda/cudnn/descriptor.h"

#include <string>

#include "kernels/cuda/runtime/check.h"

namespace keraunos::cuda {

Descriptor::Descriptor(cudnnBackendDescriptorType_t type) {
  check(cudnnBackendCreateDescriptor(type, raw_.receive()), "creating a cuDNN descriptor");
}

Descriptor& Descriptor::set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
                                const void* values) {
  const cudnnStatus_t status = cudnnBackendSetAttribute(raw_.get(), name, type, count, values);
  if (status != CUDNN_STATUS_SUCCESS) check(status, "setting attribute " + std::to_string(name) + " of a cuDNN descriptor");
  return *this;
}

int64_t Descriptor::get_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t most, void* into) const {
  int64_t count = 0;
  const cudnnStatus_t status = cudnnBackendGetAttribute(raw_.get(), name, type, most, &count, into);
  if (status != CUDNN_STATUS_SUCCESS) check(status, "reading attribute " + std::to_string(name) + " of a cuDNN descriptor");
  return count < most || into == nullptr ? count : most;
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, std::span<const int64_t> values) {
  return set_raw(name, CUDNN_TYPE_INT64, static_cast<int64_t>(values.size()), values.data());
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, std::span<void* const> values) {
  return set_raw(name, CUDNN_TYPE_VOID_PTR, static_cast<int64_t>(values.size()), values.data());
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, const Descriptor& value) {
  const cudnnBackendDescriptor_t raw = value.get();
  return set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &raw);
}

Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, std::span<const Descriptor> values) {
  std::vector<cudnnBackendDescriptor_t> raw;
  for (const Descriptor& value : values) raw.push_back(value.get());
  return set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<int64_t>(raw.size()), raw.data());
}

Descriptor& Descriptor::set_text(cudnnBackendAttributeName_t name, std::string_view text) {
  const std::string terminated(text);
  return set_raw(name, CUDNN_TYPE_CHAR, static_cast<int64_t>(terminated.size() + 1), terminated.c_str());
}

Descriptor& Descriptor::finalize(std::string_view what) {
  check(try_finalize(), what);
  return *this;
}

int64_t Descriptor::integer(cudnnBackendAttributeName_t name) const {
  int64_t value = 0;
  get_raw(name, CUDNN_TYPE_INT64, 1, &value);
  return value;
}

int64_t Descriptor::count(cudnnBackendAttributeName_t name) const {
  return get_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, nullptr);
}

int64_t Descriptor::receive(cudnnBackendAttributeName_t name, std::span<Descriptor> into) const {
  std::vector<cudnnBackendDescriptor_t> raw;
  for (const Descriptor& item : into) raw.push_back(item.get());
  if (raw.empty()) return 0;
  return get_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<int64_t>(raw.size()), raw.data());
}

}  // namespace keraunos::cuda
