// Finds the calls of a function that can be resolved before its arguments are known.
#include <set>

#include "loader/python/evaluate.h"
#include "loader/python/functions.h"

namespace keraunos::loader::python {
namespace {

// A chain of attributes that ends in a global name; empty for anything else.
std::string dotted_name(const Term& term) {
  if (const auto* name = std::get_if<Expression::Name>(&term->form)) return canonical_name(name->name);
  const auto* attribute = std::get_if<Expression::Attribute>(&term->form);
  const std::string base = attribute == nullptr ? std::string() : dotted_name(attribute->of);
  return base.empty() ? base : canonical_name(base + '.' + attribute->name);
}

class UnknownCalls {
 public:
  std::optional<std::string> in(const Term& term) {
    if (term == nullptr || !seen_.insert(term.get()).second) return std::nullopt;
    if (const auto* call = std::get_if<Expression::Call>(&term->form)) {
      const std::string name = dotted_name(call->callee);
      if (!name.empty() && !is_function(name)) return name;
    }
    for (const Term& part : parts_of(*term)) {
      if (auto found = in(part)) return found;
    }
    return std::nullopt;
  }

 private:
  static std::vector<Term> parts_of(const Expression& expression) {
    std::vector<Term> parts;
    std::visit(
        [&](const auto& form) {
          using T = std::decay_t<decltype(form)>;
          if constexpr (requires { form.of; }) parts.push_back(form.of);
          if constexpr (requires { form.key; }) parts.push_back(form.key);
          if constexpr (std::is_same_v<T, Expression::Call>) {
            parts = form.arguments;
            parts.push_back(form.callee);
            for (const auto& [name, value] : form.keywords) parts.push_back(value);
          }
          if constexpr (std::is_same_v<T, Expression::Operation>) parts = form.operands;
          if constexpr (std::is_same_v<T, Expression::Slice>) parts = {form.start, form.stop, form.step};
          if constexpr (std::is_same_v<T, Expression::Sequence>) parts = form.items;
          if constexpr (std::is_same_v<T, Expression::Dictionary>) {
            for (const auto& [name, value] : form.items) parts.push_back(value);
          }
          if constexpr (std::is_same_v<T, Expression::Conditional>) parts = {form.condition, form.then, form.otherwise};
        },
        expression.form);
    return parts;
  }

  std::set<const Expression*> seen_;
};

}  // namespace

std::optional<std::string> unknown_call(const Formula& function) { return UnknownCalls().in(function.result); }

}  // namespace keraunos::loader::python
