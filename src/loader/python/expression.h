// A Python expression with a fixed set of forms: the meaning of a Lambda's byte code, or of a text. Python code is never run: an
// expression is a tree, and evaluate.h maps it to operations.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader::python {

struct Expression;
/// Terms are shared where a local variable is used several times.
using Term = std::shared_ptr<const Expression>;

/// Python's operators, with their names in the module `operator`.
enum class Operator : uint8_t {
  add,
  bit_and,
  floor_divide,
  left_shift,
  matmul,
  multiply,
  modulo,
  bit_or,
  power,
  right_shift,
  subtract,
  divide,
  bit_xor,
  less,
  less_equal,
  equal,
  not_equal,
  greater,
  greater_equal,
  negative,
  positive,
  invert,
  logical_not,
};
inline constexpr int kBinaryOperators = 19;  ///< those before `negative`

struct Expression {
  struct Argument {
    size_t index;
  };
  struct Constant {
    Arg value;  ///< no tensor
  };
  struct Name {
    std::string name;  ///< a global: "tf", "K"; for an import: "tensorflow.keras"
  };
  struct Attribute {
    Term of;
    std::string name;
  };
  struct Call {
    Term callee;
    std::vector<Term> arguments;
    std::vector<std::pair<std::string, Term>> keywords;
  };
  struct Operation {
    Operator op;
    std::vector<Term> operands;  ///< one or two
  };
  struct Subscript {
    Term of, key;
  };
  struct Slice {
    Term start, stop, step;
  };
  struct Sequence {
    std::vector<Term> items;
  };
  struct Dictionary {
    std::vector<std::pair<std::string, Term>> items;
  };
  struct Conditional {  ///< only one side is evaluated
    Term condition, then, otherwise;
  };
  std::variant<Argument, Constant, Name, Attribute, Call, Operation, Subscript, Slice, Sequence, Dictionary, Conditional> form;
};

/// A function of straight-line code.
struct Formula {
  struct Parameter {
    std::string name;
    Term otherwise;  ///< its default; null: the call must pass it
  };
  std::vector<Parameter> parameters;
  Term result;
};

template <class Form>
Term term(Form form) {
  return std::make_shared<const Expression>(Expression{std::move(form)});
}

/// Parses the text of a `lambda`'s parameters and body, or of a body alone, whose one parameter is then `x`: "x, axis=1: x / 2".
/// Throws a ModelError with the position for an invalid text. `where` names the text in messages.
Formula parse_formula(std::string_view text, std::string_view where);

}  // namespace keraunos::loader::python
