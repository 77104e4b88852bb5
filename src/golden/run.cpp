#include <algorithm>
#include <limits>

#include "golden/compare.h"
#include "golden/golden.h"
#include "host/model/model_state.h"
#include "keraunos/error.h"
#include "loader/files/npy.h"
#include "loader/open_model.h"

namespace keraunos::golden {
namespace {

Model load(const Case& golden, LoadOptions options, const host::PlanOptions& plan = {}) {
  options.weights = golden.weights;
  loader::LoadSource source{.path = golden.model, .options = options, .synthetic_weights = {}};
  if (golden.synthetic) source.synthetic_weights = golden.synthetic_seed;
  return host::make_model(loader::open_model(source), options, plan);
}

const Tensor* find(const Named& arrays, const std::string& name) {
  for (const auto& [key, tensor] : arrays) {
    if (key == name) return &tensor;
  }
  return nullptr;
}

// By name where every input has an array of its name, else by position.
NamedViews views_for(const Model& model, const Named& arrays) {
  const std::vector<TensorSpec> specs = model.inputs();
  if (arrays.size() != specs.size()) {
    throw UsageError("the case records " + std::to_string(arrays.size()) + " inputs, the model has " +
                     std::to_string(specs.size()));
  }
  const bool named =
      std::all_of(specs.begin(), specs.end(), [&](const TensorSpec& s) { return find(arrays, s.name) != nullptr; });
  NamedViews views;
  for (size_t i = 0; i < specs.size(); ++i)
    views.emplace_back(specs[i].name, named ? *find(arrays, specs[i].name) : arrays[i].second);
  return views;
}

// Float32 products round their operands if the option asks for it, and on a GPU unless float32 is asked for.
double tf32_tolerance(const Model& model, const LoadOptions& options) {
  const bool tf32 =
      options.precision == Precision::tf32 || (options.precision == Precision::as_saved && model.device().kind == Device::cuda);
  return tf32 ? kTf32Tolerance : 0;
}

// A precision that the caller chose changes the results' dtypes.
bool keeps_types(const LoadOptions& options) {
  return options.precision != Precision::bfloat16 && options.precision != Precision::float16;
}

struct Measure {
  double of_largest = 0;
  double level = 0;  // beside the case's absolute tolerance
  bool types = true;
};

void compare_all(const Named& found, const Named& expected, const Case& golden, const Measure& measure, Outcome& outcome) {
  if (found.size() != expected.size()) {
    outcome = {Outcome::wrong, std::to_string(found.size()) + " outputs, expected " + std::to_string(expected.size()), 0};
    return;
  }
  const bool named =
      std::all_of(found.begin(), found.end(), [&](const auto& entry) { return find(expected, entry.first) != nullptr; });
  for (size_t i = 0; i < found.size(); ++i) {
    const Tensor& wanted = named ? *find(expected, found[i].first) : expected[i].second;
    Difference difference = compare(found[i].second, wanted, golden.rtol, golden.atol + measure.level, measure.of_largest);
    const std::string type = measure.types ? type_difference(found[i].second, wanted) : std::string();
    if (!type.empty()) difference = {std::numeric_limits<double>::infinity(), type};
    outcome.largest_error = std::max(outcome.largest_error, difference.worst);
    if (difference.worst > 1 && outcome.kind == Outcome::passed) {
      outcome.kind = Outcome::wrong;
      outcome.message = "output \"" + found[i].first + "\": " + difference.message;
    }
  }
}

// Calls that share states run in one session, with memory of the caller: of the expected shapes, because shapes may depend on
// data.
Named run_in_session(const Model& model, Session& session, const NamedViews& inputs, const Named& expected) {
  std::vector<TensorView> views;
  for (const auto& [name, view] : inputs) views.push_back(view);
  Named results;
  for (const TensorSpec& spec : model.outputs()) {
    const auto wanted = std::find_if(expected.begin(), expected.end(), [&](const auto& one) { return one.first == spec.name; });
    results.emplace_back(spec.name, Tensor(spec.dtype, (wanted == expected.end() ? expected.begin() : wanted)->second.dims()));
  }
  std::vector<MutableView> targets;
  for (auto& [name, tensor] : results) targets.push_back(tensor.mutable_view());
  session.run(views, targets);
  return results;
}

void check_plan(const Model& model, const Named& inputs, const Case& golden, Outcome& outcome) {
  if (golden.expect_plan.empty()) return;
  std::vector<Dims> dims;
  for (const auto& [name, view] : views_for(model, inputs)) dims.push_back(view.dims);
  const std::string plan = model.plan(dims);
  for (const std::string& text : golden.expect_plan) {
    if (plan.find(text) == std::string::npos) outcome = {Outcome::wrong, "the plan does not show \"" + text + "\":\n" + plan, 0};
  }
}

// The first layer, in the model's order, whose output on this device differs from the CPU's, for the message.
std::string first_difference_from_cpu(const Case& golden, const LoadOptions& options, const Named& inputs) {
  LoadOptions reference = options;
  reference.device = Device{};
  const Model here = load(golden, options), there = load(golden, reference);
  for (const Layer& layer : here.layers()) {
    try {
      const Named found = here.with_outputs({layer.name()}).predict(views_for(here, inputs));
      const Named expected = there.with_outputs({layer.name()}).predict(views_for(there, inputs));
      const Difference difference =
          compare(found.at(0).second, expected.at(0).second, golden.rtol, golden.atol, tf32_tolerance(here, options));
      if (difference.worst > 1) return "; first layer that differs from the CPU: " + layer.path() + ", " + difference.message;
    } catch (const Error&) {  // a layer without an output of its own
    }
  }
  return {};
}

struct Arrays {
  Named inputs, outputs;
};

// The arrays of a call; all have one limit.
Arrays arrays_of(const Call& call, const LoadOptions& options) {
  const auto budget = std::make_shared<files::MemoryBudget>(options.max_bytes);
  return {.inputs = files::read_npz(call.inputs.string(), budget), .outputs = files::read_npz(call.outputs.string(), budget)};
}

Outcome predict_and_compare(const Case& golden, const LoadOptions& options, const host::PlanOptions& plan) {
  const Model model = load(golden, options, plan);
  Outcome outcome;
  if (golden.calls.empty() && golden.expect_error.empty())
    return {Outcome::wrong, "the case records neither a call nor an error", 0};
  const double of_largest = tf32_tolerance(model, options);
  const Measure measure{of_largest, of_largest > 0 ? golden.level : 0, keeps_types(options)};
  const PredictOptions predict_options{.batch_size = golden.batch_size};
  if (golden.calls.size() == 1) {
    const Arrays arrays = arrays_of(golden.calls[0], options);
    check_plan(model, arrays.inputs, golden, outcome);
    compare_all(model.predict(views_for(model, arrays.inputs), predict_options), arrays.outputs, golden, measure, outcome);
    if (outcome.kind == Outcome::wrong && model.device().kind == Device::cuda)
      outcome.message += first_difference_from_cpu(golden, options, arrays.inputs);
    if (outcome.kind != Outcome::passed || !golden.evaluated || !measure.types) return outcome;
    if (const std::string wrong = compare_scores(model, views_for(model, arrays.inputs), golden, options); !wrong.empty())
      return {Outcome::wrong, wrong, std::numeric_limits<double>::infinity()};
    return outcome;
  }
  Session session = model.session();
  for (const Call& call : golden.calls) {
    const Arrays arrays = arrays_of(call, options);
    compare_all(run_in_session(model, session, views_for(model, arrays.inputs), arrays.outputs), arrays.outputs, golden, measure,
                outcome);
  }
  return outcome;
}

}  // namespace

Model load_synthetic(const std::filesystem::path& model, const LoadOptions& options, uint64_t seed) {
  return host::make_model(loader::open_model({.path = model, .options = options, .synthetic_weights = seed}), options);
}

Outcome run(const Case& golden, const LoadOptions& given, const host::PlanOptions& plan) {
  LoadOptions options = given;
  options.safe_mode = golden.safe_mode;
  options.signature = golden.signature;
  if (golden.custom_objects.empty()) options.custom_objects = {};  // objects that a case does not ask for are not registered
  try {
    if (!golden.recipe.empty()) options.custom_objects.recipe(golden.recipe);
    Outcome outcome = predict_and_compare(golden, options, plan);
    if (golden.expect_error.empty()) return outcome;
    return {Outcome::wrong, "was accepted, but should be refused with \"" + golden.expect_error[0] + '"', 0};
  } catch (const Error& error) {
    const std::string text = error.what();
    if (golden.expect_error.empty()) {
      const bool refusal =
          dynamic_cast<const UnsupportedError*>(&error) != nullptr || dynamic_cast<const ModelError*>(&error) != nullptr;
      return {refusal ? Outcome::refused : Outcome::wrong, text, 0};
    }
    for (const std::string& expected : golden.expect_error) {
      if (text.find(expected) == std::string::npos)
        return {Outcome::wrong, "was refused with \"" + text + "\", expected \"" + expected + '"', 0};
    }
    return {};
  } catch (const std::exception& error) {  // not an exception of the library: a defect, reported with the case
    return {Outcome::wrong, std::string("unexpected exception: ") + error.what(), 0};
  }
}

}  // namespace keraunos::golden
