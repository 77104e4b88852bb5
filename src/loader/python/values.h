// Python's arithmetic on numbers, texts and lists, for values between tensors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "loader/python/expression.h"

namespace keraunos::loader::python {

/// The result of an operator on values without tensors. Throws a ModelError where Python would raise, where an integer exceeds 64
/// bits and where a list becomes too long.
Arg computed(Operator op, const std::vector<Arg>& operands);

/// Python's bool(); absent for a tensor.
std::optional<bool> truth_of(const Arg& value);
std::optional<int64_t> integer_of(const Arg& value);
std::optional<double> real_of(const Arg& value);
/// True for a tensor, and for a list that contains one.
bool has_tensor(const Arg& value);

/// list[key] for an integer or a slice of integers.
Arg element_of(const Arg::List& list, const Arg& key);

inline constexpr size_t kMostItems = 100'000;

}  // namespace keraunos::loader::python
