// Converts values of keraunos.h to those of the C++ interface and back. Errors that only C allows are refused here.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos.h"
#include "keraunos/keraunos.h"

namespace keraunos::c {

/// A struct among the arguments, with its name for errors: `inputs[0]`.
struct Place {
  const char* array;
  size_t index;
  std::string text() const { return '`' + std::string(array) + '[' + std::to_string(index) + "]`"; }
};

Device device_of(keraunos_device_kind kind, int32_t index);
std::vector<Dims> dims_of(const keraunos_shape* shapes, size_t count);

/// Memory for the elements of string views.
using Strings = std::vector<std::vector<std::string_view>>;

/// A view of strings points into `strings`. The name is not checked.
TensorView view_of(const keraunos_view& view, Strings& strings, const Place& place);
/// A buffer of strings is replaced by memory in `strings`.
MutableView buffer_of(const keraunos_buffer& buffer, Strings& strings, const Place& place);

/// Views with their names, or, if none has a name, with the names of `specs`, in that order. `array` is the argument's name in
/// errors.
NamedViews named_views(std::span<const keraunos_view> views, std::span<const TensorSpec> specs, Strings& strings,
                       const char* array);

keraunos_spec spec_for_caller(const TensorSpec& spec);
void copy_strings(std::span<const std::string_view> from, keraunos_string* to);
/// A text that the caller frees.
char* text_for_caller(std::string_view text);

/// UsageError where `index` is not below `count`, the number of `what`.
void check_index(size_t index, size_t count, const char* what);

}  // namespace keraunos::c
