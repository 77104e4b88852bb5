// load_model(): the loader opens the file, the host puts the model on a device.
#include <optional>

#include "host/api/out_of_memory.h"
#include "host/model/model_state.h"
#include "keraunos/error.h"
#include "keraunos/expression.h"
#include "keraunos/model.h"
#include "loader/open_model.h"
#include "loader/python/evaluate.h"
#include "loader/python/functions.h"
#include "loader/python/lambda.h"

namespace keraunos {

Model load_model(const std::filesystem::path& path, const LoadOptions& options) {
  return host::with_memory_to("load this model", [&] { return host::make_model(loader::open_model(path, options), options); });
}

Model load_model(std::span<const std::byte> bytes, const LoadOptions& options) {
  return host::with_memory_to("load this model", [&] { return host::make_model(loader::open_model(bytes, options), options); });
}

LayerDef expression_layer(std::string_view expression) {
  using namespace loader::python;
  Formula formula = parse_formula(expression, "the expression");
  if (const std::optional<std::string> name = unknown_call(formula))
    throw ModelError("the expression calls " + *name + ", which is not known; it may call ops.…, tf.… and K.…");
  return *lambda_layer(std::move(formula));
}

Arg call_function(Lowering& l, std::string_view name, std::vector<Arg> arguments, Arg::Members keywords) {
  const std::string canonical = loader::python::canonical_name(name);
  if (!loader::python::is_function(canonical)) l.refuse("calls " + canonical + ", which is not known");
  return loader::python::called_by_name(l, canonical, std::move(arguments), std::move(keywords));
}

Lowering& lowering_of(Builder& builder) { return static_cast<Lowering&>(builder); }

std::vector<std::string> ops_functions() { return loader::python::ops_names(); }

Comparison expression_comparison(std::string_view expression) {
  using namespace loader::python;
  Formula formula = parse_formula(expression, "the expression");
  if (formula.parameters.size() == 1)  // without parameters of its own
    formula = parse_formula("y_true, y_pred: " + std::string(expression), "the expression");
  if (const std::optional<std::string> name = unknown_call(formula))
    throw ModelError("the expression calls " + *name + ", which is not known; it may call ops.…, tf.… and K.…");
  return [body = std::move(formula)](Lowering& l, Value y_true, Value y_pred) {
    const std::vector<Traced> results = evaluate(l, body, {Arg{Traced{y_true, {}}}, Arg{Traced{y_pred, {}}}}, {});
    if (results.size() != 1) l.refuse("gives " + std::to_string(results.size()) + " tensors, and a loss or metric is one");
    return results[0].value;
  };
}

}  // namespace keraunos
