#include "loader/python/lambda.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "keraunos/error.h"
#include "loader/files/base64.h"
#include "loader/ops/operation.h"
#include "loader/python/evaluate.h"
#include "loader/python/trace.h"

namespace keraunos::loader::python {
namespace {

// Before Keras 2.0.9 the text contained the bytes directly, each as the character with its number.
std::optional<std::string> bytes_of_characters(std::string_view text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto lead = static_cast<unsigned char>(text[i]);
    if (lead < 0x80) {
      bytes += text[i];
    } else if ((lead == 0xC2 || lead == 0xC3) && i + 1 < text.size()) {
      bytes += static_cast<char>((lead & 3) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3F));
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

Arg constant_in(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::null: return {};
    case Json::Kind::boolean: return {json.as_bool()};
    case Json::Kind::integer: return {json.as_int()};
    case Json::Kind::real: return {json.as_double()};
    case Json::Kind::string: return {json.as_string()};
    case Json::Kind::object:
      if (const Json* items = json.find("items")) return constant_in(*items);
      throw ModelError("a default or a variable of the function around it is an object of its own");
    case Json::Kind::array: break;
  }
  Arg::List list;
  for (const Json& item : json.items()) list.push_back(constant_in(item));
  return {std::move(list)};
}

std::vector<Arg> constants_in(const Json* json) {
  if (json == nullptr || json->is_null()) return {};
  const Arg all = constant_in(*json);
  if (all.list() == nullptr) throw ModelError("its defaults or the variables of the function around it are no list");
  return *all.list();
}

/// The failure of the version that reads the most of the code.
struct Failure {
  std::string reason, listing;
  size_t read = 0;
};

// Files do not state the version of Python: the first whose layout and instructions fit is used.
std::optional<Formula> formula_in(std::string_view bytes, const std::vector<Arg>& defaults, const std::vector<Arg>& closure,
                                  Failure& failure) {
  for (const CodeLayout layout : {CodeLayout::python311, CodeLayout::python38, CodeLayout::python30, CodeLayout::python2}) {
    std::optional<Code> code;
    try {
      code = read_code(bytes, layout);
    } catch (const ModelError&) {
      continue;
    }
    for (const Version version : versions_of(layout)) {
      try {
        return traced_formula(*code, version, defaults, closure);
      } catch (const ModelError& error) {
        const size_t read = readable_bytes(code->instructions, version);
        if (!failure.reason.empty() && read <= failure.read) continue;
        failure = {error.what(),
                   "the instructions of \"" + code->name + "\" (Python " + std::string(name_of(version)) +
                       "): " + disassembly(*code, version),
                   read};
      }
    }
  }
  return std::nullopt;
}

Arg mask_of(const std::vector<Arg>& arguments) {
  const auto mask = [](const Arg& argument) -> Arg {
    const Traced* tensor = argument.tensor();
    return tensor != nullptr && tensor->mask ? Arg{Traced{tensor->mask, {}}} : Arg{};
  };
  if (arguments.empty()) return {};
  if (arguments[0].list() == nullptr) return mask(arguments[0]);
  Arg::List all;
  for (const Arg& item : *arguments[0].list()) all.push_back(mask(item));
  return {std::move(all)};
}

std::vector<Traced> lower_lambda(Lowering& l, const Formula& function) {
  if (l.arguments().size() != 1)
    l.refuse("is called with " + std::to_string(l.arguments().size()) + " arguments; a Lambda takes one");
  Arg::Members keywords;
  const Json* arguments = l.config().find("arguments");
  if (arguments != nullptr && arguments->is_object()) {
    for (const auto& [name, value] : arguments->members()) keywords.push_back({name, argument_of(l, value)});
  }
  const auto takes = [&](std::string_view name) {
    const auto is_it = [&](const Formula::Parameter& parameter) { return parameter.name == name; };
    return std::ranges::any_of(function.parameters, is_it) &&
           std::ranges::find(keywords, name, &Arg::Member::name) == keywords.end();
  };
  if (takes("mask")) keywords.push_back({"mask", mask_of(l.arguments())});
  if (takes("training")) keywords.push_back({"training", {false}});
  return evaluate(l, function, l.arguments(), std::move(keywords));
}

}  // namespace

const Json* code_of_lambda(const Json& config) {
  const Json* function = config.is_object() ? config.find("function") : nullptr;
  if (function == nullptr) return nullptr;
  if (function->is_array()) return function;
  if (const Json* items = function->is_object() ? function->find("items") : nullptr) return items;
  const Json* name = function->is_object() ? function->find("class_name") : nullptr;
  const Json* inner = function->is_object() ? function->find("config") : nullptr;
  const bool is_lambda = name != nullptr && name->is_string() && name->as_string() == "__lambda__";
  return is_lambda && inner != nullptr && inner->is_object() ? inner : nullptr;
}

Formula translated_lambda(const Json& code) {
  const bool is_list = code.is_array();
  if (is_list && code.size() != 3) throw ModelError("its function is a list of " + std::to_string(code.size()) + " items");
  const Json* text = is_list ? &code.at(0) : code.find("code");
  if (text == nullptr || !text->is_string()) throw ModelError("its code is no text");
  const std::vector<Arg> defaults = constants_in(is_list ? &code.at(1) : code.find("defaults"));
  const std::vector<Arg> closure = constants_in(is_list ? &code.at(2) : code.find("closure"));
  Failure failure;
  for (const std::optional<std::string>& bytes :
       {files::from_base64(text->as_string()), bytes_of_characters(text->as_string())}) {
    std::optional<Formula> formula = bytes ? formula_in(*bytes, defaults, closure, failure) : std::nullopt;
    if (!formula) continue;
    if (const std::optional<std::string> name = unknown_call(*formula))
      throw ModelError("it calls " + *name + ", which is not known here");
    return std::move(*formula);
  }
  if (failure.reason.empty())
    throw ModelError("its code is none of Python 2.7 or 3.5 to 3.13; files from Windows may have lost bytes of it");
  throw ModelError(failure.reason + "; " + failure.listing);
}

std::shared_ptr<const LayerDef> lambda_layer(Formula function) {
  auto def = std::make_shared<LayerDef>();
  def->classes = {"Lambda"};
  def->lower = [body = std::move(function)](Lowering& l) { return lower_lambda(l, body); };
  return def;
}

}  // namespace keraunos::loader::python
