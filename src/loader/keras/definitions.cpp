// Finds the definition of a layer in a file: the caller's, by name or class, or this library's.
#include <algorithm>

#include "keraunos/error.h"
#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/reader.h"
#include "loader/layers/table.h"
#include "loader/ops/table.h"
#include "loader/python/lambda.h"

namespace keraunos::loader {

using files::Json;

namespace {

std::shared_ptr<const LayerDef> unowned(const LayerDef* def) { return {std::shared_ptr<const LayerDef>(), def}; }

}  // namespace

std::shared_ptr<const LayerDef> Reader::custom_definition(const LayerInstance& layer) const {
  for (const auto& [name, def] : custom_.replacements) {
    if (name == layer.name || name == layer.path) return def;
  }
  for (const std::string& wanted : {layer.registered_name, layer.class_name}) {
    for (const auto& def : custom_.layers) {
      const bool of_recipe = def->traits != nullptr && !def->traits->recipes.empty();
      if (!of_recipe && !wanted.empty() && std::find(def->classes.begin(), def->classes.end(), wanted) != def->classes.end())
        return def;
    }
  }
  return nullptr;
}

std::shared_ptr<const LayerDef> Reader::definition_of(const LayerInstance& layer, const Json& object) const {
  if (layer.class_name == kLambda) return lambda_definition(layer);
  const std::string of_other_library = packaged_name(layer);
  if (const LayerDef* packaged = of_other_library.empty() ? nullptr : find_layer(of_other_library)) return unowned(packaged);
  if (!may_be_built_in(layer, object)) return nullptr;
  const LayerDef* def = nullptr;
  if (layer.is_operation)
    def = find_operation(layer.module, layer.class_name);
  else
    def = find_layer(layer.class_name);
  if (def == nullptr && !layer.is_operation) def = find_operation(layer.module, layer.class_name);
  return def == nullptr ? nullptr : unowned(def);
}

// A Lambda of a named function runs when the caller has registered that name.
std::shared_ptr<const LayerDef> Reader::lambda_definition(const LayerInstance& layer) const {
  const Json* function = layer.config->is_object() ? layer.config->find("function") : nullptr;
  if (function == nullptr) return nullptr;
  const std::string name = function->is_string()   ? function->as_string()
                           : function->is_object() ? text_in(*function, "config")
                                                   : std::string();
  for (const auto& [known, body] : custom_.functions) {
    if (name.empty() || (known != name && after_package(known) != name)) continue;
    auto def = std::make_shared<LayerDef>();
    def->classes = {std::string(kLambda)};
    def->passes_mask = true;
    def->lower = [apply = body](Lowering& l) {
      const Traced x = l.input();
      return std::vector<Traced>{{apply(l, x.value), x.mask}};
    };
    return def;
  }
  return nullptr;
}

// Code is never executed: it is translated into operations, or the layer is refused with the reason.
void Reader::translate_lambda(LayerInstance& layer) const {
  const Json* code = python::code_of_lambda(*layer.config);
  if (code == nullptr) return;
  if (refuses_code_) {
    layer.refusal = kSafeMode;
    return;
  }
  try {
    layer.def = python::lambda_layer(python::translated_lambda(*code));
  } catch (const ModelError& error) {
    layer.refusal = std::string(kPythonCode) + ", and which cannot be translated: " + error.what();
  }
}

}  // namespace keraunos::loader
