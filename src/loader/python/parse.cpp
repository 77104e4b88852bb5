// A recursive-descent parser for Python's expressions; statements, comprehensions and inner functions are not supported.
#include <algorithm>
#include <optional>

#include "loader/python/text_cursor.h"

namespace keraunos::loader::python {
namespace {

struct BinarySign {
  std::string_view sign;
  Operator op;
};
// One precedence level per row, the lowest first; of two signs with the same beginning the longer comes first.
constexpr BinarySign kSigns[][8] = {
    {{"<=", Operator::less_equal},
     {">=", Operator::greater_equal},
     {"==", Operator::equal},
     {"!=", Operator::not_equal},
     {"<<", Operator::left_shift},  // begins with "<"
     {">>", Operator::right_shift},
     {"<", Operator::less},
     {">", Operator::greater}},
    {{"|", Operator::bit_or}},
    {{"^", Operator::bit_xor}},
    {{"&", Operator::bit_and}},
    {{"<<", Operator::left_shift}, {">>", Operator::right_shift}},
    {{"+", Operator::add}, {"-", Operator::subtract}},
    {{"**", Operator::power},
     {"*", Operator::multiply},
     {"//", Operator::floor_divide},
     {"/", Operator::divide},
     {"%", Operator::modulo},
     {"@", Operator::matmul}},
};
constexpr size_t kLevels = std::size(kSigns);

class Parser : private TextCursor {
 public:
  using TextCursor::TextCursor;

  Formula function() {
    Formula function;
    const bool is_lambda = word("lambda");
    if (is_lambda || has_parameters()) {
      while (!sign(":")) {
        Formula::Parameter parameter{name(), nullptr};
        if (sign("=")) parameter.otherwise = expression();
        function.parameters.push_back(std::move(parameter));
        if (!sign(",") && !peek(":")) refuse("expected \",\" or \":\"");
      }
    } else {
      function.parameters.push_back({"x", nullptr});
    }
    for (const Formula::Parameter& parameter : function.parameters) parameters_.push_back(parameter.name);
    std::vector<Term> items{expression()};
    bool is_tuple = false;
    while (sign(",")) {
      is_tuple = true;
      if (!at_end()) items.push_back(expression());
    }
    function.result = is_tuple ? term(Expression::Sequence{std::move(items)}) : items[0];
    if (!at_end()) refuse("expected an operator");
    return function;
  }

 private:
  // "x, axis=1: …": a colon outside of brackets and strings.
  bool has_parameters() const {
    int depth = 0;
    char quote = 0;
    for (const char c : text_.substr(at_)) {
      if (quote != 0) {
        if (c == quote) quote = 0;
        continue;
      }
      if (c == '\'' || c == '"') quote = c;
      if (c == '(' || c == '[' || c == '{') ++depth;
      if (c == ')' || c == ']' || c == '}') --depth;
      if (c == ':' && depth == 0) return true;
    }
    return false;
  }

  Term expression() {
    const Nested nested(*this);
    Term value = disjunction();
    if (word("if")) {
      Term condition = disjunction();
      if (!word("else")) refuse("expected \"else\"");
      value = term(Expression::Conditional{std::move(condition), std::move(value), expression()});
    }
    return value;
  }
  Term disjunction() {
    Term value = conjunction();
    while (word("or")) value = term(Expression::Conditional{value, value, conjunction()});
    return value;
  }
  Term conjunction() {
    Term value = negation();
    while (word("and")) value = term(Expression::Conditional{value, negation(), value});
    return value;
  }
  Term negation() {
    if (!word("not")) return binary(0);
    const Nested nested(*this);
    return term(Expression::Operation{Operator::logical_not, {negation()}});
  }

  std::optional<Operator> sign_of(size_t level) {
    for (const BinarySign& candidate : kSigns[level]) {
      if (candidate.sign.empty() || !peek(candidate.sign)) continue;
      const bool is_shift = candidate.op == Operator::left_shift || candidate.op == Operator::right_shift;
      if ((level == 0 && is_shift) || candidate.op == Operator::power) return std::nullopt;
      at_ += candidate.sign.size();
      return candidate.op;
    }
    return std::nullopt;
  }
  Term binary(size_t level) {
    if (level == kLevels) return unary();
    Term left = binary(level + 1);
    for (int more = 0;; ++more) {
      const std::optional<Operator> op = sign_of(level);
      if (!op) return left;
      if (level == 0 && more > 0) refuse("comparisons do not chain here");
      if (more > 1000) refuse("an expression is too long");
      left = term(Expression::Operation{*op, {std::move(left), binary(level + 1)}});
    }
  }
  Term unary() {
    for (const auto& [text, op] : {std::pair{"-", Operator::negative}, {"+", Operator::positive}, {"~", Operator::invert}}) {
      if (!sign(text)) continue;
      const Nested nested(*this);
      return term(Expression::Operation{op, {unary()}});
    }
    Term value = postfix(atom());
    if (!sign("**")) return value;
    const Nested nested(*this);
    return term(Expression::Operation{Operator::power, {std::move(value), unary()}});
  }

  Term postfix(Term value) {
    for (int more = 0; more < 1000; ++more) {
      if (peek("...")) return value;
      if (sign("."))
        value = term(Expression::Attribute{std::move(value), name()});
      else if (sign("["))
        value = term(Expression::Subscript{std::move(value), key()});
      else if (sign("("))
        value = call(std::move(value));
      else
        return value;
    }
    refuse("an expression is too long");
  }

  Term key() {
    std::vector<Term> items;
    bool is_tuple = false;
    while (!sign("]")) {
      items.push_back(key_item());
      if (sign(","))
        is_tuple = true;
      else if (!peek("]"))
        refuse("expected \",\" or \"]\"");
    }
    if (items.empty()) refuse("expected an index");
    return is_tuple ? term(Expression::Sequence{std::move(items)}) : items[0];
  }
  Term key_item() {
    const auto bound = [&]() -> Term { return peek(":") || peek(",") || peek("]") ? nullptr : expression(); };
    Term start = bound();
    if (!sign(":")) {
      if (start == nullptr) refuse("expected an index");
      return start;
    }
    Term stop = bound();
    Term step = sign(":") ? bound() : nullptr;
    return term(Expression::Slice{std::move(start), std::move(stop), std::move(step)});
  }

  Term call(Term callee) {
    Expression::Call form{std::move(callee), {}, {}};
    while (!sign(")")) {
      if (const std::optional<std::string> keyword = keyword_ahead())
        form.keywords.emplace_back(*keyword, expression());
      else if (!form.keywords.empty())
        refuse("a positional argument follows a keyword");
      else
        form.arguments.push_back(expression());
      if (!sign(",") && !peek(")")) refuse("expected \",\" or \")\"");
    }
    return term(std::move(form));
  }
  std::optional<std::string> keyword_ahead() {
    skip_blanks();
    const size_t begin = at_;
    if (at_ < text_.size() && is_letter(text_[at_])) {
      std::string keyword = name();
      if (peek("=") && !peek("==") && sign("=")) return keyword;
    }
    at_ = begin;
    return std::nullopt;
  }

  Term atom() {
    const Nested nested(*this);
    skip_blanks();
    if (at_ == text_.size()) refuse("expected a value");
    const char first = text_[at_];
    if (sign("...")) return term(Expression::Constant{{Arg::Ellipsis{}}});
    if (is_digit(first) || first == '.') return number();
    if (first == '\'' || first == '"') return text();
    if (sign("(")) return sequence(")");
    if (sign("[")) return sequence("]");
    if (sign("{")) return dictionary();
    if (word("None")) return term(Expression::Constant{});
    if (word("True")) return term(Expression::Constant{{true}});
    if (word("False")) return term(Expression::Constant{{false}});
    const std::string found = name();
    const auto parameter = std::ranges::find(parameters_, found);
    if (parameter != parameters_.end()) return term(Expression::Argument{static_cast<size_t>(parameter - parameters_.begin())});
    return term(Expression::Name{found});
  }

  Term sequence(std::string_view end) {
    std::vector<Term> items;
    bool is_list = end == "]";
    while (!sign(end)) {
      items.push_back(expression());
      if (sign(","))
        is_list = true;
      else if (!peek(end))
        refuse("expected \",\" or \"" + std::string(end) + '"');
    }
    if (!is_list && items.size() == 1) return items[0];
    return term(Expression::Sequence{std::move(items)});
  }
  Term dictionary() {
    Expression::Dictionary form;
    while (!sign("}")) {
      const Term key = atom();
      const auto* constant = std::get_if<Expression::Constant>(&key->form);
      const auto* name = constant == nullptr ? nullptr : std::get_if<std::string>(&constant->value.value);
      if (name == nullptr) refuse("a key of a dictionary is no text");
      expect(":");
      form.items.emplace_back(*name, expression());
      if (!sign(",") && !peek("}")) refuse("expected \",\" or \"}\"");
    }
    return term(std::move(form));
  }

  std::vector<std::string> parameters_;
};

}  // namespace

Formula parse_formula(std::string_view text, std::string_view where) { return Parser(text, where).function(); }

}  // namespace keraunos::loader::python
