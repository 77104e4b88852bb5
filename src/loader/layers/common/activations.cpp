#include "loader/layers/common/activations.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "host/graph/graph.h"
#include "keraunos/error.h"
#include "loader/files/json.h"
#include "loader/layers/common/numbers.h"
#include "loader/layers/extensions/addons_activations.h"

namespace keraunos::loader {
namespace {

using Scalar = ScalarFunction;

struct Named {
  std::string_view name;
  Function function;
  double immediate = 0;
};

constexpr std::array kScalars{
    Named{"linear", Function::copy},
    Named{"relu", Function::relu},
    Named{"leaky_relu", Function::leaky_relu, 0.2},  // of the function; the layer's default is 0.3
    Named{"elu", Function::elu, 1},
    Named{"selu", Function::selu},
    Named{"celu", Function::celu, 1},
    Named{"gelu", Function::gelu},
    Named{"keras_hub>gelu_approximate", Function::gelu_tanh},
    Named{"keras_nlp>gelu_approximate", Function::gelu_tanh},
    Named{"sigmoid", Function::sigmoid},
    Named{"log_sigmoid", Function::log_sigmoid},
    Named{"tanh", Function::tanh},
    Named{"softplus", Function::softplus},
    Named{"softsign", Function::softsign},
    Named{"exponential", Function::exp},
    Named{"silu", Function::silu},
    Named{"swish", Function::silu},
    Named{"mish", Function::mish},
};

// clip(x·slope + 0.5, 0, 1): Keras 3 uses the slope of other frameworks; files of Keras 2 keep their own.
double hard_sigmoid_slope(const Dialect& dialect) { return dialect.before(3, 0) ? 0.2 : 1.0 / 6.0; }

Value clipped(Builder& b, Value x, double low, double high) {
  const DType type = b.dtype(x);
  return b.binary(Function::minimum, b.binary(Function::maximum, x, b.scalar(low, type)), b.scalar(high, type));
}

// Moves x beyond ±limit towards zero by `moved`; zero between.
Value shrunk(Builder& b, Value x, double limit, double moved) {
  const Value above = b.binary(Function::greater, x, b.scalar(limit, b.dtype(x)));
  const Value below = b.binary(Function::less, x, b.scalar(-limit, b.dtype(x)));
  return b.select(above, b.add(x, -moved), b.select(below, b.add(x, moved), b.scalar(0, b.dtype(x))));
}

Value sparse_plus(Builder& b, Value x) {
  const Value inside = b.multiply(b.unary(Function::square, b.add(x, 1.0)), 0.25);
  const Value above = b.binary(Function::greater_equal, x, b.scalar(1, b.dtype(x)));
  const Value below = b.binary(Function::less_equal, x, b.scalar(-1, b.dtype(x)));
  return b.select(below, b.scalar(0, b.dtype(x)), b.select(above, x, inside));
}

Value glu(Builder& b, Value x) {
  const int64_t half = b.dim(x, -1).size / 2;
  if (b.dim(x, -1).size % 2 != 0)
    throw UsageError("glu halves the last axis, which has " + std::to_string(b.dim(x, -1).size) + " elements");
  return b.multiply(b.slice_axis(x, -1, 0, half), b.unary(Function::sigmoid, b.slice_axis(x, -1, half, half)));
}

}  // namespace

std::optional<Scalar> scalar_activation(const Dialect& dialect, std::string_view name) {
  if (name == "hard_sigmoid") return Scalar{Function::hard_sigmoid, hard_sigmoid_slope(dialect)};
  const auto found = std::find_if(kScalars.begin(), kScalars.end(), [&](const Named& entry) { return entry.name == name; });
  if (found == kScalars.end()) return std::nullopt;
  return Scalar{found->function, found->immediate};
}

// max(x − τ, 0). With z the k-th largest element and s the sum of the k largest, z is in the support when z > (s − 1) / k. The
// projection onto the simplex would use τ = (s − 1) / k of the smallest z in the support; Keras (3.15), and so this function,
// adds the s of the whole support instead.
Value sparsemax(Builder& b, Value given, int axis) {
  const int last = b.rank(given) - 1;
  if (last < 0) throw UsageError("sparsemax needs an axis, found a tensor of rank 0");
  std::vector<int> order(static_cast<size_t>(last) + 1);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<size_t>(axis < 0 ? last + 1 + axis : axis)], order.back());
  const Value x = b.transpose(given, order);
  const DType type = b.dtype(x);
  // 1, 2, …, computed by a Scan, so that no number of the file makes a large constant here.
  const Value ones = b.broadcast_to(b.scalar(1, DType::float32), {b.dim(x, last)});
  const Value rank = b.cast(host::graph_of(b).add(host::Scan{.axis = 0}, {ones})[0], type);
  const Value z = host::graph_of(b).add(host::Sort{.descending = true}, {x})[0];
  const Value sum = host::graph_of(b).add(host::Scan{.axis = last}, {z})[0];
  const Value zero = b.scalar(0, type);
  const Value supports = b.binary(Function::greater, b.subtract(z, b.divide(b.add(sum, -1.0), rank)), zero);
  const int along[] = {last};
  const Value size = b.reduce(Reduction::sum, b.cast(supports, type), along, true);
  const Value total = b.reduce(Reduction::sum, b.select(supports, sum, zero), along, true);
  return b.transpose(b.unary(Function::relu, b.subtract(x, b.divide(b.add(total, -1.0), size))), order);
}

Value apply_activation(Builder& b, const Dialect& dialect, std::string_view name, Value x) {
  if (const auto scalar = scalar_activation(dialect, name)) return b.unary(scalar->function, x, scalar->immediate);
  if (name == "softmax") return b.softmax(x, -1);
  if (name == "log_softmax") return b.log_softmax(x, -1);
  if (name == "relu6") return clipped(b, x, 0, 6);
  if (name == "hard_tanh") return clipped(b, x, -1, 1);
  if (name == "hard_silu" || name == "hard_swish") return b.multiply(x, b.unary(Function::hard_sigmoid, x, 1.0 / 6.0));
  if (name == "tanh_shrink") return b.subtract(x, b.unary(Function::tanh, x));
  if (name == "soft_shrink") return shrunk(b, x, 0.5, 0.5);
  if (name == "hard_shrink") return shrunk(b, x, 0.5, 0);
  if (name == "squareplus") return b.multiply(b.add(x, b.unary(Function::sqrt, b.add(b.unary(Function::square, x), 4.0))), 0.5);
  if (name == "sparse_plus") return sparse_plus(b, x);
  if (name == "sparse_sigmoid") return clipped(b, b.multiply(b.add(x, 1.0), 0.5), 0, 1);
  if (name == "sparsemax") return sparsemax(b, x, -1);
  if (name == "glu") return glu(b, x);
  constexpr std::string_view kAddons = "Addons>";
  return name.starts_with(kAddons) ? addons_activation(b, name.substr(kAddons.size()), x) : Value{};
}

std::optional<std::string> activation_name(const files::Json* field) {
  if (field == nullptr || field->is_null()) return "linear";
  if (field->is_string()) return field->as_string();
  if (!field->is_object()) return std::nullopt;
  const files::Json *class_name = field->find("class_name"), *config = field->find("config");
  const bool is_function = class_name != nullptr && class_name->is_string() && class_name->as_string() == "function";
  if (!is_function || config == nullptr || !config->is_string()) return std::nullopt;
  return config->as_string();
}

namespace {

// The scalar function of an activation layer, e.g. {"class_name": "LeakyReLU", "config": {"negative_slope": 0.1}}.
std::optional<Scalar> scalar_layer(const Config& layer, const Dialect& dialect, std::string_view class_name) {
  if (class_name == "LeakyReLU") return Scalar{Function::leaky_relu, leaky_slope(layer, dialect)};
  if (class_name == "ELU") return Scalar{Function::elu, number_of(layer, "alpha", 1)};
  if (class_name == "ReLU" && !layer.has("max_value") && nonnegative_of(layer, "threshold", 0) == 0) {
    const double below = nonnegative_of(layer, "negative_slope", 0);
    return below == 0 ? Scalar{Function::relu} : Scalar{Function::leaky_relu, below};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Scalar> scalar_activation(const Config& config, const Dialect& dialect, std::string_view key,
                                        std::string_view otherwise) {
  const files::Json* field = config.json().find(key);
  if (field == nullptr) return scalar_activation(dialect, otherwise);
  if (const auto name = activation_name(field)) return scalar_activation(dialect, *name);
  const files::Json *class_name = field->find("class_name"), *inner = field->find("config");
  if (class_name == nullptr || !class_name->is_string() || inner == nullptr || !inner->is_object()) return std::nullopt;
  return scalar_layer(Config(*inner, config.where()), dialect, class_name->as_string());
}

bool is_elementwise(const Config& config, const Dialect& dialect, std::string_view key) {
  if (scalar_activation(config, dialect, key, "linear")) return true;
  const auto name = activation_name(config.find(key));
  if (!name) return false;
  return *name == "relu6" || *name == "hard_silu" || *name == "hard_swish" || *name == "hard_tanh";
}

}  // namespace keraunos::loader
