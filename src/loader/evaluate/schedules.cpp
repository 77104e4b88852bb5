// Keras's schedules of learning rates (keras.optimizers.schedules), by the formulas of 2.15 and 3.15, which agree.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "loader/evaluate/compiled.h"

namespace keraunos::loader {
namespace {

using files::Json;

double number(const Json& config, std::string_view key, double otherwise) {
  const Json* value = config.find(key);
  return value != nullptr && value->is_number() ? value->as_double() : otherwise;
}

bool flag(const Json& config, std::string_view key) {
  const Json* value = config.find(key);
  return value != nullptr && value->is_bool() && value->as_bool();
}

double exponential(const Json& c, double step) {
  double power = step / number(c, "decay_steps", 1);
  if (flag(c, "staircase")) power = std::floor(power);
  return number(c, "initial_learning_rate", 0) * std::pow(number(c, "decay_rate", 1), power);
}

double inverse_time(const Json& c, double step) {
  double share = step / number(c, "decay_steps", 1);
  if (flag(c, "staircase")) share = std::floor(share);
  return number(c, "initial_learning_rate", 0) / (1 + number(c, "decay_rate", 0) * share);
}

double polynomial(const Json& c, double step) {
  double steps = number(c, "decay_steps", 1);
  const double end = number(c, "end_learning_rate", 1e-4), start = number(c, "initial_learning_rate", 0);
  if (flag(c, "cycle"))
    steps *= step == 0 ? 1 : std::ceil(step / steps);
  else
    step = std::min(step, steps);
  return (start - end) * std::pow(1 - step / steps, number(c, "power", 1)) + end;
}

double cosine(const Json& c, double step) {
  const double warm = number(c, "warmup_steps", 0), start = number(c, "initial_learning_rate", 0);
  const Json* target = c.find("warmup_target");
  const bool warms = target != nullptr && target->is_number();
  const double top = warms ? target->as_double() : start, steps = number(c, "decay_steps", 1), alpha = number(c, "alpha", 0);
  if (warms && step < warm) return start + (top - start) * step / warm;
  const double done = std::min(warms ? step - warm : step, steps) / steps;
  return top * ((1 - alpha) * 0.5 * (1 + std::cos(std::numbers::pi * done)) + alpha);
}

double cosine_restarts(const Json& c, double step) {
  const double times = number(c, "t_mul", 2), factor = number(c, "m_mul", 1), alpha = number(c, "alpha", 0);
  double done = step / number(c, "first_decay_steps", 1), restart = 0;
  if (times == 1) {
    restart = std::floor(done), done -= restart;
  } else {
    restart = std::floor(std::log(1 - done * (1 - times)) / std::log(times));
    done = (done - (1 - std::pow(times, restart)) / (1 - times)) / std::pow(times, restart);
  }
  const double decayed = 0.5 * std::pow(factor, restart) * (1 + std::cos(std::numbers::pi * done));
  return number(c, "initial_learning_rate", 0) * ((1 - alpha) * decayed + alpha);
}

std::optional<double> piecewise(const Json& c, double step) {
  const Json *bounds = c.find("boundaries"), *values = c.find("values");
  if (bounds == nullptr || values == nullptr || !bounds->is_array() || !values->is_array()) return std::nullopt;
  int64_t at = 0;
  while (at < bounds->size() && bounds->at(at).is_number() && step > bounds->at(at).as_double()) ++at;
  if (at >= values->size() || !values->at(at).is_number()) return std::nullopt;
  return values->at(at).as_double();
}

}  // namespace

std::optional<double> learning_rate_at(const Json& rate, int64_t iterations) {
  if (rate.is_number()) return rate.as_double();
  const auto object = object_in(rate);
  if (!object || object->config == nullptr || object->is_custom) return std::nullopt;
  const Json& config = *object->config;
  const auto step = static_cast<double>(iterations);
  if (object->name == "ExponentialDecay") return exponential(config, step);
  if (object->name == "InverseTimeDecay") return inverse_time(config, step);
  if (object->name == "PolynomialDecay") return polynomial(config, step);
  if (object->name == "CosineDecay") return cosine(config, step);
  if (object->name == "CosineDecayRestarts") return cosine_restarts(config, step);
  if (object->name == "PiecewiseConstantDecay") return piecewise(config, step);
  return std::nullopt;
}

}  // namespace keraunos::loader
