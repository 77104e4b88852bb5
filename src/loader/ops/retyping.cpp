// Elements converted to another dtype with saturation, or with the same bits; and selection of tensors by conditions.
#include <cmath>
#include <cstring>

#include "keraunos/error.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

struct NumberLimits {
  double low, high;
};

NumberLimits number_limits(DType type) {
  if (is_floating(type)) return {-largest_number(type), largest_number(type)};
  if (type == DType::boolean) return {0, 1};
  const bool is_signed = type == DType::int8 || type == DType::int16 || type == DType::int32 || type == DType::int64;
  const int bits = static_cast<int>(size_of(type)) * 8;
  return {is_signed ? -std::ldexp(1.0, bits - 1) : 0, std::ldexp(1.0, bits - (is_signed ? 1 : 0)) - 1};
}

// The largest number of x's dtype that the target can hold: float32 cannot represent 2^31 − 1.
double nearest_within(DType type, double limit) {
  const NumberLimits own = number_limits(type);
  limit = std::fmin(std::fmax(limit, own.low), own.high);
  if (type == DType::float64 || !is_floating(type)) return limit;
  const int digits = type == DType::float32 ? 24 : type == DType::float16 ? 11 : 8;
  if (limit == 0 || std::fabs(limit) == own.high) return limit;
  const double unit = std::ldexp(1.0, std::ilogb(limit) + 1 - digits);
  return std::trunc(limit / unit) * unit;
}

// Integers of 64 bits are compared as integers, because a double cannot represent their limits.
std::vector<Value> saturated(OperationCall& call) {
  Value x = call.tensor(0);
  const auto to = call.dtype(1);
  if (!to || *to == DType::string) call.l.refuse("is called without a dtype of numbers");
  const DType from = call.l.dtype(x);
  if (from == *to) return {x};
  if (from == DType::boolean) return {call.l.cast(x, *to)};
  const bool whole = !is_floating(from) && !is_floating(*to);
  if ((whole && (size_of(from) == 8 || size_of(*to) == 8)) ||
      (is_floating(from) && (*to == DType::int64 || *to == DType::uint64)))
    call.l.refuse("saturates " + std::string(name_of(from)) + " as " + std::string(name_of(*to)) + ", which is not supported");
  const NumberLimits limits = number_limits(*to);
  x = call.l.binary(Function::minimum, x, number_like(call, nearest_within(from, limits.high), x));
  x = call.l.binary(Function::maximum, x, number_like(call, nearest_within(from, limits.low), x));
  return {call.l.cast(x, *to)};
}

// Reads the same bytes as elements of another size along the last axis.
class ReadAs final : public Kernel {
 public:
  explicit ReadAs(DType type) : type_(type) {}
  std::string name() const override { return "read as"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    Dims dims = inputs[0].dims;
    const int64_t from = size_of(inputs[0].dtype), to = size_of(type_);
    if (from != to) {
      std::vector<int64_t> sizes;
      for (int i = 0; i < dims.rank(); ++i) sizes.push_back(dims[i]);
      sizes.back() = sizes.back() * from / to;
      dims = Dims(std::span<const int64_t>(sizes));
    }
    return std::vector<TensorType>{{type_, dims}};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const int64_t bytes = inputs[0].dims.elements() * size_of(inputs[0].dtype);
    if (bytes > 0) std::memcpy(outputs[0].data, inputs[0].data, static_cast<size_t>(bytes));
  }
  std::string parameters() const override { return std::string(name_of(type_)); }

 private:
  DType type_;
};

std::vector<Value> read_as(OperationCall& call, size_t parameter, bool narrows) {
  const Value x = call.tensor(0);
  const DType from = call.l.dtype(x), to = call.dtype(parameter).value_or(from);
  if (to == DType::string || from == DType::string || (from == DType::boolean) != (to == DType::boolean))
    call.l.refuse("reads " + std::string(name_of(from)) + " as " + std::string(name_of(to)) + ", which Keras does not do either");
  if (from == to) return {x};
  const int rank = call.l.rank(x);
  const int64_t bytes = rank > 0 ? call.l.dim(x, -1).size * size_of(from) : size_of(from);
  if (size_of(from) != size_of(to) && (!narrows || rank == 0 || bytes % size_of(to) != 0))
    call.l.refuse("reads a last axis of " + std::to_string(bytes) + " bytes as " + std::string(name_of(to)));
  const Value operand[] = {x};
  return call.l.call(std::make_shared<const ReadAs>(to), operand);
}

std::vector<Value> viewed(OperationCall& call) { return read_as(call, 1, true); }
std::vector<Value> bitcast(OperationCall& call) { return read_as(call, 1, false); }

// The first true condition selects; a Python number takes the choices' dtype if that can hold it.
std::vector<Value> chosen_of(OperationCall& call) {
  const std::vector<Value> conditions = call.tensors(0);
  std::vector<Value> choices = call.tensors(1);
  if (conditions.size() != choices.size())
    call.l.refuse("has " + std::to_string(conditions.size()) + " conditions for " + std::to_string(choices.size()) + " choices");
  const Arg::List* listed = call.find(1)->list();
  const DType type = call.l.dtype(choices[0]);
  for (size_t i = 0; listed != nullptr && i < listed->size(); ++i) {
    const Traced* traced = (*listed)[i].tensor();
    if (traced == nullptr || call.l.dtype(traced->value) != type)
      call.l.refuse("chooses among tensors of several dtypes, which is not supported");
  }
  const Value given = call.has(2) ? call.tensor(2, type) : call.l.scalar(0, type);
  DType result = type;
  if (call.l.dtype(given) != type) result = is_floating(type) ? promoted(type, call.l.dtype(given)) : DType::float64;
  Value chosen = call.l.cast(given, result);
  for (size_t i = conditions.size(); i > 0; --i)
    chosen = call.l.select(call.l.cast(conditions[i - 1], DType::boolean), call.l.cast(choices[i - 1], result), chosen);
  return {chosen};
}

}  // namespace

std::vector<Operation> retyping_operations() {
  return {
      {{"SaturateCast"}, {"saturate_cast", "dtypes.saturate_cast"}, {"x|value", "dtype"}, saturated},
      {{"View"}, {}, {"x", "dtype"}, viewed},
      {{}, {"bitcast"}, {"input", "type"}, bitcast},
      {{"Select"}, {}, {"condlist", "choicelist", "default"}, chosen_of, 3},
  };
}

}  // namespace keraunos::loader
