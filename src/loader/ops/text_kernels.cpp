#include "loader/ops/text_kernels.h"

#include <algorithm>

#include "host/graph/graph.h"
#include "keraunos/error.h"
#include "loader/ops/table.h"

namespace keraunos::loader {
namespace {

class TextFromEach final : public DynamicKernel {
 public:
  TextFromEach(std::string name, std::string parameters, std::function<std::string(std::string_view)> function)
      : name_(std::move(name)), parameters_(std::move(parameters)), function_(std::move(function)) {}
  std::string name() const override { return name_; }
  std::string parameters() const override { return parameters_; }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<std::string> texts;
    texts.reserve(static_cast<size_t>(inputs[0].dims.elements()));
    for (const std::string_view text : elements_of<std::string_view>(inputs[0])) texts.push_back(function_(text));
    std::vector<Tensor> results;
    results.push_back(Tensor::strings(texts, inputs[0].dims));
    return results;
  }

 private:
  std::string name_, parameters_;
  std::function<std::string(std::string_view)> function_;
};

// For two operands of one shape, or a second operand with one element.
class EqualTexts final : public Kernel {
 public:
  std::string name() const override { return "equal texts"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{{DType::boolean, inputs[0].dims}};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const auto a = elements_of<std::string_view>(inputs[0]), b = elements_of<std::string_view>(inputs[1]);
    auto* to = static_cast<bool*>(outputs[0].data);
    for (size_t i = 0; i < a.size(); ++i) to[i] = a[i] == b[b.size() == 1 ? 0 : i];
  }
  bool rows_are_local() const override { return true; }
};

}  // namespace

Value text_from_each(OperationCall& call, Value x, std::string name, std::string parameters,
                     std::function<std::string(std::string_view)> function) {
  require_texts(call, x);
  const Value operand[] = {x};
  return call.l.call(std::make_shared<const TextFromEach>(std::move(name), std::move(parameters), std::move(function)),
                     operand)[0];
}

std::vector<int64_t> integers_of(const TensorView& view) {
  if (view.dtype == DType::int32) return {elements_of<int32_t>(view).begin(), elements_of<int32_t>(view).end()};
  return {elements_of<int64_t>(view).begin(), elements_of<int64_t>(view).end()};
}

std::vector<int64_t> checked_splits(const TensorView& view, int64_t elements) {
  std::vector<int64_t> splits = integers_of(view);
  const bool fits = !splits.empty() && splits.front() == 0 && splits.back() == elements;
  if (!fits || !std::is_sorted(splits.begin(), splits.end()))
    throw DataError("rows do not begin at ascending places from 0 to " + std::to_string(elements));
  return splits;
}

Tensor tensor_of_integers(const std::vector<int64_t>& numbers, DType type) {
  Tensor tensor(type, Dims{static_cast<int64_t>(numbers.size())});
  if (type == DType::int32)
    std::transform(numbers.begin(), numbers.end(), tensor.mutable_values<int32_t>().begin(),
                   [](int64_t number) { return static_cast<int32_t>(number); });
  else
    std::copy(numbers.begin(), numbers.end(), tensor.mutable_values<int64_t>().begin());
  return tensor;
}

Value equal_texts(OperationCall& call, Value a, Value b) {
  require_texts(call, a);
  require_texts(call, b);
  const auto is_scalar = [&](Value x) { return call.l.rank(x) == 0; };
  if (!is_scalar(a) && !is_scalar(b) && call.l.shape(a) != call.l.shape(b))
    call.l.refuse("compares texts of shapes " + call.l.dims(a).to_string() + " and " + call.l.dims(b).to_string() +
                  "; supported are one shape, or one text with all others");
  const Value operands[] = {is_scalar(a) ? b : a, is_scalar(a) ? a : b};
  return call.l.call(std::make_shared<const EqualTexts>(), operands)[0];
}

Value rows_at(OperationCall& call, Value x, Value places) {
  const CallArguments gather{.positional = {{Traced{x, {}}}, {Traced{places, {}}}}};
  return lower_call(call.l, *find_function("gather"), "gather", &gather).at(0).value;
}

void require_texts(OperationCall& call, Value x) {
  if (call.l.dtype(x) != DType::string) call.l.refuse("expects strings, found " + std::string(name_of(call.l.dtype(x))));
}

namespace {

std::vector<std::string> texts_in(OperationCall& call, Value v) {
  const Tensor* constant = host::graph_of(call.l).info(v).constant.get();
  if (constant == nullptr || constant->dtype() != DType::string) call.l.refuse("needs texts that are known beforehand");
  std::vector<std::string> texts;
  for (int64_t i = 0; i < constant->dims().elements(); ++i) texts.emplace_back(constant->string(i));
  return texts;
}

std::string single(OperationCall& call, const std::vector<std::string>& texts) {
  if (texts.size() != 1) call.l.refuse("needs one text, found " + std::to_string(texts.size()));
  return texts[0];
}

}  // namespace

std::string text_in(OperationCall& call, Value v) { return single(call, texts_in(call, v)); }

std::vector<std::string> known_texts(OperationCall& call, size_t parameter) {
  const Arg* argument = call.find(parameter);
  if (argument == nullptr) return {};
  if (const auto* text = std::get_if<std::string>(&argument->value)) return {*text};
  const Traced* traced = argument->tensor();
  if (traced == nullptr) call.l.refuse("needs texts that are known beforehand");
  return texts_in(call, traced->value);
}

std::string known_text(OperationCall& call, size_t parameter) {
  return call.has(parameter) ? single(call, known_texts(call, parameter)) : std::string();
}

}  // namespace keraunos::loader
