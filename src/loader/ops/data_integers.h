// Integers that shapes follow from, where data decides them: the host reads them, and what follows is lowered for these numbers.
#pragma once

#include <optional>
#include <vector>

#include "loader/ops/operation.h"

namespace keraunos::loader {

/// The integers of a value of at most one axis: known during lowering, or read from data, which ends a segment. `at_loading`:
/// those that stand for numbers of data when the model is tried at loading; the last one stands for all others.
std::vector<int64_t> read_integers(Lowering& l, Value v, std::vector<int64_t> at_loading = {1});

/// The same for an argument, as OperationCall::integers().
std::optional<std::vector<int64_t>> read_integers(OperationCall& call, size_t parameter, std::vector<int64_t> at_loading = {1});

/// A single one.
int64_t read_integer(Lowering& l, Value v, int64_t at_loading = 1);

}  // namespace keraunos::loader
