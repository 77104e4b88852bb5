// The instructions of straight-line functions, in a form that is the same for all Python versions.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "loader/python/marshal.h"

namespace keraunos::loader::python {

enum class Action : uint8_t {
  none,  ///< without effect on a value
  pop,
  rotate_two,
  rotate_three,
  swap,
  copy,
  duplicate,
  load_constant,
  load_local,
  load_two_locals,
  store_local,
  store_load_local,
  store_two_locals,
  load_global,
  load_variable,  ///< of the enclosing function
  load_attribute,
  load_method,
  import_module,
  import_name,
  positive,
  negative,
  logical_not,
  invert,
  binary,          ///< the argument is an Operator
  binary_by_code,  ///< the argument is the number of an operator in Python 3.11
  compare,
  subscript,
  slice,        ///< x[a:b]
  slice_fixed,  ///< Python 2's: the argument states which bounds exist
  build_tuple,
  build_map,
  build_map_of_names,
  extend_list,
  build_slice,
  list_to_tuple,
  unpack,
  call_function,
  call_with_names,  ///< a tuple of keyword names is on the stack
  call_method,
  call_old,  ///< up to 3.5: the number of keywords is in the high byte
  call,
  call_keywords,
  keyword_names,
  push_null,
  return_value,
  return_constant,
};

/// Versions whose instructions differ.
enum class Version : uint8_t { v27, v35, v36, v38, v311, v312, v313 };

struct Instruction {
  size_t offset = 0;
  int opcode = 0;
  int64_t argument = 0;
  Action action{};
};

/// The versions with this layout of code objects.
std::span<const Version> versions_of(CodeLayout layout);
std::string_view name_of(Version version);

/// ModelError where the code contains an instruction that a straight-line function of that version does not use: jumps, loops,
/// inner functions.
std::vector<Instruction> decode(std::string_view code, Version version);

/// The number of bytes at the beginning of the code that are instructions of a straight-line function of that version.
size_t readable_bytes(std::string_view code, Version version);

/// "4 LOAD_ATTR 1 (shape); 14 RETURN_VALUE 0", with names where they are known.
std::string disassembly(const Code& code, Version version);

}  // namespace keraunos::loader::python
