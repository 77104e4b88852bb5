#include "loader/tf/assertions.h"

#include <cstring>

#include "keraunos/error.h"
#include "loader/ops/literal.h"

namespace keraunos::loader {
namespace {

// in: x, the condition.
class AssertKernel final : public Kernel {
 public:
  explicit AssertKernel(std::string name) : name_(std::move(name)) {}
  std::string name() const override { return "assert"; }
  std::string parameters() const override { return name_; }
  bool rows_are_local() const override { return true; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{inputs[0]};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    if (!*static_cast<const bool*>(inputs[1].data))
      throw DataError("the assertion \"" + name_ + "\" of the model does not hold for these inputs");
    const int64_t bytes = inputs[0].dims.elements() * size_of(inputs[0].dtype);
    if (bytes > 0) std::memcpy(outputs[0].data, inputs[0].data, static_cast<size_t>(bytes));
  }

 private:
  std::string name_;
};

}  // namespace

Value asserted(Lowering& l, Value x, std::span<const Assertion> assertions) {
  for (const Assertion& assertion : assertions) {
    if (l.dtype(assertion.condition) != DType::boolean || l.dims(assertion.condition).elements() != 1)
      l.refuse("asserts what is no boolean, in \"" + assertion.name + '"');
    const auto known = literal_of(l, assertion.condition);
    if (known && known->front() != 0) continue;
    const Value operands[] = {x, l.rank(assertion.condition) == 0 ? assertion.condition : l.reshape(assertion.condition, {})};
    x = l.call(std::make_shared<const AssertKernel>(assertion.name), operands)[0];
  }
  return x;
}

}  // namespace keraunos::loader
