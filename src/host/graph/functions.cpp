// The table of scalar functions: name, operands, and whether booleans come out or go in.
#include "keraunos/function.h"

#include <array>
#include <cstddef>

namespace keraunos {
namespace {

struct Entry {
  std::string_view name;
  int operands;
  bool gives_boolean = false, takes_boolean = false;
};

// In the order of enum Function.
constexpr std::array kTable = std::to_array<Entry>({
    {"constant", 0},
    {"copy", 1}, {"cast", 1}, {"negate", 1}, {"abs", 1}, {"sign", 1}, {"floor", 1}, {"ceil", 1}, {"round_even", 1}, {"trunc", 1},
    {"square", 1}, {"sqrt", 1}, {"rsqrt", 1}, {"reciprocal", 1}, {"exp", 1}, {"expm1", 1}, {"log", 1}, {"log1p", 1}, {"log2", 1}, {"log10", 1},
    {"sin", 1}, {"cos", 1}, {"tan", 1}, {"asin", 1}, {"acos", 1}, {"atan", 1}, {"sinh", 1}, {"cosh", 1}, {"tanh", 1}, {"asinh", 1},
    {"acosh", 1}, {"atanh", 1}, {"erf", 1}, {"erfc", 1},
    {"relu", 1}, {"leaky_relu", 1}, {"elu", 1}, {"selu", 1}, {"celu", 1}, {"gelu", 1}, {"gelu_tanh", 1}, {"sigmoid", 1}, {"hard_sigmoid", 1},
    {"log_sigmoid", 1}, {"softplus", 1}, {"softsign", 1}, {"silu", 1}, {"mish", 1},
    {"logical_not", 1, true, true}, {"is_nan", 1, true}, {"is_infinite", 1, true}, {"is_finite", 1, true},
    {"add", 2}, {"subtract", 2}, {"multiply", 2}, {"divide", 2}, {"floor_divide", 2}, {"floor_mod", 2}, {"trunc_mod", 2}, {"power", 2},
    {"maximum", 2}, {"minimum", 2}, {"atan2", 2},
    {"equal", 2, true}, {"not_equal", 2, true}, {"less", 2, true}, {"less_equal", 2, true}, {"greater", 2, true}, {"greater_equal", 2, true},
    {"logical_and", 2, true, true}, {"logical_or", 2, true, true}, {"logical_xor", 2, true, true},
    {"select", 3},
});
static_assert(kTable.size() == static_cast<size_t>(Function::kCount), "one entry per function");

const Entry& entry(Function function) noexcept { return kTable[static_cast<size_t>(function)]; }

}  // namespace

std::string_view name_of(Function function) noexcept { return entry(function).name; }
int operands_of(Function function) noexcept { return entry(function).operands; }
bool gives_boolean(Function function) noexcept { return entry(function).gives_boolean; }
bool takes_boolean(Function function) noexcept { return entry(function).takes_boolean; }

}  // namespace keraunos
