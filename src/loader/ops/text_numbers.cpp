// Texts and numbers: tf.strings.as_string, to_number, join.
#include <charconv>

#include "keraunos/error.h"
#include "loader/ops/argument_text.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

template <class T>
std::string digits_of(T number) {
  if constexpr (std::is_same_v<T, bool>) {
    return number ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(number);
  } else {
    char text[400];  // float64 has up to 309 digits before the point
    return {text, std::to_chars(text, text + sizeof text, number, std::chars_format::fixed, 6).ptr};
  }
}

class AsText final : public DynamicKernel {
 public:
  std::string name() const override { return "as text"; }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<std::string> texts;
    const auto write = [&](auto example) {
      for (const auto number : elements_of<decltype(example)>(inputs[0])) texts.push_back(digits_of(number));
    };
    switch (inputs[0].dtype) {
      case DType::boolean: write(false); break;
      case DType::int32: write(int32_t{}); break;
      case DType::int64: write(int64_t{}); break;
      case DType::float32: write(float{}); break;
      default: write(double{}); break;
    }
    std::vector<Tensor> results;
    results.push_back(Tensor::strings(texts, inputs[0].dims));
    return results;
  }
};

// Numbers in the format of C's printf: "%d", "%f".
std::vector<Value> as_text(OperationCall& call) {
  const Value operand[] = {call.tensor(0)};
  switch (call.l.dtype(operand[0])) {
    case DType::boolean:
    case DType::int32:
    case DType::int64:
    case DType::float32:
    case DType::float64: break;
    default: call.l.refuse("writes " + std::string(name_of(call.l.dtype(operand[0]))) + " as texts, which is not supported");
  }
  return call.l.call(std::make_shared<const AsText>(), operand);
}

// White space around a number is ignored.
template <class T>
T number_of(std::string_view whole) {
  constexpr std::string_view kWhitespace = " \t\n\v\f\r";
  std::string_view text = whole.substr(std::min(whole.find_first_not_of(kWhitespace), whole.size()));
  text = text.substr(0, text.find_last_not_of(kWhitespace) + 1);
  if (std::is_floating_point_v<T> && text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw DataError('"' + std::string(whole.substr(0, 80)) + "\" is no number of the type that is asked for");
  return number;
}

class ToNumber final : public Kernel {
 public:
  explicit ToNumber(DType type) : type_(type) {}
  std::string name() const override { return "number of text"; }
  std::string parameters() const override { return std::string(name_of(type_)); }
  bool rows_are_local() const override { return true; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{{type_, inputs[0].dims}};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const auto write = [&](auto* to) {
      for (const std::string_view text : elements_of<std::string_view>(inputs[0]))
        *to++ = number_of<std::remove_pointer_t<decltype(to)>>(text);
    };
    switch (type_) {
      case DType::int32: write(static_cast<int32_t*>(outputs[0].data)); break;
      case DType::int64: write(static_cast<int64_t*>(outputs[0].data)); break;
      case DType::float32: write(static_cast<float*>(outputs[0].data)); break;
      default: write(static_cast<double*>(outputs[0].data)); break;
    }
  }

 private:
  DType type_;
};

std::vector<Value> to_number(OperationCall& call) {
  const DType type = call.dtype(1).value_or(DType::float32);
  if (type != DType::int32 && type != DType::int64 && type != DType::float32 && type != DType::float64)
    call.l.refuse("reads texts as " + std::string(name_of(type)) + ", which TensorFlow does not do either");
  const Value operand[] = {call.tensor(0)};
  require_texts(call, operand[0]);
  return call.l.call(std::make_shared<const ToNumber>(type), operand);
}

// Operands have one shape, or one element; texts of the file may be between them.
class JoinTexts final : public DynamicKernel {
 public:
  /// Each empty element of `parts` stands for the next operand.
  JoinTexts(std::string separator, std::vector<std::optional<std::string>> parts)
      : separator_(std::move(separator)), parts_(std::move(parts)) {}
  std::string name() const override { return "join texts"; }
  std::string parameters() const override {
    std::string text = std::to_string(separator_.size()) + ' ' + separator_;
    for (const auto& part : parts_) text += part ? ' ' + std::to_string(part->size()) + ' ' + *part : " x";
    return text;
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    Dims dims = inputs[0].dims;
    for (const TensorView& input : inputs) dims = input.dims.rank() > dims.rank() ? input.dims : dims;
    std::vector<std::string> texts(static_cast<size_t>(dims.elements()));
    for (size_t i = 0; i < texts.size(); ++i) {
      auto input = inputs.begin();
      for (size_t k = 0; k < parts_.size(); ++k) {
        if (k > 0) texts[i].append(separator_);
        texts[i].append(parts_[k] ? std::string_view(*parts_[k]) : element(*input++, i));
      }
    }
    std::vector<Tensor> results;
    results.push_back(Tensor::strings(texts, dims));
    return results;
  }

 private:
  static std::string_view element(const TensorView& input, size_t i) {
    return elements_of<std::string_view>(input)[input.dims.rank() == 0 ? 0 : i];
  }

  std::string separator_;
  std::vector<std::optional<std::string>> parts_;
};

std::vector<Value> joined(OperationCall& call) {
  std::vector<std::optional<std::string>> texts;
  std::vector<Value> operands;
  const Arg* argument = call.find(0);
  const Arg::List* list = argument == nullptr ? nullptr : argument->list();
  for (const Arg& item : list == nullptr ? Arg::List{} : *list) {
    const auto* text = std::get_if<std::string>(&item.value);
    if (text == nullptr && item.tensor() == nullptr) call.l.refuse("joins texts with " + python_text(item));
    texts.push_back(text == nullptr ? std::nullopt : std::optional(*text));
    if (text == nullptr) operands.push_back(item.tensor()->value);
  }
  if (list == nullptr) operands = call.tensors(0), texts.resize(operands.size());
  if (operands.empty()) call.l.refuse("joins texts of the file alone");
  std::optional<Shape> shape;
  for (const Value part : operands) {
    require_texts(call, part);
    if (call.l.rank(part) == 0) continue;
    if (shape && call.l.shape(part) != *shape)
      call.l.refuse("joins texts of several shapes; supported are one shape, and single texts");
    shape = call.l.shape(part);
  }
  return call.l.call(std::make_shared<const JoinTexts>(call.text(1).value_or(""), std::move(texts)), operands);
}

}  // namespace

std::vector<Operation> text_numbers_operations() {
  return {
      {{},
       {"strings.as_string", "as_string"},
       {"input", "precision", "scientific", "shortest", "width", "fill"},
       as_text,
       1,
       {"precision=-1", "scientific=False", "shortest=False", "width=-1", "fill=''"}},
      {{}, {"strings.to_number"}, {"input", "out_type"}, to_number},
      {{}, {"strings.join"}, {"inputs", "separator"}, joined},
  };
}

}  // namespace keraunos::loader
