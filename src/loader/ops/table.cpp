#include "loader/ops/table.h"

#include <map>
#include <set>

#include "keraunos/error.h"
#include "loader/files/json.h"
#include "loader/keras/format_names.h"
#include "loader/ops/argument_values.h"
#include "loader/ops/complex_rules.h"
#include "loader/ops/operation.h"
#include "loader/ops/text_moves.h"
#include "loader/python/evaluate.h"
#include "loader/python/functions.h"
#include "loader/tf/raw_operations.h"

namespace keraunos::loader {
namespace {

struct OperationTable {
  std::vector<Operation> operations;
  std::map<std::string, LayerDef, std::less<>> keras;
  std::map<std::string, const Operation*, std::less<>> tensorflow, keras_operations;
  std::map<const Operation*, const ComplexRule*> complex;
  std::set<const Operation*> moves;
  LayerDef function_layer, node_layer;

  OperationTable() {
    operations = every_operation();
    for (const Operation& operation : operations) {
      for (const std::string& name : operation.keras) {
        add(keras, name, definition(name, operation));
        keras_operations.emplace(name, &operation);
      }
      for (const std::string& name : operation.tensorflow) add(tensorflow, name, &operation);
    }
    for (const ComplexRule& rule : complex_rules()) {
      for (const std::string_view name : rule.operations) complex.emplace(named(name), &rule);
    }
    for (const std::string_view name : text_moves()) moves.insert(named(name));
    node_layer.classes = {std::string(kNodeLayer)};
    node_layer.keys = {"node_def", "constants"};
    node_layer.autocast = false;
    node_layer.lower = lower_op_layer;
    function_layer.classes = {"TFOpLambda", "SlicingOpLambda"};
    function_layer.keys = {"function"};
    function_layer.autocast = false;
    function_layer.lower = [this](Lowering& l) { return lower_function(l); };
  }

  // The order of families does not matter, because each name is in only one.
  template <class Map, class Entry>
  static void add(Map& map, const std::string& name, Entry entry) {
    if (!map.emplace(name, std::move(entry)).second) throw InternalError("the operation " + name + " is defined twice");
  }

  const Operation* named(std::string_view name) const {
    if (const auto found = tensorflow.find(name); found != tensorflow.end()) return found->second;
    if (const auto found = keras_operations.find(name); found != keras_operations.end()) return found->second;
    throw InternalError("a rule names the operation " + std::string(name) + ", which is not there");
  }

  static LayerDef definition(const std::string& name, const Operation& operation) {
    LayerDef def;
    def.classes = {name};
    for (const std::string& parameter : operation.parameters) {
      for (std::string_view key : alternatives(parameter)) def.keys.emplace(key);
    }
    for (const std::string& declared : operation.harmless)
      def.keys.insert(declared.substr(0, declared.find('=')));  // checked when lowered
    def.autocast = false;
    def.lower = [&operation, name](Lowering& l) { return lower_call(l, operation, "keras.ops." + name); };
    return def;
  }

  std::vector<Traced> lower_function(Lowering& l) const {
    const std::string name = l.config().text("function", "");
    const auto found = tensorflow.find(name);
    if (found == tensorflow.end()) {
      const python::Formula* written = python::written_function("tf." + name);
      if (written == nullptr) l.refuse("calls tf." + name + ", which is not supported");
      return python::evaluate(l, *written, l.arguments(), l.keywords());
    }
    return lower_call(l, *found->second, "tf." + name);
  }
};

}  // namespace

std::vector<Operation> every_operation() {
  std::vector<Operation> all;
  for (const auto family : operation_families()) {
    for (Operation& operation : family()) all.push_back(std::move(operation));
  }
  return all;
}

namespace {

const OperationTable& table() {
  static const OperationTable all;
  return all;
}

}  // namespace

const LayerDef* find_operation(std::string_view module, std::string_view class_name) {
  if (class_name == kNodeLayer) return &table().node_layer;
  if (class_name == "TFOpLambda" || class_name == "SlicingOpLambda") return &table().function_layer;
  // Keras 3 writes no modules into HDF5 files.
  if (!module.empty() && module.find(".ops.") == std::string_view::npos && module.find(".activations") == std::string_view::npos)
    return nullptr;
  const auto found = table().keras.find(class_name);
  return found == table().keras.end() ? nullptr : &found->second;
}

const Operation* find_function(std::string_view name) {
  const auto found = table().tensorflow.find(name);
  return found == table().tensorflow.end() ? nullptr : found->second;
}

const Operation* find_keras_operation(std::string_view class_name) {
  const auto found = table().keras_operations.find(class_name);
  return found == table().keras_operations.end() ? nullptr : found->second;
}

std::vector<Traced> lower_call(Lowering& l, const Operation& operation, std::string name, const CallArguments* given) {
  const auto& positional = given != nullptr ? given->positional : l.arguments();
  const Arg::Members& keywords = given != nullptr ? given->keywords : l.keywords();
  if (table().moves.contains(&operation) && takes_texts(l, positional, keywords))
    return lower_text_move(l, operation, name, given != nullptr ? *given : arguments_of_layer(l, operation));
  const auto rule = table().complex.find(&operation);
  const bool has_rule = rule != table().complex.end();
  if (takes_complex(l, positional, keywords) || (has_rule && names_complex(positional, keywords)))
    return lower_complex(l, operation, name, given != nullptr ? *given : arguments_of_layer(l, operation),
                         has_rule ? rule->second : nullptr);
  OperationCall call(l, operation, std::move(name), given);
  std::vector<Traced> results;
  for (Value v : operation.body(call)) results.push_back({v, {}});  // operations carry no masks
  call.refuse_unread();
  return results;
}

}  // namespace keraunos::loader
