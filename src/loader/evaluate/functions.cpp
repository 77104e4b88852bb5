#include "loader/evaluate/functions.h"

#include <algorithm>
#include <array>

#include "loader/keras/snake_case.h"

namespace keraunos::loader {
namespace {

struct Alias {
  std::string_view name, function;
};

constexpr std::array kAliases{
    Alias{"mse", "mean_squared_error"},
    Alias{"mae", "mean_absolute_error"},
    Alias{"mape", "mean_absolute_percentage_error"},
    Alias{"msle", "mean_squared_logarithmic_error"},
    Alias{"MSE", "mean_squared_error"},
    Alias{"MAE", "mean_absolute_error"},
    Alias{"MAPE", "mean_absolute_percentage_error"},
    Alias{"MSLE", "mean_squared_logarithmic_error"},
    Alias{"bce", "binary_crossentropy"},
    Alias{"BCE", "binary_crossentropy"},
    Alias{"kld", "kl_divergence"},
    Alias{"KLD", "kl_divergence"},
    Alias{"kullback_leibler_divergence", "kl_divergence"},
    Alias{"logcosh", "log_cosh"},
    Alias{"huber_loss", "huber"},
    Alias{"cosine_proximity", "cosine_similarity"},
    Alias{"cosine", "cosine_similarity"},
    Alias{"log_cosh_error", "log_cosh"},
};

template <class Visit>
void each_function(const Visit& visit) {
  for (const auto& family : {probabilistic_functions(), regression_functions(), hinge_functions(), region_functions(),
                             accuracy_functions(), correlation_functions()}) {
    for (const FunctionRow& row : family) visit(row);
  }
}

constexpr std::string_view kMetricCosine = "metrics.cosine_similarity";

}  // namespace

const FunctionRow* find_function(std::string_view name, bool is_metric) {
  const auto alias = std::find_if(kAliases.begin(), kAliases.end(), [&](const Alias& a) { return a.name == name; });
  if (alias != kAliases.end()) name = alias->function;
  if (is_metric && name == "cosine_similarity") name = kMetricCosine;
  const FunctionRow* found = nullptr;
  each_function([&](const FunctionRow& row) {
    if (row.name == name) found = &row;
  });
  return found;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names;
  each_function([&](const FunctionRow& row) {
    if (row.name != kMetricCosine) names.emplace_back(row.name);
  });
  for (const Alias& alias : kAliases) names.emplace_back(alias.name);
  return names;
}

std::string function_of_class(std::string_view class_name) {
  if (class_name == "KLDivergence") return "kl_divergence";
  if (class_name == "CTC") return "ctc";
  return snake_case(class_name);
}

}  // namespace keraunos::loader
