#include "loader/python/values.h"

#include <algorithm>
#include <cmath>

#include "keraunos/error.h"
#include "loader/ops/argument_text.h"

namespace keraunos::loader::python {
namespace {

[[noreturn]] void refuse_value(const std::string& what) { throw ModelError("computes " + what); }

// GCC's checked arithmetic returns whether the result overflows.
int64_t checked(bool (*overflows)(int64_t, int64_t, int64_t*), int64_t a, int64_t b) {
  int64_t result = 0;
  if (overflows(a, b, &result)) refuse_value("an integer of more than 64 bits");
  return result;
}

bool adds_beyond(int64_t a, int64_t b, int64_t* sum) { return __builtin_add_overflow(a, b, sum); }
bool subtracts_beyond(int64_t a, int64_t b, int64_t* difference) { return __builtin_sub_overflow(a, b, difference); }
bool multiplies_beyond(int64_t a, int64_t b, int64_t* product) { return __builtin_mul_overflow(a, b, product); }

int64_t floor_quotient(int64_t a, int64_t b) {
  if (b == 0) refuse_value("a division by zero");
  if (b == -1) return checked(subtracts_beyond, 0, a);
  const int64_t quotient = a / b;
  return quotient * b != a && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t floor_rest(int64_t a, int64_t b) {
  if (b == 0) refuse_value("a division by zero");
  if (b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

int64_t whole_power(int64_t base, int64_t exponent) {
  int64_t result = 1;
  for (int64_t i = 0; i < exponent; ++i) {
    if (base == 0 || base == 1) return base;
    if (base == -1) return exponent % 2 == 0 ? 1 : -1;
    result = checked(multiplies_beyond, result, base);
  }
  return result;
}

Arg of_integers(Operator op, int64_t a, int64_t b) {
  switch (op) {
    case Operator::add: return {checked(adds_beyond, a, b)};
    case Operator::subtract: return {checked(subtracts_beyond, a, b)};
    case Operator::multiply: return {checked(multiplies_beyond, a, b)};
    case Operator::floor_divide: return {floor_quotient(a, b)};
    case Operator::modulo: return {floor_rest(a, b)};
    case Operator::bit_and: return {a & b};
    case Operator::bit_or: return {a | b};
    case Operator::bit_xor: return {a ^ b};
    case Operator::right_shift: return {a >> std::clamp<int64_t>(b, 0, 63)};
    case Operator::left_shift:
      if (b < 0 || b > 62 || a < 0 || a > (INT64_MAX >> b)) refuse_value("an integer of more than 64 bits");
      return {a << b};
    case Operator::power:
      if (b < 0) return {std::pow(static_cast<double>(a), static_cast<double>(b))};
      return {whole_power(a, b)};
    default: break;
  }
  if (b == 0) refuse_value("a division by zero");
  return {static_cast<double>(a) / static_cast<double>(b)};
}

Arg of_reals(Operator op, double a, double b) {
  switch (op) {
    case Operator::add: return {a + b};
    case Operator::subtract: return {a - b};
    case Operator::multiply: return {a * b};
    case Operator::power: return {std::pow(a, b)};
    case Operator::divide:
    case Operator::floor_divide:
    case Operator::modulo: break;
    default: refuse_value("bits of a number that is no integer");
  }
  if (b == 0) refuse_value("a division by zero");
  if (op == Operator::divide) return {a / b};
  const double quotient = std::floor(a / b);
  return {op == Operator::floor_divide ? quotient : a - quotient * b};
}

bool equal(const Arg& a, const Arg& b);

bool equal_lists(const Arg::List& a, const Arg::List& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Arg& x, const Arg& y) { return equal(x, y); });
}

bool equal(const Arg& a, const Arg& b) {
  if (const auto x = real_of(a), y = real_of(b); x && y) return *x == *y;
  const auto *one = std::get_if<std::string>(&a.value), *other = std::get_if<std::string>(&b.value);
  if (one != nullptr && other != nullptr) return *one == *other;
  if (a.list() != nullptr && b.list() != nullptr) return equal_lists(*a.list(), *b.list());
  return a.is_none() && b.is_none();
}

bool compared(Operator op, const Arg& a, const Arg& b) {
  if (op == Operator::equal) return equal(a, b);
  if (op == Operator::not_equal) return !equal(a, b);
  const auto x = real_of(a), y = real_of(b);
  if (!x || !y) refuse_value("an order of " + python_text(a) + " and " + python_text(b));
  if (op == Operator::less) return *x < *y;
  if (op == Operator::less_equal) return *x <= *y;
  return op == Operator::greater ? *x > *y : *x >= *y;
}

Arg of_lists(Operator op, const Arg& a, const Arg& b) {
  Arg::List result;
  if (op == Operator::add && a.list() != nullptr && b.list() != nullptr) {
    result = *a.list();
    result.insert(result.end(), b.list()->begin(), b.list()->end());
  } else if (op == Operator::multiply) {
    const Arg::List& items = a.list() != nullptr ? *a.list() : *b.list();
    const auto times = integer_of(a.list() != nullptr ? b : a);
    if (!times) refuse_value("a product of a list and " + python_text(a.list() != nullptr ? b : a));
    if (*times > static_cast<int64_t>(kMostItems) ||
        static_cast<size_t>(std::max<int64_t>(*times, 0)) * items.size() > kMostItems)
      refuse_value("a list of more than " + std::to_string(kMostItems) + " items");
    for (int64_t i = 0; i < *times; ++i) result.insert(result.end(), items.begin(), items.end());
  } else {
    refuse_value("something of " + python_text(a) + " and " + python_text(b) + " that lists have not");
  }
  if (result.size() > kMostItems) refuse_value("a list of more than " + std::to_string(kMostItems) + " items");
  return {std::move(result)};
}

Arg of_one(Operator op, const Arg& x) {
  if (op == Operator::logical_not) {
    const auto truth = truth_of(x);
    if (!truth) refuse_value("the truth of a tensor");
    return {!*truth};
  }
  const auto whole = integer_of(x);
  if (op == Operator::invert && whole) return {~*whole};
  if (op == Operator::negative && whole) return of_integers(Operator::subtract, 0, *whole);
  if (op == Operator::positive && whole) return {*whole};
  const auto real = real_of(x);
  if (!real || op == Operator::invert) refuse_value("a sign of " + python_text(x));
  return {op == Operator::negative ? -*real : *real};
}

}  // namespace

std::optional<bool> truth_of(const Arg& value) {
  if (value.is_none()) return false;
  if (const auto number = real_of(value)) return *number != 0;
  if (const auto* text = std::get_if<std::string>(&value.value)) return !text->empty();
  if (value.list() != nullptr) return !value.list()->empty();
  return std::nullopt;
}

std::optional<int64_t> integer_of(const Arg& value) {
  if (const auto* flag = std::get_if<bool>(&value.value)) return *flag ? 1 : 0;
  if (const auto* whole = std::get_if<int64_t>(&value.value)) return *whole;
  return std::nullopt;
}

std::optional<double> real_of(const Arg& value) {
  if (const auto* real = std::get_if<double>(&value.value)) return *real;
  if (const auto whole = integer_of(value)) return static_cast<double>(*whole);
  return std::nullopt;
}

bool has_tensor(const Arg& value) {
  if (value.tensor() != nullptr) return true;
  return value.list() != nullptr && std::ranges::any_of(*value.list(), has_tensor);
}

Arg computed(Operator op, const std::vector<Arg>& operands) {
  if (operands.size() == 1) return of_one(op, operands[0]);
  const Arg &a = operands[0], &b = operands[1];
  if (op >= Operator::less && op <= Operator::greater_equal) return {compared(op, a, b)};
  if (a.list() != nullptr || b.list() != nullptr) return of_lists(op, a, b);
  if (const auto x = integer_of(a), y = integer_of(b); x && y) return of_integers(op, *x, *y);
  const auto x = real_of(a), y = real_of(b);
  if (!x || !y) refuse_value("something of " + python_text(a) + " and " + python_text(b));
  return of_reals(op, *x, *y);
}

Arg element_of(const Arg::List& list, const Arg& key) {
  const auto count = static_cast<int64_t>(list.size());
  if (const auto index = integer_of(key)) {
    const int64_t place = *index < 0 ? *index + count : *index;
    if (place < 0 || place >= count) refuse_value("item " + std::to_string(*index) + " of a list of " + std::to_string(count));
    return list[static_cast<size_t>(place)];
  }
  const auto* slice = std::get_if<std::shared_ptr<const Arg::Slice>>(&key.value);
  if (slice == nullptr) refuse_value("the item " + python_text(key) + " of a list");
  const auto bound = [&](const Arg& given, int64_t otherwise) {
    if (given.is_none()) return otherwise;
    const auto whole = integer_of(given);
    if (!whole) refuse_value("a slice of a list from or to " + python_text(given));
    return *whole;
  };
  const int64_t step = bound((*slice)->step, 1);
  if (step == 0) refuse_value("a slice with a step of 0");
  const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? count : count - 1;
  const auto place = [&](const Arg& given, int64_t otherwise) {
    const int64_t at = bound(given, otherwise);
    return given.is_none() ? at : std::clamp(at < 0 ? at + count : at, low, high);
  };
  const int64_t stop = place((*slice)->stop, step > 0 ? count : -1);
  Arg::List part;
  for (int64_t i = place((*slice)->start, step > 0 ? 0 : count - 1); step > 0 ? i < stop : i > stop;
       i += std::clamp(step, -count - 1, count + 1))
    part.push_back(list[static_cast<size_t>(i)]);
  return {std::move(part)};
}

}  // namespace keraunos::loader::python
