#include "loader/layers/extensions/qkeras_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>

#include "loader/files/json.h"
#include "loader/layers/table.h"

namespace keraunos::loader::qkeras {
namespace {

using files::Json;

// Parameters in the order of the constructors, as far as both versions of QKeras agree.
const std::map<std::string, std::vector<std::string>, std::less<>>& parameters() {
  static const std::map<std::string, std::vector<std::string>, std::less<>> all{
      {"quantized_bits",
       {"bits", "integer", "symmetric", "keep_negative", "alpha", "use_stochastic_rounding", "scale_axis", "qnoise_factor"}},
      {"quantized_hswish", {"bits", "integer", "symmetric", "alpha", "use_stochastic_rounding", "scale_axis", "qnoise_factor"}},
      {"quantized_relu",
       {"bits", "integer", "use_sigmoid", "negative_slope", "use_stochastic_rounding", "relu_upper_bound", "is_quantized_clip",
        "qnoise_factor"}},
      {"quantized_tanh", {"bits", "use_stochastic_rounding", "symmetric", "use_real_tanh"}},
      {"quantized_sigmoid", {"bits", "symmetric", "use_real_sigmoid", "use_stochastic_rounding"}},
      {"quantized_ulaw", {"bits", "integer", "symmetric", "u"}},
      {"quantized_po2", {"bits", "max_value", "use_stochastic_rounding", "quadratic_approximation", "log2_rounding"}},
      {"quantized_relu_po2",
       {"bits", "max_value", "negative_slope", "use_stochastic_rounding", "quadratic_approximation", "log2_rounding"}},
      {"binary", {"use_01", "alpha"}},
      {"stochastic_binary", {"alpha", "temperature", "use_real_sigmoid"}},
      {"ternary", {"alpha", "threshold", "use_stochastic_rounding", "number_of_unrolls"}},
      {"stochastic_ternary", {"alpha", "threshold", "temperature", "use_real_sigmoid", "number_of_unrolls"}},
      {"bernoulli", {"alpha", "temperature", "use_real_sigmoid"}},
  };
  return all;
}

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(' ');
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

// True, False, a number or a quoted word.
std::optional<Json> value_of(std::string_view text) {
  if (text == "True" || text == "False") return Json(text == "True");
  if (const auto whole = number_in<int64_t>(text)) return Json(*whole);
  if (const auto real = number_in<double>(text)) return Json(*real);
  const bool quoted = text.size() >= 2 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
  if (quoted) return Json(text.substr(1, text.size() - 2));
  return std::nullopt;
}

// Assigns "6, 0, alpha=1" to the names of the parameters.
std::optional<Json> arguments_in(std::string_view text, const std::vector<std::string>& names) {
  Json config = Json::object();
  bool named = false;
  for (size_t position = 0; !trimmed(text).empty(); ++position) {
    const size_t comma = text.find(',');
    const std::string_view item = trimmed(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const size_t equals = item.find('=');
    named = named || equals != std::string_view::npos;
    if ((named && equals == std::string_view::npos) || (!named && position >= names.size())) return std::nullopt;
    const auto value = value_of(trimmed(named ? item.substr(equals + 1) : item));
    if (!value) return std::nullopt;
    config.set(named ? std::string(trimmed(item.substr(0, equals))) : names[position], *value);
  }
  return config;
}

std::shared_ptr<const Json> object_of(std::string_view name, Json config) {
  Json layer = Json::object();
  layer.set("class_name", "qkeras>" + std::string(name)).set("config", std::move(config));
  return std::make_shared<const Json>(std::move(layer));
}

bool is_known(std::string_view name) { return find_layer("qkeras>" + std::string(name)) != nullptr; }

SerialisedLayer from_text(const Config& config, std::string_view key, std::string_view text) {
  const size_t bracket = text.find('(');
  const std::string_view name = trimmed(text.substr(0, bracket));
  if (!is_known(name)) {
    if (bracket != std::string_view::npos) config.fail(key, "a quantiser of QKeras");
    return {};
  }
  const auto known = parameters().find(name);
  if (bracket == std::string_view::npos) return object_of(name, Json::object());
  std::string_view inside = trimmed(text.substr(bracket + 1));
  if (known == parameters().end() || !inside.ends_with(')')) config.fail(key, "a quantiser of QKeras with its parameters");
  inside.remove_suffix(1);
  auto arguments = arguments_in(inside, known->second);
  if (!arguments) config.fail(key, "a quantiser of QKeras whose parameters are numbers, True, False or quoted words");
  return object_of(name, std::move(*arguments));
}

std::string class_in(const Json& object) {
  const Json* class_name = object.find("class_name");
  const std::string name = class_name != nullptr && class_name->is_string() ? class_name->as_string() : std::string();
  return name.substr(name.rfind('>') + 1);
}

// A function is {"class_name": "function", "config": "hard_tanh"}. A hard_sigmoid of this form is Keras's, which has another
// slope: Keras reads such an object before QKeras does.
SerialisedLayer from_object(const Config& config, std::string_view key, const Json& object) {
  const std::string name = class_in(object);
  const Json* inner = object.find("config");
  if (name == "function" && inner != nullptr && inner->is_string())
    return inner->as_string() == "hard_sigmoid" ? SerialisedLayer() : from_text(config, key, inner->as_string());
  if (!is_known(name) || inner == nullptr || !inner->is_object()) return std::make_shared<const Json>(object);
  return object_of(name, *inner);
}

}  // namespace

SerialisedLayer quantiser_in(const Config& config, std::string_view key) {
  const Json* field = config.find(key);
  if (field == nullptr) return {};
  if (field->is_string()) return from_text(config, key, field->as_string());
  if (!field->is_object()) config.fail(key, "a quantiser of QKeras");
  return from_object(config, key, *field);
}

SerialisedLayer quantiser_of_weight(const Config& config, std::string_view key) {
  SerialisedLayer quantiser = quantiser_in(config, key);
  if (!quantiser) {
    if (config.has(key)) config.fail(key, "a quantiser of QKeras");
    return quantiser;
  }
  constexpr std::array<std::string_view, 7> kFitted{"quantized_bits", "quantized_hswish",   "binary",   "stochastic_binary",
                                                    "ternary",        "stochastic_ternary", "bernoulli"};
  const std::string name = class_in(*quantiser.json());
  const Json* inner = quantiser.json()->find("config");
  if (std::find(kFitted.begin(), kFitted.end(), name) == kFitted.end() || inner == nullptr || !inner->is_object())
    return quantiser;
  const Json* alpha = inner->find("alpha");
  if (alpha != nullptr && !alpha->is_null()) return quantiser;
  Json fitted = *inner;
  fitted.set("alpha", "auto_po2");
  return object_of(name, std::move(fitted));
}

}  // namespace keraunos::loader::qkeras
