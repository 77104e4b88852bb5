// Reads Python's marshal format without Python: constants and code objects of Python 2.7 and 3.5 to 3.13.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace keraunos::loader::python {

struct Object;
using ObjectPointer = std::shared_ptr<const Object>;

/// The order of a code object's fields, which depends on the version of Python; the data does not state it.
enum class CodeLayout : uint8_t { python2, python30, python38, python311 };

struct Code {
  CodeLayout layout{};
  int64_t arguments = 0, positional_only = 0, keyword_only = 0, flags = 0;
  std::string instructions;
  std::vector<ObjectPointer> constants;
  std::vector<std::string> names;
  std::vector<std::string> locals;      ///< variables by the numbers of LOAD_FAST, arguments first
  std::vector<std::string> dereferred;  ///< variables by the numbers of LOAD_DEREF
  std::vector<std::string> free;        ///< variables of the enclosing function, in the order of the closure
  std::string name;
};

struct Object {
  struct None {};
  struct Ellipsis {};
  struct Bytes {
    std::string bytes;
  };
  struct List {
    std::vector<ObjectPointer> items;  ///< of a tuple, list or set
  };
  std::variant<None, bool, int64_t, double, std::string, Bytes, Ellipsis, List, Code> value;
};

/// The code object in `data`. ModelError where it is no code object of that layout: lengths beyond the data, trailing bytes, too
/// deep nesting, references to incomplete objects.
Code read_code(std::string_view data, CodeLayout layout);

}  // namespace keraunos::loader::python
