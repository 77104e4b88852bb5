// Converts texts to numbers of code points and back: the operations of tf.strings.unicode_split.
#include <algorithm>

#include "loader/layers/text/tokens.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// The number of a valid code point.
int32_t number_of(std::string_view bytes) {
  constexpr int32_t kFirstBits[] = {0x7f, 0x7f, 0x1f, 0x0f, 0x07};
  int32_t number = static_cast<unsigned char>(bytes[0]) & kFirstBits[bytes.size()];
  for (const char c : bytes.substr(1)) number = number << 6 | (static_cast<unsigned char>(c) & 0x3f);
  return number;
}

// Surrogates and numbers above the last code point are invalid.
std::string bytes_of(int32_t number) {
  constexpr int32_t kReplacement = 0xfffd;
  if (number < 0 || number > 0x10ffff || (number >= 0xd800 && number < 0xe000)) number = kReplacement;
  const auto byte = [](int32_t bits) { return static_cast<char>(bits); };
  if (number < 0x80) return {byte(number)};
  const auto tail = [&](int shift) { return byte(0x80 | (number >> shift & 0x3f)); };
  if (number < 0x800) return {byte(0xc0 | number >> 6), tail(0)};
  if (number < 0x10000) return {byte(0xe0 | number >> 12), tail(6), tail(0)};
  return {byte(0xf0 | number >> 18), tail(12), tail(6), tail(0)};
}

class DecodeTexts final : public DynamicKernel {
 public:
  explicit DecodeTexts(DType splits) : splits_(splits) {}
  std::string name() const override { return "decode UTF-8"; }
  std::string parameters() const override { return std::string(name_of(splits_)); }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<int64_t> numbers, splits{0};
    for (const std::string_view text : elements_of<std::string_view>(inputs[0])) {
      for (const std::string_view character : text::characters(text)) numbers.push_back(number_of(character));
      splits.push_back(static_cast<int64_t>(numbers.size()));
    }
    std::vector<Tensor> results;
    results.push_back(tensor_of_integers(splits, splits_));
    results.push_back(tensor_of_integers(numbers, DType::int32));
    return results;
  }

 private:
  DType splits_;
};

class EncodeTexts final : public DynamicKernel, public ChecksOperands {
 public:
  std::string name() const override { return "encode UTF-8"; }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    return {{DType::string, Dims{std::max<int64_t>(inputs[1].dims.elements() - 1, 0)}}};
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const auto numbers = elements_of<int32_t>(inputs[0]);
    const std::vector<int64_t> splits = checked_splits(inputs[1], static_cast<int64_t>(numbers.size()));
    std::vector<std::string> texts(splits.size() - 1);
    for (size_t row = 0; row < texts.size(); ++row) {
      for (int64_t i = splits[row]; i < splits[row + 1]; ++i) texts[row] += bytes_of(numbers[static_cast<size_t>(i)]);
    }
    std::vector<Tensor> results;
    results.push_back(Tensor::strings(texts, Dims{static_cast<int64_t>(texts.size())}));
    return results;
  }
};

void require_utf8(OperationCall& call, size_t encoding, size_t errors, size_t replacement) {
  const std::string name = call.text(encoding).value_or("UTF-8"), rule = call.text(errors).value_or("replace");
  const int64_t instead = call.integer(replacement, 0xfffd);
  if (name != "UTF-8" || rule != "replace" || instead != 0xfffd)
    call.l.refuse("reads or writes the encoding \"" + name + "\" with errors \"" + rule +
                  "\"; supported is UTF-8, with U+FFFD in place of what is none");
}

std::vector<Value> decoded(OperationCall& call) {
  const Value operand[] = {call.tensor(0)};
  require_texts(call, operand[0]);
  require_utf8(call, 1, 2, 3);
  if (call.flag(4, false)) call.l.refuse("replaces control characters, which is not supported");
  const DType splits = call.dtype(5).value_or(DType::int64);
  if (splits != DType::int32 && splits != DType::int64) call.l.refuse("counts in " + std::string(name_of(splits)));
  return call.l.call(std::make_shared<const DecodeTexts>(splits), operand);
}

std::vector<Value> encoded(OperationCall& call) {
  const Value operands[] = {call.l.cast(call.tensor(0), DType::int32), call.tensor(1)};
  require_utf8(call, 2, 3, 4);
  return call.l.call(std::make_shared<const EncodeTexts>(), operands);
}

}  // namespace

std::vector<Operation> raw_unicode_operations() {
  return {
      {{},
       {"raw_ops.UnicodeDecode"},
       {"input", "input_encoding", "errors", "replacement_char", "replace_control_characters", "Tsplits"},
       decoded,
       1},
      {{},
       {"raw_ops.UnicodeEncode"},
       {"input_values", "input_splits", "output_encoding", "errors", "replacement_char"},
       encoded,
       2},
  };
}

}  // namespace keraunos::loader
