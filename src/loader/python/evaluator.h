// One evaluation of an expression; each term is evaluated once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "loader/ops/operation.h"
#include "loader/python/functions.h"
#include "loader/python/values.h"

namespace keraunos::loader::python {

/// A value, or a dotted name without a value ("tf.nn"), or a method of a value.
struct Meaning {
  Arg value{};
  std::string name{};
  bool is_method = false;
};

class Evaluator {
 public:
  Evaluator(Lowering& l, std::vector<Arg> arguments, int depth) : l_(l), arguments_(std::move(arguments)), depth_(depth) {}

  /// Refuses a name that has no value.
  Arg value_of(const Term& term);
  Arg call(const std::string& name, std::vector<Arg> arguments, Arg::Members keywords) {
    return call_named(name, std::move(arguments), std::move(keywords));
  }

 private:
  const Meaning& meaning_of(const Term& term) {
    const auto known = known_.find(term.get());
    if (known != known_.end()) return known->second;
    Meaning meaning = std::visit([&](const auto& form) { return of(form); }, term->form);
    return known_.emplace(term.get(), std::move(meaning)).first->second;
  }

  Meaning of(const Expression::Argument& form) { return {arguments_.at(form.index)}; }
  Meaning of(const Expression::Constant& form) { return {form.value}; }
  Meaning of(const Expression::Name& form) { return {{}, canonical_name(form.name)}; }
  Meaning of(const Expression::Attribute& form);
  Meaning of(const Expression::Call& form);
  Meaning of(const Expression::Operation& form);
  Meaning of(const Expression::Subscript& form);
  Meaning of(const Expression::Slice& form) {
    return {{std::make_shared<const Arg::Slice>(Arg::Slice{value_of(form.start), value_of(form.stop), value_of(form.step)})}};
  }
  Meaning of(const Expression::Sequence& form) {
    Arg::List items;
    for (const Term& item : form.items) items.push_back(value_of(item));
    return {{std::move(items)}};
  }
  Meaning of(const Expression::Dictionary& form) {
    Arg::Members members;
    for (const auto& [name, item] : form.items) members.push_back({name, value_of(item)});
    return {{std::move(members)}};
  }
  Meaning of(const Expression::Conditional& form) {
    const auto truth = truth_of(value_of(form.condition));
    if (!truth) l_.refuse("decides by what a tensor holds");
    return {value_of(*truth ? form.then : form.otherwise)};
  }

  Arg property_of(const Arg& value, const std::string& name);
  Arg call_method(const Arg& self, const std::string& name, const std::vector<Arg>& arguments);
  Arg call_named(const std::string& name, std::vector<Arg> arguments, Arg::Members keywords);
  Arg call_operation(const Callable& callable, const std::string& name, std::vector<Arg> arguments, Arg::Members keywords);
  Arg call_python(const std::string& name, const std::vector<Arg>& arguments);
  Arg call_activation(const std::string& name, const std::vector<Arg>& arguments);
  Arg call_batch_dot(const std::vector<Arg>& arguments);
  Arg list_of(const Arg& value) {
    if (value.list() != nullptr) return value;
    return {Arg::List{value}};
  }
  Arg shape_of(Value x) {
    const Dims dims = l_.dims(x);
    Arg::List sizes;
    for (const int64_t size : dims.span()) sizes.push_back({size});
    return {std::move(sizes)};
  }
  std::optional<int64_t> whole_of(const Arg& value) {
    const auto whole = integer_of(value);
    return whole ? whole : known_integer(l_, value);
  }
  bool is_boolean(const Arg& value) {
    return value.tensor() != nullptr ? l_.dtype(value.tensor()->value) == DType::boolean
                                     : std::holds_alternative<bool>(value.value);
  }

  Lowering& l_;
  std::vector<Arg> arguments_;
  int depth_;
  std::map<const Expression*, Meaning> known_;
};

/// The arguments of a call by parameter; missing ones get their defaults, which are evaluated here.
std::vector<Arg> bound(Lowering& l, const Formula& function, const std::string& name, std::vector<Arg> positional,
                       Arg::Members keywords, int depth);

}  // namespace keraunos::loader::python
