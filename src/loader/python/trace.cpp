#include "loader/python/trace.h"

#include <optional>

#include "loader/python/tracer.h"

namespace keraunos::loader::python {
namespace {

std::optional<Arg> constant_of(const Object& object) {
  return std::visit(
      [](const auto& value) -> std::optional<Arg> {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Object::None>) return Arg{};
        if constexpr (std::is_same_v<T, Object::Ellipsis>) return Arg{Arg::Ellipsis{}};
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, int64_t> || std::is_same_v<T, double> ||
                      std::is_same_v<T, std::string>)
          return Arg{value};
        if constexpr (std::is_same_v<T, Object::List>) {
          Arg::List list;
          for (const ObjectPointer& item : value.items) {
            std::optional<Arg> of_item = constant_of(*item);
            if (!of_item) return std::nullopt;
            list.push_back(std::move(*of_item));
          }
          return Arg{std::move(list)};
        }
        return std::nullopt;
      },
      object.value);
}

}  // namespace

void Tracer::load_constant(int64_t place) {
  std::optional<Arg> value = constant_of(*element(code_.constants, place));
  if (!value) refuse("it uses a function or bytes as a value");
  push(term(Expression::Constant{std::move(*value)}));
}

const std::string& Tracer::text_of(const Term& value) const {
  const auto* constant = std::get_if<Expression::Constant>(&value->form);
  const auto* text = constant == nullptr ? nullptr : std::get_if<std::string>(&constant->value.value);
  if (text == nullptr) refuse("a keyword is no text");
  return *text;
}

std::vector<std::string> Tracer::texts_of(const Term& names) const {
  const auto* constant = std::get_if<Expression::Constant>(&names->form);
  const Arg::List* list = constant == nullptr ? nullptr : constant->value.list();
  if (list == nullptr) refuse("the names of keywords are no constant");
  std::vector<std::string> all;
  for (const Arg& item : *list) {
    const auto* text = std::get_if<std::string>(&item.value);
    if (text == nullptr) refuse("a keyword is no text");
    all.push_back(*text);
  }
  return all;
}

// The last values belong to the keywords.
void Tracer::call(std::vector<Term> values, std::vector<std::string> names, Term callee) {
  if (names.size() > values.size()) refuse("a call has more keywords than values");
  Expression::Call form{std::move(callee), {}, {}};
  const size_t positional = values.size() - names.size();
  for (size_t i = 0; i < names.size(); ++i) form.keywords.emplace_back(std::move(names[i]), values[positional + i]);
  values.resize(positional);
  form.arguments = std::move(values);
  push(term(std::move(form)));
}

// A callable and its marker are below the values on the stack, in an order that depends on the version.
void Tracer::call_marked(int64_t count, std::vector<std::string> names) {
  std::vector<Term> values = pop_some(count);
  Term upper = pop_any(), lower = pop_any();
  if ((upper == nullptr) == (lower == nullptr)) refuse("a call has no callable");
  call(std::move(values), std::move(names), upper != nullptr ? upper : lower);
}

void Tracer::binary(int64_t op) {
  if (op < 0 || op >= kBinaryOperators) refuse("it has an operator that Python has not");
  std::vector<Term> operands = pop_some(2);
  push(term(Expression::Operation{static_cast<Operator>(op), std::move(operands)}));
}

void Tracer::compare(int64_t argument) {
  const int64_t shifted = version_ == Version::v313 ? argument >> 5 : version_ == Version::v312 ? argument >> 4 : argument;
  constexpr Operator kComparisons[] = {Operator::less,      Operator::less_equal, Operator::equal,
                                       Operator::not_equal, Operator::greater,    Operator::greater_equal};
  binary(static_cast<int64_t>(element(std::span(kComparisons), shifted)));
}

void Tracer::slice_fixed(int64_t bounds) {
  Expression::Slice slice;
  if ((bounds & 2) != 0) slice.stop = pop();
  if ((bounds & 1) != 0) slice.start = pop();
  Term of = pop();
  push(term(Expression::Subscript{std::move(of), term(std::move(slice))}));
}

void Tracer::value_step(const Instruction& instruction) {
  const int64_t argument = instruction.argument;
  const auto unary = [&](Operator op) { push(term(Expression::Operation{op, {pop()}})); };
  switch (instruction.action) {
    case Action::load_constant: load_constant(argument); break;
    case Action::positive: unary(Operator::positive); break;
    case Action::negative: unary(Operator::negative); break;
    case Action::logical_not: unary(Operator::logical_not); break;
    case Action::invert: unary(Operator::invert); break;
    case Action::binary: binary(argument); break;
    case Action::binary_by_code: binary(argument >= 13 ? argument - 13 : argument); break;  // from 13 on: in-place operators
    case Action::compare: compare(argument); break;
    case Action::subscript: {
      std::vector<Term> both = pop_some(2);
      push(term(Expression::Subscript{both[0], both[1]}));
      break;
    }
    case Action::slice: {
      std::vector<Term> all = pop_some(3);
      push(term(Expression::Subscript{all[0], term(Expression::Slice{all[1], all[2], nullptr})}));
      break;
    }
    case Action::slice_fixed: slice_fixed(argument); break;
    case Action::build_tuple: push(term(Expression::Sequence{pop_some(argument)})); break;
    case Action::build_slice: {
      if (argument != 2 && argument != 3) refuse("it makes a slice of " + std::to_string(argument) + " values");
      std::vector<Term> all = pop_some(argument);
      push(term(Expression::Slice{all[0], all[1], argument == 3 ? all[2] : nullptr}));
      break;
    }
    case Action::extend_list: {  // a list that was empty before
      Term more = pop(), list = pop();
      const auto* begun = std::get_if<Expression::Sequence>(&list->form);
      if (argument != 1 || begun == nullptr || !begun->items.empty()) refuse("it puts lists together item by item");
      push(std::move(more));
      break;
    }
    case Action::build_map: {
      if (argument < 0 || argument > static_cast<int64_t>(stack_.size())) refuse("it takes a value from an empty stack");
      std::vector<Term> all = pop_some(2 * argument);
      Expression::Dictionary dictionary;
      for (size_t i = 0; i < all.size(); i += 2) dictionary.items.emplace_back(text_of(all[i]), all[i + 1]);
      push(term(std::move(dictionary)));
      break;
    }
    case Action::build_map_of_names: {
      const std::vector<std::string> names = texts_of(pop());
      std::vector<Term> all = pop_some(argument);
      if (all.size() != names.size()) refuse("a dictionary has other keys than values");
      Expression::Dictionary dictionary;
      for (size_t i = 0; i < all.size(); ++i) dictionary.items.emplace_back(names[i], all[i]);
      push(term(std::move(dictionary)));
      break;
    }
    case Action::unpack: {
      Term of = pop();
      if (argument < 0 || argument > 64) refuse("it unpacks " + std::to_string(argument) + " values");
      for (int64_t i = argument; i-- > 0;) push(term(Expression::Subscript{of, term(Expression::Constant{{i}})}));
      break;
    }
    default: break;
  }
}

void Tracer::call_step(const Instruction& instruction) {
  const int64_t argument = instruction.argument;
  switch (instruction.action) {
    case Action::call_function: {
      std::vector<Term> values = pop_some(argument);
      call(std::move(values), {}, pop());
      break;
    }
    case Action::call_with_names: {
      std::vector<std::string> names = texts_of(pop());
      std::vector<Term> values = pop_some(argument);
      call(std::move(values), std::move(names), pop());
      break;
    }
    case Action::call_old: {  // pairs of keyword and value are above the positional values
      const std::vector<Term> pairs = pop_some(2 * (argument >> 8 & 0xFF));
      std::vector<Term> values = pop_some(argument & 0xFF);
      std::vector<std::string> names;
      for (size_t i = 0; i < pairs.size(); i += 2) names.push_back(text_of(pairs[i])), values.push_back(pairs[i + 1]);
      call(std::move(values), std::move(names), pop());
      break;
    }
    case Action::keyword_names: {
      load_constant(argument);
      keyword_names_ = texts_of(pop());
      break;
    }
    case Action::call_method:
    case Action::call: call_marked(argument, std::exchange(keyword_names_, {})); break;
    case Action::call_keywords: {
      std::vector<std::string> names = texts_of(pop());
      call_marked(argument, std::move(names));
      break;
    }
    case Action::return_value: result_ = pop(); break;
    case Action::return_constant: load_constant(argument), result_ = pop(); break;
    default: break;
  }
}

void Tracer::step(const Instruction& instruction) {
  stack_step(instruction), name_step(instruction), value_step(instruction), call_step(instruction);
}

Formula traced_formula(const Code& code, Version version, std::span<const Arg> defaults, std::span<const Arg> closure) {
  constexpr int64_t kVariadicFlags = 0x04 | 0x08, kSuspendingFlags = 0x20 | 0x80 | 0x200;
  if ((code.flags & kVariadicFlags) != 0) throw ModelError("it takes any number of arguments (*args or **kwargs)");
  if ((code.flags & kSuspendingFlags) != 0) throw ModelError("it is a generator or a coroutine");
  if (code.keyword_only > 0) throw ModelError("it takes arguments by keyword only");
  Formula function;
  const auto count = static_cast<size_t>(code.arguments);
  if (defaults.size() > count) throw ModelError("it has more defaults than parameters");
  for (size_t i = 0; i < count; ++i) {
    const bool has = i + defaults.size() >= count;
    function.parameters.push_back(
        {code.locals[i], has ? term(Expression::Constant{defaults[i + defaults.size() - count]}) : nullptr});
  }
  function.result = Tracer(code, version, closure).run();
  return function;
}

}  // namespace keraunos::loader::python
