// Reads and writes NumPy's .npy and .npz files.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "keraunos/tensor.h"
#include "loader/files/bytes.h"

namespace keraunos::files {

/// True where the source begins with NumPy's magic bytes.
bool is_npy(const ByteSource& source);

/// One array: numbers, booleans, or strings (U and S, without trailing NULs). Big-endian and Fortran-ordered arrays are
/// converted. The source's budget is debited for them. ModelError when the file is malformed or holds something else, such as
/// objects, which would be pickles.
Tensor read_npy(const ByteSource& source);

/// The arrays of an archive in its order, names without ".npy".
Named read_npz(const std::string& path, SharedBudget budget = std::make_shared<MemoryBudget>());
Named read_npz(const SharedBytes& source);

/// A .npz, or a .npy as the single array "arr_0"; the content decides.
Named read_arrays(const std::string& path, SharedBudget budget = std::make_shared<MemoryBudget>());

/// Appends a .npy file. Strings are written as U, and bfloat16, which NumPy lacks, as float32. DataError for strings that are not
/// UTF-8.
void write_npy(std::vector<std::byte>& target, const TensorView& values);
void write_npy(const std::string& path, const TensorView& values);
/// UsageError where a file of that name cannot be created: the folder does not exist, the name is a folder, no permission. Call
/// it before long computations.
void refuse_unwritable(const std::string& path);
/// Writes one stored member `name.npy` for each array, in order. UsageError when the file cannot be written.
void write_npz(const std::string& path, const NamedViews& arrays);
void write_npz(const std::string& path, const Named& arrays);

}  // namespace keraunos::files
