#include "host/graph/function_table.h"
#include "keraunos/function.h"

namespace keraunos {

std::string_view name_of(Function function) noexcept { return host::row_of(function).name; }
int operands_of(Function function) noexcept { return host::row_of(function).operands; }
bool gives_boolean(Function function) noexcept { return host::row_of(function).gives_boolean; }
bool takes_boolean(Function function) noexcept { return host::row_of(function).takes_boolean; }
bool takes_integers(Function function) noexcept { return host::row_of(function).takes_integers; }

}  // namespace keraunos
