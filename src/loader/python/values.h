// Python's arithmetic on numbers, texts and lists, as far as it may stand between tensors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loader/python/expression.h"

namespace keraunos::loader::python {

/// The result of an operator on values without tensors. Throws a ModelError where Python would raise, where an integer does not
/// fit 64 bits and where a list becomes too long.
Arg computed(Operator op, const std::vector<Arg>& operands);

/// Python's bool(); nothing for a tensor.
std::optional<bool> truth_of(const Arg& value);
std::optional<int64_t> integer_of(const Arg& value);
std::optional<double> real_of(const Arg& value);
/// True where the value is a tensor or a list that holds one.
bool has_tensor(const Arg& value);

/// list[key] for an integer or a slice of integers.
Arg element_of(const Arg::List& list, const Arg& key);

inline constexpr size_t kMostItems = 100'000;

}  // namespace keraunos::loader::python
