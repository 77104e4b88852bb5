// Instructions that move values on the stack, and instructions that read or set named values.
#include "loader/python/tracer.h"

namespace keraunos::loader::python {

void Tracer::stack_step(const Instruction& instruction) {
  const auto below = [&](int64_t depth) -> Term& {
    if (depth < 1 || depth > static_cast<int64_t>(stack_.size())) refuse("it takes a value from an empty stack");
    return stack_[stack_.size() - static_cast<size_t>(depth)];
  };
  switch (instruction.action) {
    case Action::pop: pop_any(); break;
    case Action::rotate_two: std::swap(below(1), below(2)); break;
    case Action::rotate_three: std::swap(below(1), below(3)), std::swap(below(1), below(2)); break;
    case Action::swap: std::swap(below(1), below(instruction.argument)); break;
    case Action::copy: push(below(instruction.argument)); break;
    case Action::duplicate: push(below(1)); break;
    case Action::push_null: push(nullptr); break;
    default: break;
  }
}

void Tracer::load_local(int64_t place) {
  const Term& value = element(locals_, place);
  if (value == nullptr) refuse("it reads the variable \"" + element(code_.locals, place) + "\" before it is set");
  push(value);
}

void Tracer::name_step(const Instruction& instruction) {
  const int64_t argument = instruction.argument;
  switch (instruction.action) {
    case Action::load_local: load_local(argument); break;
    case Action::load_two_locals: load_local(argument >> 4), load_local(argument & 15); break;
    case Action::store_local: element(locals_, argument), locals_[static_cast<size_t>(argument)] = pop(); break;
    case Action::store_load_local: {
      element(locals_, argument >> 4);
      locals_[static_cast<size_t>(argument >> 4)] = pop();
      load_local(argument & 15);
      break;
    }
    case Action::store_two_locals: {
      element(locals_, argument >> 4), element(locals_, argument & 15);
      locals_[static_cast<size_t>(argument >> 4)] = pop();
      locals_[static_cast<size_t>(argument & 15)] = pop();
      break;
    }
    case Action::load_global: {
      const bool marked = version_ >= Version::v311 && (argument & 1) != 0;
      if (marked && version_ < Version::v313) push(nullptr);
      push(term(Expression::Name{element(code_.names, version_ >= Version::v311 ? argument >> 1 : argument)}));
      if (marked && version_ >= Version::v313) push(nullptr);
      break;
    }
    case Action::load_variable: {
      const auto found = variables_.find(element(code_.dereferred, argument));
      if (found == variables_.end())
        refuse("the file has lost the value of its variable \"" + element(code_.dereferred, argument) + '"');
      push(found->second);
      break;
    }
    case Action::load_attribute: {
      const bool method = version_ >= Version::v312 && (argument & 1) != 0;
      Term of = pop();
      if (method) push(nullptr);
      push(
          term(Expression::Attribute{std::move(of), element(code_.names, version_ >= Version::v312 ? argument >> 1 : argument)}));
      break;
    }
    case Action::load_method: {
      Term of = pop();
      push(nullptr);
      push(term(Expression::Attribute{std::move(of), element(code_.names, argument)}));
      break;
    }
    case Action::import_module: pop_some(2), push(term(Expression::Name{element(code_.names, argument)})); break;
    case Action::import_name: {
      Term of = pop();
      push(of);
      push(term(Expression::Attribute{std::move(of), element(code_.names, argument)}));
      break;
    }
    default: break;
  }
}

}  // namespace keraunos::loader::python
