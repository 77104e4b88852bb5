#include "loader/tf/table_numbers.h"

#include <algorithm>

#include "keraunos/config.h"
#include "loader/keras/dtype_policy.h"

namespace keraunos::loader {
namespace {

std::optional<std::vector<int64_t>> integers_in(const Tensor* tensor) {
  if (tensor == nullptr) return std::nullopt;
  if (tensor->dtype() == DType::int64) {
    const auto numbers = tensor->values<int64_t>();
    return std::vector<int64_t>(numbers.begin(), numbers.end());
  }
  if (tensor->dtype() != DType::int32) return std::nullopt;
  const auto numbers = tensor->values<int32_t>();
  return std::vector<int64_t>(numbers.begin(), numbers.end());
}

std::shared_ptr<const Tensor> tensor_of(const std::vector<int64_t>& numbers, DType type, const Dims& dims) {
  const auto tensor = std::make_shared<Tensor>(type, dims);
  if (type == DType::int64)
    std::copy(numbers.begin(), numbers.end(), tensor->mutable_values<int64_t>().begin());
  else
    std::transform(numbers.begin(), numbers.end(), tensor->mutable_values<int32_t>().begin(),
                   [](int64_t number) { return static_cast<int32_t>(number); });
  return tensor;
}

// For the numbers and the tensor that is made of them.
void take_for(int64_t count, files::MemoryBudget& budget, const std::string& what) {
  budget.take(2 * sizeof(int64_t) * static_cast<uint64_t>(count), what + ": numbers of a table");
}

std::shared_ptr<const Tensor> range(const std::vector<std::shared_ptr<const Tensor>>& operands, files::MemoryBudget& budget,
                                    const std::string& what) {
  std::vector<int64_t> numbers;
  for (const auto& operand : operands) {
    const auto number = integers_in(operand.get());
    if (!number || number->size() != 1) return nullptr;
    numbers.push_back(number->front());
  }
  if (numbers.size() != 3 || numbers[2] != 1 || numbers[0] < 0 || numbers[1] < numbers[0]) return nullptr;
  const int64_t count = numbers[1] - numbers[0];
  if (count > Range::kMostExtent) return nullptr;
  take_for(count, budget, what);
  std::vector<int64_t> all(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) all[static_cast<size_t>(i)] = numbers[0] + i;
  return tensor_of(all, operands[0]->dtype(), Dims{count});
}

}  // namespace

std::shared_ptr<const Tensor> table_numbers(const GraphNode& node, const std::vector<std::shared_ptr<const Tensor>>& operands,
                                            files::MemoryBudget& budget, const std::string& what) {
  if (node.op == "Range") return range(operands, budget, what);
  const NodeAttribute* to = node.find("DstT");
  const auto* name = to == nullptr ? nullptr : std::get_if<std::string>(&to->value.value);
  const auto type = name == nullptr ? std::nullopt : dtype_named(*name);
  if (node.op != "Cast" || operands.size() != 1 || operands[0] == nullptr || (type != DType::int32 && type != DType::int64))
    return nullptr;
  take_for(operands[0]->dims().elements(), budget, what);
  const auto numbers = integers_in(operands[0].get());
  return numbers ? tensor_of(*numbers, *type, operands[0]->dims()) : nullptr;
}

}  // namespace keraunos::loader
