#include "loader/python/functions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "loader/keras/dtype_policy.h"
#include "loader/ops/table.h"
#include "loader/python/tables.h"

namespace keraunos::loader::python {
namespace {

struct ModuleName {
  std::string_view dotted, canonical;
};
// The longest first where one is a prefix of another.
constexpr ModuleName kModules[] = {
    {"tensorflow.python.keras.backend", "K"},
    {"tensorflow.compat.v1.keras.backend", "K"},
    {"tensorflow.keras.backend", "K"},
    {"tensorflow.keras.activations", "activations"},
    {"tensorflow.keras.ops", "ops"},
    {"tensorflow.keras", "keras"},
    {"tensorflow.compat.v2", "tf"},
    {"tensorflow", "tf"},
    {"tf.compat.v1.keras.backend", "K"},
    {"tf.keras.backend", "K"},
    {"tf.keras.activations", "activations"},
    {"tf.keras", "keras"},
    {"tf.compat.v2", "tf"},
    {"keras.backend", "K"},
    {"keras.activations", "activations"},
    {"keras.ops", "ops"},
    {"backend", "K"},
    {"numpy", "np"},
};

bool is_module_of(std::string_view name, std::string_view module) {
  return name.starts_with(module) && (name.size() == module.size() || name[module.size()] == '.');
}

// Names in keras.ops are those of the classes in snake case; these are the exceptions. Classes with an acronym must be here.
constexpr std::pair<std::string_view, std::string_view> kClassNames[] = {
    {"fft", "FFT"},
    {"fft2", "FFT2"},
    {"ifft2", "IFFT2"},
    {"rfft", "RFFT"},
    {"irfft", "IRFFT"},
    {"stft", "STFT"},
    {"istft", "ISTFT"},
    {"svd", "SVD"},
    {"isin", "IsIn"},
    {"rgb_to_hsv", "RGBToHSV"},
    {"hsv_to_rgb", "HSVToRGB"},
    {"rgb_to_grayscale", "RGBToGrayscale"},
    {"in_top_k", "InTopK"},
    {"logsumexp", "Logsumexp"},
    {"allclose", "AllClose"},
    {"cdist", "CDist"},
    {"searchsorted", "SearchSorted"},
    {"batch_normalization", "BatchNorm"},
    {"layer_normalization", "LayerNorm"},
    {"rms_normalization", "RMSNorm"},
    {"ctc_loss", "CTCLoss"},
    {"ctc_decode", "CTCDecode"},
    {"psnr", "PSNR"},
    {"ssim", "SSIM"},
};

std::string class_of(std::string_view function) {
  const auto known = std::ranges::find(kClassNames, function, &std::pair<std::string_view, std::string_view>::first);
  if (known != std::end(kClassNames)) return std::string(known->second);
  std::string name;
  bool upper = true;
  for (const char c : function) {
    if (c == '_') {
      upper = true;
      continue;
    }
    name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return name;
}

// Empty for a class that is no function of keras.ops: ReLU is a layer's, Mish an activation's.
std::string function_of_class(std::string_view name) {
  const auto known = std::ranges::find(kClassNames, name, &std::pair<std::string_view, std::string_view>::second);
  if (known != std::end(kClassNames)) return std::string(known->first);
  if (name == "Mish") return {};
  std::string function;
  bool upper = false;
  for (const char c : name) {
    const bool was_upper = std::exchange(upper, std::isupper(static_cast<unsigned char>(c)) != 0);
    if (upper && was_upper) return {};
    if (upper && !function.empty()) function += '_';
    function += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return function;
}

std::vector<std::string> words_in(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::vector<std::string> parameters_of(std::string_view name, const Operation& operation) {
  for (const Signature& signature : signatures()) {
    if (signature.name == name) return words_in(signature.parameters);
  }
  std::vector<std::string> names;
  for (const std::string& parameter : operation.parameters) names.emplace_back(alternatives(parameter).front());
  return names;
}

// tf.reduce_mean is tf.math.reduce_mean, tf.nn.tanh is tf.math.tanh; TensorFlow exports most functions in several modules.
const Operation* function_at_any_place(std::string_view name, std::string& found) {
  if (name.starts_with("compat.v1.")) {
    found = name;
    if (const Operation* operation = find_function(found)) return operation;
    name.remove_prefix(10);
  }
  const size_t dot = name.rfind('.');
  const std::string last(dot == std::string_view::npos ? name : name.substr(dot + 1));
  const std::string_view place = dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
  const bool is_common = place.empty() || place == "math" || place == "nn" || place == "linalg" || place == "dtypes";
  for (const std::string& candidate : {std::string(name), "math." + last, "nn." + last, "linalg." + last, last}) {
    if (candidate != name && !is_common) continue;
    found = candidate;
    if (const Operation* operation = find_function(candidate)) return operation;
  }
  return nullptr;
}

const std::map<std::string, Formula, std::less<>>& written() {
  static const std::map<std::string, Formula, std::less<>> all = [] {
    std::map<std::string, Formula, std::less<>> functions;
    for (const auto rows : {written_functions(), tensorflow_functions()}) {
      for (const WrittenFunction& row : rows) functions.emplace(row.name, parse_formula(row.body, row.name));
    }
    return functions;
  }();
  return all;
}

}  // namespace

std::string canonical_name(std::string_view dotted) {
  for (const ModuleName& module : kModules) {
    if (is_module_of(dotted, module.dotted))
      return std::string(module.canonical) + std::string(dotted.substr(module.dotted.size()));
  }
  return std::string(dotted);
}

std::optional<Callable> operation_named(std::string_view name) {
  if (name.starts_with("ops.")) {
    name.remove_prefix(4);
    for (const std::string_view module : {"nn.", "numpy.", "math.", "image.", "linalg."}) {
      if (name.starts_with(module)) name.remove_prefix(module.size());
    }
    const Operation* operation = find_keras_operation(class_of(name));
    if (operation == nullptr || name.empty() || std::isupper(static_cast<unsigned char>(name[0])) != 0) return std::nullopt;
    return Callable{operation, parameters_of("ops." + std::string(name), *operation), true};
  }
  if (!name.starts_with("tf.")) return std::nullopt;
  std::string found;
  const Operation* operation = function_at_any_place(name.substr(3), found);
  if (operation == nullptr || found.starts_with("raw_ops.") || found.starts_with("__operators__")) return std::nullopt;
  return Callable{operation, parameters_of(found, *operation), false};
}

const Formula* written_function(std::string_view name) {
  const auto found = written().find(name);
  if (found != written().end()) return &found->second;
  if (!name.starts_with("tf.") || operation_named(name)) return nullptr;
  constexpr std::string_view kOld = "tf.compat.v1.";
  if (name.starts_with(kOld)) return written_function("tf." + std::string(name.substr(kOld.size())));
  const size_t dot = name.rfind('.');
  const std::string_view place = name.substr(0, dot);  // most functions are exported in several modules
  if (place != "tf" && place != "tf.math" && place != "tf.linalg" && place != "tf.nn") return nullptr;
  for (const std::string_view module : {"tf", "tf.math", "tf.linalg", "tf.nn"}) {
    const auto moved = written().find(std::string(module) + std::string(name.substr(dot)));
    if (moved != written().end()) return &moved->second;
  }
  return nullptr;
}

std::vector<std::string> written_names() {
  std::vector<std::string> names;
  for (const WrittenFunction& row : tensorflow_functions()) {
    if (row.name.starts_with("tf.")) names.emplace_back(row.name.substr(3));
  }
  return names;
}

std::vector<std::string> ops_names() {
  std::vector<std::string> names;
  for (const Operation& operation : every_operation()) {
    for (const std::string& name : operation.keras) names.push_back(function_of_class(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::erase(names, std::string());
  return names;
}

namespace {

struct NumberFunction {
  std::string_view name;
  double (*apply)(double);
};
constexpr NumberFunction kNumberFunctions[] = {
    {"sqrt", [](double x) { return std::sqrt(x); }},   {"exp", [](double x) { return std::exp(x); }},
    {"log", [](double x) { return std::log(x); }},     {"log2", [](double x) { return std::log2(x); }},
    {"log10", [](double x) { return std::log10(x); }}, {"sin", [](double x) { return std::sin(x); }},
    {"cos", [](double x) { return std::cos(x); }},     {"tan", [](double x) { return std::tan(x); }},
    {"tanh", [](double x) { return std::tanh(x); }},   {"floor", [](double x) { return std::floor(x); }},
    {"ceil", [](double x) { return std::ceil(x); }},   {"fabs", [](double x) { return std::fabs(x); }},
    {"square", [](double x) { return x * x; }},
};

std::string_view of_numbers(std::string_view name) {
  if (name.starts_with("math.")) return name.substr(5);
  if (name.starts_with("np.")) return name.substr(3);
  return {};
}

const NumberFunction* number_function(std::string_view name) {
  const auto found = std::ranges::find(kNumberFunctions, of_numbers(name), &NumberFunction::name);
  return found == std::end(kNumberFunctions) ? nullptr : found;
}

}  // namespace

std::optional<double> number_of(std::string_view name, const std::vector<double>& arguments) {
  const NumberFunction* function = number_function(name);
  if (function != nullptr && arguments.size() == 1) return function->apply(arguments[0]);
  const std::string_view last = of_numbers(name);
  if ((last == "pow" || last == "power") && arguments.size() == 2) return std::pow(arguments[0], arguments[1]);
  return std::nullopt;
}

std::optional<Arg> value_named(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view module = name.substr(0, dot), last = name.substr(dot + 1);
  const bool has_types = module == "tf" || module == "np" || module == "tf.dtypes" || module == "tf.compat.v1";
  if (has_types && last == "newaxis") return Arg{};
  if (has_types && (last == "bool" || last == "bool_")) return Arg{std::string("bool")};
  if (has_types && dtype_named(last)) return Arg{std::string(last)};
  if (module.starts_with("tf") && module.ends_with("ResizeMethod")) {
    std::string method(last);
    std::ranges::transform(method, method.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return Arg{method == "nearest_neighbor" ? std::string("nearest") : method};
  }
  if (module != "np" && module != "math") return std::nullopt;
  if (last == "pi") return Arg{3.14159265358979323846};
  if (last == "e") return Arg{2.71828182845904523536};
  if (last == "inf") return Arg{std::numeric_limits<double>::infinity()};
  if (last == "nan") return Arg{std::numeric_limits<double>::quiet_NaN()};
  return std::nullopt;
}

bool is_function(std::string_view name) {
  static constexpr std::array kOthers{"len",      "int",      "float",    "bool",       "abs",        "sum",
                                      "max",      "min",      "slice",    "range",      "tuple",      "list",
                                      "round",    "pow",      "np.array", "np.asarray", "np.float32", "np.float64",
                                      "np.int32", "np.int64", "np.prod",  "math.pow",   "np.power",   "K.batch_dot_over",
                                      "K.listed"};
  return std::ranges::find(kOthers, name) != kOthers.end() || number_function(name) != nullptr ||
         written_function(name) != nullptr || name.starts_with("activations.") || operation_named(name).has_value();
}

}  // namespace keraunos::loader::python
