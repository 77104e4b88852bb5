#include "loader/ops/data_integers.h"

#include "keraunos/error.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/literal.h"
#include "loader/ops/literal_elements.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// Lowering sees only the types of a data-dependent kernel's results: each number is the first extent of a result without
// elements, whose rank is its sign.
class ReadIntegers final : public DynamicKernel, public ChecksOperands {
 public:
  explicit ReadIntegers(std::vector<int64_t> at_loading) : at_loading_(std::move(at_loading)) {}
  std::string name() const override { return "read integers"; }
  std::vector<TensorType> types_for_any(std::span<const TensorView>) const override { return types_of(at_loading_); }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<Tensor> results;
    for (const TensorType& type : types_of(integers_of(inputs[0]))) results.emplace_back(type.dtype, type.dims);
    return results;
  }

 private:
  static std::vector<TensorType> types_of(const std::vector<int64_t>& numbers) {
    std::vector<TensorType> types;
    for (const int64_t number : numbers) {
      if (number < -Range::kMostExtent || number > Range::kMostExtent)
        throw DataError("a shape or place follows from " + std::to_string(number) + ", which no tensor can have");
      types.push_back({DType::boolean, number < 0 ? Dims{-number, 0, 0} : Dims{number, 0}});
    }
    return types;
  }

  std::vector<int64_t> at_loading_;
};

}  // namespace

std::vector<int64_t> read_integers(Lowering& l, Value v, std::vector<int64_t> at_loading) {
  if (const auto known = literal_of(l, v)) return *known;
  const Dims dims = l.dims(v);
  if (dims.rank() > 1 || dims.elements() > static_cast<int64_t>(Dims::kMaxRank))
    l.refuse("gives a shape or place as " + dims.to_string() + ", which depends on data");
  const std::vector<std::optional<int64_t>> elements = literal_elements(l, v);
  at_loading.resize(elements.size(), at_loading.empty() ? 1 : at_loading.back());
  for (size_t i = 0; i < elements.size(); ++i) at_loading[i] = elements[i].value_or(at_loading[i]);
  const Value operand[] = {l.dtype(v) == DType::int32 ? v : l.cast(v, DType::int64)};
  std::vector<int64_t> numbers;
  for (const Value result : l.call(std::make_shared<const ReadIntegers>(at_loading), operand))
    numbers.push_back(l.rank(result) == 3 ? -l.dim(result, 0).size : l.dim(result, 0).size);
  for (size_t i = 0; i < elements.size(); ++i) numbers.at(i) = elements[i].value_or(numbers[i]);
  return numbers;
}

std::optional<std::vector<int64_t>> read_integers(OperationCall& call, size_t parameter, std::vector<int64_t> at_loading) {
  const Arg* argument = call.find(parameter);
  const Traced* traced = argument == nullptr ? nullptr : argument->tensor();
  const bool reads =
      traced != nullptr && !is_floating(call.l.dtype(traced->value)) && call.l.dtype(traced->value) != DType::string;
  return reads ? std::optional(read_integers(call.l, traced->value, std::move(at_loading))) : call.integers(parameter);
}

int64_t read_integer(Lowering& l, Value v, int64_t at_loading) {
  if (l.dims(v).elements() != 1) l.refuse("gives a single place as " + l.dims(v).to_string());
  return read_integers(l, v, {at_loading}).at(0);
}

}  // namespace keraunos::loader
