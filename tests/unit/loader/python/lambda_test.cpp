// Byte code of every version of Python, assembled here with CPython's own tables of instructions (Lib/opcode.py of each).
#include "loader/python/lambda.h"

#include <gtest/gtest.h>

#include <random>

#include "keraunos/error.h"
#include "loader/python/trace.h"
#include "unit/expect_error.h"
#include "unit/loader/python/assembler.h"

namespace keraunos::loader::python {
namespace {

std::string text_of(const Term& term);

std::string texts_of(const std::vector<Term>& terms) {
  std::string all;
  for (const Term& item : terms) all += (all.empty() ? "" : ", ") + text_of(item);
  return all;
}

// An expression as nested calls, for comparison.
std::string text_of(const Term& term) {
  if (term == nullptr) return "-";
  if (const auto* form = std::get_if<Expression::Argument>(&term->form)) return "x" + std::to_string(form->index);
  if (const auto* form = std::get_if<Expression::Name>(&term->form)) return form->name;
  if (const auto* form = std::get_if<Expression::Attribute>(&term->form)) return text_of(form->of) + '.' + form->name;
  if (const auto* form = std::get_if<Expression::Subscript>(&term->form))
    return text_of(form->of) + '[' + text_of(form->key) + ']';
  if (const auto* form = std::get_if<Expression::Slice>(&term->form))
    return "slice(" + text_of(form->start) + ", " + text_of(form->stop) + ", " + text_of(form->step) + ')';
  if (const auto* form = std::get_if<Expression::Sequence>(&term->form)) return '(' + texts_of(form->items) + ')';
  if (const auto* form = std::get_if<Expression::Operation>(&term->form))
    return std::to_string(static_cast<int>(form->op)) + '(' + texts_of(form->operands) + ')';
  if (const auto* form = std::get_if<Expression::Call>(&term->form)) {
    std::string all = texts_of(form->arguments);
    for (const auto& [name, value] : form->keywords) all += (all.empty() ? "" : ", ") + name + '=' + text_of(value);
    return text_of(form->callee) + '(' + all + ')';
  }
  const auto& constant = std::get<Expression::Constant>(term->form).value;
  if (constant.is_none()) return "None";
  if (const auto* whole = std::get_if<int64_t>(&constant.value)) return std::to_string(*whole);
  if (const auto* text = std::get_if<std::string>(&constant.value)) return *text;
  return "constant";
}

struct OfVersion {
  Version version;
  Assembled code;
};

// lambda x, k: tf.abs(x[:, 0] * k)
std::vector<OfVersion> all_versions() {
  const Assembled::Parts parts{.arguments = 2, .constants = {none(), number(0)}, .names = {"tf", "abs"}, .locals = {"x", "k"}};
  using Code = std::vector<Assembled::Step>;
  const Code old{{116, 0}, {106, 1}, {124, 0}, {100, 0}, {100, 0}, {133, 2}, {100, 1},
                 {102, 2}, {25},     {124, 1}, {20},     {131, 1}, {83}};
  const Code words{{116, 0}, {160, 1}, {124, 0}, {100, 0}, {100, 0}, {133, 2}, {100, 1},
                   {102, 2}, {25},     {124, 1}, {20},     {161, 1}, {83}};
  const Code of_311{{151, 0}, {116, 0, 5}, {160, 1, 10}, {124, 0},    {100, 0},    {100, 0},    {133, 2}, {100, 1},
                    {102, 2}, {25, 0, 4},  {124, 1},     {122, 5, 1}, {166, 1, 1}, {171, 1, 4}, {83}};
  const Code of_312{{151, 0}, {116, 0, 4}, {106, 3, 9}, {124, 0}, {100, 0},    {100, 0},    {133, 2},
                    {100, 1}, {102, 2},    {25, 0, 1},  {124, 1}, {122, 5, 1}, {171, 1, 3}, {83}};
  const Code of_313{{149, 0}, {91, 0, 4}, {82, 3, 9}, {85, 0}, {83, 0},    {83, 0},    {50, 2},
                    {83, 1},  {52, 2},    {5, 0, 1},  {85, 1}, {45, 5, 1}, {53, 1, 3}, {36}};
  return {{Version::v27, {CodeLayout::python2, false, parts, old}},
          {Version::v35, {CodeLayout::python30, false, parts, old}},
          {Version::v36, {CodeLayout::python30, true, parts, words}},
          {Version::v38, {CodeLayout::python38, true, parts, words}},
          {Version::v311, {CodeLayout::python311, true, parts, of_311}},
          {Version::v312, {CodeLayout::python311, true, parts, of_312}},
          {Version::v313, {CodeLayout::python311, true, parts, of_313}}};
}

TEST(PythonLambda, ReadsTheCodeOfEveryVersion) {
  for (const OfVersion& one : all_versions()) {
    SCOPED_TRACE(name_of(one.version));
    const Code code = read_code(one.code.marshalled(), one.code.layout());
    const Formula formula = traced_formula(code, one.version, {}, {});
    EXPECT_EQ(text_of(formula.result), "tf.abs(5(x0[(slice(None, None, -), 0)], x1))");
    ASSERT_EQ(formula.parameters.size(), 2U);
    EXPECT_EQ(formula.parameters[1].name, "k");
  }
}

TEST(PythonLambda, TellsTheVersionByTheInstructions) {
  for (const OfVersion& one : all_versions()) {
    SCOPED_TRACE(name_of(one.version));
    Json code = Json::array();
    code.push_back(base64(one.code.marshalled())).push_back(Json::parse("[7]", "defaults")).push_back(nullptr);
    const Formula formula = translated_lambda(code);
    EXPECT_EQ(text_of(formula.result), "tf.abs(5(x0[(slice(None, None, -), 0)], x1))");
    EXPECT_EQ(text_of(formula.parameters[1].otherwise), "7");
  }
}

// Python 3.11 writes keywords before the call, 3.13 after it, 3.6 as a tuple on the stack and 2.7 between the values.
TEST(PythonLambda, ReadsKeywordsOfEveryVersion) {
  const Assembled::Parts parts{
      .arguments = 1, .constants = {tuple_of({"axis"}), number(1), text("axis")}, .names = {"f"}, .locals = {"x"}};
  const std::vector<OfVersion> all{
      {Version::v27, {CodeLayout::python2, false, parts, {{116, 0}, {124, 0}, {100, 2}, {100, 1}, {131, 0x101}, {83}}}},
      {Version::v36, {CodeLayout::python30, true, parts, {{116, 0}, {124, 0}, {100, 1}, {100, 0}, {141, 2}, {83}}}},
      {Version::v311,
       {CodeLayout::python311,
        true,
        parts,
        {{151, 0}, {116, 1, 5}, {124, 0}, {100, 1}, {172, 0}, {166, 2, 1}, {171, 2, 4}, {83}}}},
      {Version::v312,
       {CodeLayout::python311, true, parts, {{151, 0}, {116, 1, 4}, {124, 0}, {100, 1}, {172, 0}, {171, 2, 3}, {83}}}},
      {Version::v313, {CodeLayout::python311, true, parts, {{149, 0}, {91, 1, 4}, {85, 0}, {83, 1}, {83, 0}, {57, 2}, {36}}}}};
  for (const OfVersion& one : all) {
    SCOPED_TRACE(name_of(one.version));
    const Code code = read_code(one.code.marshalled(), one.code.layout());
    EXPECT_EQ(text_of(traced_formula(code, one.version, {}, {}).result), "f(x0, axis=1)");
  }
}

TEST(PythonLambda, RefusesWhatIsNoExpressionInWords) {
  const Assembled::Parts parts{.arguments = 1, .constants = {none()}, .names = {"open"}, .locals = {"x"}};
  const auto refused = [&](const std::vector<Assembled::Step>& steps) {
    Json code = Json::array();
    code.push_back(base64(Assembled(CodeLayout::python38, true, parts, steps).marshalled()))
        .push_back(nullptr)
        .push_back(nullptr);
    return code;
  };
  expect_error(
      [&] {
        static_cast<void>(translated_lambda(refused({{116, 0}, {124, 0}, {131, 1}, {83}})));
      },
      "it calls open, which is not known here");
  expect_error(
      [&] {
        static_cast<void>(translated_lambda(refused({{124, 0}, {114, 6}, {124, 0}, {83}})));
      },
      "the instruction 114");
  expect_error([&] { static_cast<void>(translated_lambda(refused({{83}}))); }, "empty stack");
  expect_error([&] { static_cast<void>(translated_lambda(refused({{124, 9}, {83}}))); }, "names a value that is not there");
  expect_error([&] { static_cast<void>(translated_lambda(refused({{124, 0}}))); }, "ends without a return");
  expect_error(
      [&] {
        static_cast<void>(translated_lambda(refused({{124, 0}, {114, 6}, {83}})));
      },
      "0 LOAD_FAST 0 (x); 2 instruction 114 6");
  std::vector<Assembled::Step> deep{{124, 0}};
  for (int i = 0; i < 2000; ++i) deep.push_back({11});
  deep.push_back({83});
  expect_error([&] { static_cast<void>(translated_lambda(refused(deep))); }, "more than 1000 instructions");
}

// Damaged code is either refused or still an expression; there is no other outcome.
TEST(PythonLambda, BearsDamageAnywhere) {
  std::mt19937 random(7);
  for (const OfVersion& one : all_versions()) {
    const std::string whole = one.code.marshalled();
    const auto bears = [&](const std::string& bytes) {
      for (const Version version : versions_of(one.code.layout())) {
        try {
          const Code code = read_code(bytes, one.code.layout());
          static_cast<void>(disassembly(code, version));
          static_cast<void>(traced_formula(code, version, {}, {}));
        } catch (const ModelError&) {
        }
      }
    };
    for (size_t i = 0; i < whole.size(); ++i) bears(whole.substr(0, i));
    for (int i = 0; i < 3000; ++i) {
      std::string changed = whole;
      for (int change = 0; change <= i % 3; ++change) changed[random() % changed.size()] = static_cast<char>(random());
      bears(changed);
    }
  }
}

TEST(PythonLambda, ReadsExpressionsAsText) {
  EXPECT_EQ(text_of(parse_formula("x[:, -1] * 2 + f(x, k=1) ** -2", "text").result),
            "0(5(x0[(slice(-, -, -), 19(1))], 2), 8(f(x0, k=1), 19(2)))");
  EXPECT_EQ(text_of(parse_formula("lambda a, b=3: a - b - 1", "text").result), "10(10(x0, x1), 1)");
  EXPECT_EQ(text_of(parse_formula("-x ** 2", "text").result), "19(8(x0, 2))");
  expect_error([&] { static_cast<void>(parse_formula("x +", "text")); }, "text: expected a value at character 4 of \"x +\"");
  expect_error([&] { static_cast<void>(parse_formula(std::string(5000, '('), "text")); }, "nest too deeply");
  expect_error([&] { static_cast<void>(parse_formula(std::string(5000, '-') + 'x', "text")); }, "nest too deeply");
  expect_error([&] { static_cast<void>(parse_formula("x; y", "text")); }, "expected an operator");
  expect_error([&] { static_cast<void>(parse_formula("x < 1 < 2", "text")); }, "comparisons do not chain");
}

}  // namespace
}  // namespace keraunos::loader::python
