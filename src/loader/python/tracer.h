// Runs a function's instructions on a stack machine whose values are terms.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "keraunos/error.h"
#include "loader/python/expression.h"
#include "loader/python/instructions.h"

namespace keraunos::loader::python {

inline constexpr size_t kMostTerms = 1000;  ///< largest depth of an expression

/// Runs the code on a stack of terms. An absent term is the marker that Python 3.11 pushes with a callable.
class Tracer {
 public:
  Tracer(const Code& code, Version version, std::span<const Arg> closure) : code_(code), version_(version) {
    if (closure.size() > code.free.size()) refuse("it has more values of the function around it than names for them");
    for (size_t i = 0; i < closure.size(); ++i) variables_[code.free[i]] = term(Expression::Constant{closure[i]});
    const auto arguments = static_cast<size_t>(code.arguments + code.keyword_only);
    locals_.resize(code.locals.size());
    for (size_t i = 0; i < arguments; ++i) variables_[code.locals[i]] = locals_[i] = term(Expression::Argument{i});
  }

  Term run() {
    for (const Instruction& instruction : decode(code_.instructions, version_)) {
      step(instruction);
      if (result_ != nullptr) return result_;
      if (++steps_ > kMostTerms) refuse("it has more than " + std::to_string(kMostTerms) + " instructions");
    }
    refuse("it ends without a return");
  }

 private:
  [[noreturn]] static void refuse(const std::string& what) { throw ModelError(what); }
  template <class List>
  static const auto& element(const List& list, int64_t place) {
    if (place < 0 || place >= static_cast<int64_t>(list.size())) refuse("an instruction names a value that is not there");
    return list[static_cast<size_t>(place)];
  }
  void push(Term value) { stack_.push_back(std::move(value)); }
  Term pop_any() {
    if (stack_.empty()) refuse("it takes a value from an empty stack");
    Term top = std::move(stack_.back());
    stack_.pop_back();
    return top;
  }
  Term pop() {
    Term top = pop_any();
    if (top == nullptr) refuse("it uses a mark of a call as a value");
    return top;
  }
  std::vector<Term> pop_some(int64_t count) {
    if (count < 0 || count > static_cast<int64_t>(stack_.size())) refuse("it takes a value from an empty stack");
    std::vector<Term> all(static_cast<size_t>(count));
    for (size_t i = all.size(); i-- > 0;) all[i] = pop();
    return all;
  }

  void step(const Instruction& instruction);
  void stack_step(const Instruction& instruction);
  void name_step(const Instruction& instruction);
  void value_step(const Instruction& instruction);
  void call_step(const Instruction& instruction);
  void binary(int64_t op);
  void compare(int64_t argument);
  void slice_fixed(int64_t bounds);
  void load_constant(int64_t place);
  void load_local(int64_t place);
  void call(std::vector<Term> values, std::vector<std::string> names, Term callee);
  void call_marked(int64_t count, std::vector<std::string> names);
  std::vector<std::string> texts_of(const Term& names) const;
  const std::string& text_of(const Term& value) const;

  const Code& code_;
  Version version_;
  std::vector<Term> stack_, locals_;
  std::map<std::string, Term> variables_;
  std::vector<std::string> keyword_names_;
  Term result_;
  size_t steps_ = 0;
};

}  // namespace keraunos::loader::python
