// Operations of TensorFlow's list on texts that hold bytes: DecodeRaw (numbers) and DecodeBase64, EncodeBase64. Signatures that
// take serialised tensors begin with them.
#include <algorithm>

#include "keraunos/error.h"
#include "loader/files/base64.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// Texts of equal lengths become numbers along a new last axis.
class DecodeRaw final : public DynamicKernel, public ChecksOperands {
 public:
  DecodeRaw(DType type, bool reversed) : type_(type), reversed_(reversed) {}
  std::string name() const override { return "decode raw"; }
  std::string parameters() const override { return std::string(name_of(type_)) + (reversed_ ? " big endian" : ""); }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    return {{type_, with_axis(inputs[0].dims, 1)}};
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const auto texts = elements_of<std::string_view>(inputs[0]);
    const size_t size = static_cast<size_t>(size_of(type_)), length = texts.empty() ? 0 : texts[0].size();
    for (const std::string_view text : texts) {
      if (text.size() != length)
        throw DataError("decodes texts of one length; found one of " + std::to_string(length) + " bytes and one of " +
                        std::to_string(text.size()));
    }
    if (length % size != 0)
      throw DataError("decodes numbers of " + std::to_string(size) + " bytes; found a text of " + std::to_string(length) +
                      " bytes");
    std::vector<Tensor> results;
    results.emplace_back(type_, with_axis(inputs[0].dims, static_cast<int64_t>(length / size)));
    auto* to = static_cast<char*>(results[0].mutable_view().data);
    for (const std::string_view text : texts) {
      char* const first = to;
      to = std::copy(text.begin(), text.end(), to);
      for (char* number = first; reversed_ && number < to; number += size) std::reverse(number, number + size);
    }
    if (type_ == DType::boolean) check_booleans(results[0]);
    return results;
  }

 private:
  static Dims with_axis(const Dims& dims, int64_t extent) {
    std::vector<int64_t> extents;
    for (int axis = 0; axis < dims.rank(); ++axis) extents.push_back(dims[axis]);
    extents.push_back(extent);
    return Dims(extents);
  }
  // A boolean of another byte has no defined value.
  static void check_booleans(const Tensor& tensor) {
    const auto* bytes = static_cast<const unsigned char*>(tensor.data());
    if (std::any_of(bytes, bytes + tensor.bytes(), [](unsigned char byte) { return byte > 1; }))
      throw DataError("decodes booleans from bytes other than 0 and 1");
  }

  DType type_;
  bool reversed_;
};

std::vector<Value> decode_raw(OperationCall& call) {
  const auto type = call.dtype(1);
  if (!type || *type == DType::string) call.l.refuse("decodes bytes to a type that is not supported");
  const Value texts[] = {call.tensor(0)};
  require_texts(call, texts[0]);
  return call.l.call(std::make_shared<const DecodeRaw>(*type, !call.flag(2, true) && size_of(*type) > 1), texts);
}

std::string base64_decoded(std::string_view text) {
  const auto bytes = files::from_base64(text);
  if (!bytes) throw DataError("expected a text in Base64, found \"" + std::string(text.substr(0, 40)) + '"');
  return *bytes;
}

std::vector<Value> decode_base64(OperationCall& call) {
  return {text_from_each(call, call.tensor(0), "decode base64", {}, base64_decoded)};
}

std::vector<Value> encode_base64(OperationCall& call) {
  const bool pads = call.flag(1, false);
  return {text_from_each(call, call.tensor(0), "encode base64", pads ? "padded" : "",
                         [pads](std::string_view bytes) { return files::to_web_base64(bytes, pads); })};
}

}  // namespace

std::vector<Operation> raw_bytes_operations() {
  return {
      {{}, {"raw_ops.DecodeRaw"}, {"bytes", "out_type", "little_endian"}, decode_raw, 1},
      {{}, {"raw_ops.DecodeBase64"}, {"input"}, decode_base64, 1},
      {{}, {"raw_ops.EncodeBase64"}, {"input", "pad"}, encode_base64, 1},
  };
}

}  // namespace keraunos::loader
