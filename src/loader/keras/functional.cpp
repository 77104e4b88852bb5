// Functional models. Calls are executed in the order in which Keras rebuilds them: layers are scanned repeatedly as listed, and a
// call runs when the calls it depends on have run; a scan without progress means that there is a loop.
//
// Keras 2 counts the construction of a nested model as its call 0, so references to its calls start at 1; Keras 3 does so only in
// the inputs and outputs of the model, and only for Functional. The references themselves show which rule holds, where they are
// decisive.
#include <algorithm>
#include <limits>
#include <map>

#include "loader/keras/class_names.h"
#include "loader/keras/format_names.h"
#include "loader/keras/nodes.h"
#include "loader/keras/port_names.h"
#include "loader/keras/reader.h"
#include "loader/keras/shapes.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

using files::Json;

namespace {

struct RawCall {
  int layer = 0, node = 0;
  Node arguments;
  std::vector<int> needs;  // indices into References::entries
  int call = -1;           // set when it has run
};

class FunctionalReader {
 public:
  FunctionalReader(Reader& reader, LayerInstance& self)
      : reader_(reader), self_(self), where_(reader.file() + ": " + self.described()) {}

  std::shared_ptr<Network> read() {
    network_->class_name = kFunctional;
    const Json& config = *self_.config;
    const Json* layers = config.is_object() ? config.find("layers") : nullptr;
    if (layers == nullptr || !layers->is_array()) throw ModelError(where_ + ": the config lists no layers");
    for (const Json& object : layers->items()) read_layer(part_of(self_.config, object));
    for (size_t i = 0; i < network_->layers.size(); ++i) read_nodes(static_cast<int>(i));
    const auto form = has_dict_nodes_ ? Reference::Form::port : Reference::Form::list;
    const Arg inputs = read_ports("input_layers", form);
    const Arg outputs = read_ports("output_layers", form);
    resolve_references();
    prune(inputs, outputs);
    execute();
    finish(inputs, outputs);
    return network_;
  }

 private:
  void read_layer(const SharedJson& object) {
    const Json* own_name = object->is_object() ? object->find("name") : nullptr;
    SharedLayer layer = reader_.layer(object, self_.is_root ? std::string() : self_.path);
    const std::string name = own_name != nullptr && own_name->is_string() ? own_name->as_string() : layer->name;
    if (!index_.emplace(name, static_cast<int>(network_->layers.size())).second) {
      throw ModelError(where_ + ": the name \"" + name + "\" is used by two layers; all names should be unique");
    }
    const Json* nodes = object->find("inbound_nodes");
    nodes_.push_back(nodes == nullptr ? nullptr : nodes);
    network_->layers.push_back(std::move(layer));
  }

  NodeReader node_reader(const std::string& what) {
    return {references_, [this](const std::string& name) { return index_.contains(name); }, where_ + ", " + what};
  }

  void read_nodes(int index) {
    const LayerInstance& layer = *network_->layers[static_cast<size_t>(index)];
    const Json* nodes = nodes_[static_cast<size_t>(index)];
    const bool none = nodes == nullptr || !nodes->is_array() || nodes->size() == 0;
    if (none) {
      if (layer.is_input) add_call({.layer = index, .node = 0, .arguments = {}, .needs = {}});
      return;
    }
    NodeReader reader = node_reader("the calls of layer \"" + layer.name + '"');
    for (int64_t i = 0; i < nodes->size(); ++i) {
      has_dict_nodes_ = has_dict_nodes_ || is_keras3_node(nodes->at(i));
      const size_t first = references_.entries.size();
      RawCall call{.layer = index,
                   .node = static_cast<int>(i),
                   .arguments = reader.node(nodes->at(i), is_operation_layer(layer.class_name)),
                   .needs = {}};
      for (size_t entry = first; entry < references_.entries.size(); ++entry) call.needs.push_back(static_cast<int>(entry));
      add_call(std::move(call));
    }
  }

  void add_call(RawCall call) {
    by_node_[{call.layer, call.node}] = static_cast<int>(raw_.size());
    raw_.push_back(std::move(call));
  }

  Arg read_ports(const char* key, Reference::Form form) {
    const Json* json = self_.config->find(key);
    if (json == nullptr || json->is_null()) throw ModelError(where_ + ": the config lacks \"" + key + '"');
    return node_reader(std::string("\"") + key + '"').ports(*json, form);
  }

  int calls_of(int layer) const {
    int count = 0;
    while (by_node_.contains({layer, count})) ++count;
    return count;
  }

  // The number to subtract from node numbers in references to a layer.
  int64_t first_number(int layer, Reference::Form form, int64_t lowest, int64_t highest) const {
    const int calls = calls_of(layer);
    if (highest >= calls) return 1;
    if (lowest == 0) return 0;
    const LayerInstance& target = *network_->layers[static_cast<size_t>(layer)];
    if (target.network == nullptr || form == Reference::Form::dict) return 0;
    const bool functional = target.network->class_name == kFunctional;
    if (form == Reference::Form::port) return functional ? 1 : 0;
    return functional || target.network->inputs[0].shape ? 1 : 0;
  }

  void resolve_references() {
    struct NodeNumbers {
      int64_t lowest = std::numeric_limits<int64_t>::max(), highest = 0;
    };
    std::map<std::pair<int, Reference::Form>, NodeNumbers> ranges;
    for (const References::Entry& entry : references_.entries) {
      if (entry.constant != nullptr) continue;
      NodeNumbers& range = ranges[{layer_named(entry.reference.layer), entry.reference.form}];
      range.lowest = std::min(range.lowest, entry.reference.node);
      range.highest = std::max(range.highest, entry.reference.node);
    }
    for (References::Entry& entry : references_.entries) {
      if (entry.constant != nullptr) {
        network_->sources.push_back({-1, 0, entry.constant});
        targets_.push_back(-1);
        continue;
      }
      const int layer = layer_named(entry.reference.layer);
      const NodeNumbers& range = ranges[{layer, entry.reference.form}];
      const int64_t node = entry.reference.node - first_number(layer, entry.reference.form, range.lowest, range.highest);
      const auto found = by_node_.find({layer, static_cast<int>(node)});
      if (found == by_node_.end() || entry.reference.tensor < 0) {
        throw ModelError(where_ + ": refers to call " + std::to_string(entry.reference.node) + " of layer \"" +
                         entry.reference.layer + "\", which has " + std::to_string(calls_of(layer)) + " calls");
      }
      network_->sources.push_back({-1, static_cast<int>(entry.reference.tensor), nullptr, entry.reference.spec});
      targets_.push_back(found->second);
    }
  }

  int layer_named(const std::string& name) const {
    const auto found = index_.find(name);
    if (found == index_.end()) throw ModelError(where_ + ": refers to layer \"" + name + "\", which the model does not have");
    return found->second;
  }

  // Keeps what the outputs need, and all inputs.
  void prune(const Arg& inputs, const Arg& outputs) {
    needed_.assign(raw_.size(), false);
    std::vector<int> stack;
    for (const Arg* tree : {&inputs, &outputs}) {
      for (const Traced* tensor : tensor_leaves(*tree)) stack.push_back(targets_[static_cast<size_t>(tensor->value.id)]);
    }
    while (!stack.empty()) {
      const auto call = static_cast<size_t>(stack.back());
      stack.pop_back();
      if (needed_[call]) continue;
      needed_[call] = true;
      for (int entry : raw_[call].needs) {
        if (targets_[static_cast<size_t>(entry)] >= 0) stack.push_back(targets_[static_cast<size_t>(entry)]);
      }
    }
  }

  bool is_ready(const RawCall& call) const {
    if (call.node > 0) {  // a layer's calls run in order
      const auto previous = static_cast<size_t>(by_node_.at({call.layer, call.node - 1}));
      if (needed_[previous] && raw_[previous].call < 0) return false;
    }
    return std::all_of(call.needs.begin(), call.needs.end(), [&](int entry) {
      const int target = targets_[static_cast<size_t>(entry)];
      return target < 0 || raw_[static_cast<size_t>(target)].call >= 0;
    });
  }

  void execute() {
    std::vector<size_t> waiting;
    for (size_t i = 0; i < raw_.size(); ++i) {
      if (needed_[i]) waiting.push_back(i);
    }
    while (!waiting.empty()) {
      std::vector<size_t> still;
      for (size_t i : waiting) {
        if (is_ready(raw_[i]))
          run(raw_[i]);
        else
          still.push_back(i);
      }
      if (still.size() == waiting.size()) {
        throw ModelError(where_ + ": the graph has a loop or a disconnected call, at layer \"" +
                         network_->layers[static_cast<size_t>(raw_[still[0]].layer)]->name + '"');
      }
      waiting = std::move(still);
    }
    set_aside();
    for (size_t i = 0; i < targets_.size(); ++i) {
      if (targets_[i] >= 0) network_->sources[i].call = raw_[static_cast<size_t>(targets_[i])].call;
    }
  }

  // Keras 2 keeps the layers of added losses and metrics in the model and in its summary().
  void set_aside() {
    for (bool progress = true; progress;) {
      progress = false;
      for (RawCall& call : raw_) {
        if (call.call >= 0 || !is_ready(call)) continue;
        call.call = static_cast<int>(network_->calls.size() + network_->asides.size());
        network_->asides.push_back(
            {call.layer, call.node, std::move(call.arguments.arguments), std::move(call.arguments.keywords)});
        progress = true;
      }
    }
  }

  void run(RawCall& call) {
    call.call = static_cast<int>(network_->calls.size());
    network_->calls.push_back({call.layer, call.node, std::move(call.arguments.arguments), std::move(call.arguments.keywords)});
  }

  void finish(const Arg& inputs, const Arg& outputs) {
    for (const Port& port : ports_of(inputs, true)) {
      const int call = network_->sources[static_cast<size_t>(port.tensor->value.id)].call;
      const LayerInstance& layer = *network_->layers[static_cast<size_t>(network_->calls[static_cast<size_t>(call)].layer)];
      if (!layer.is_input)
        throw ModelError(where_ + ": the input \"" + layer.name + "\" is no " + std::string(kInputLayer) + " but " +
                         layer.class_name);
      network_->inputs.push_back({call, layer.name, layer.policy.variable, shape_of_input(layer, reader_.file()), port.key});
    }
    const auto* members = std::get_if<Arg::Members>(&inputs.value);
    const bool plain = members != nullptr && std::all_of(members->begin(), members->end(),
                                                         [](const auto& member) { return member.value.tensor() != nullptr; });
    for (size_t i = 0; plain && i < network_->inputs.size(); ++i) network_->input_keys.push_back(network_->inputs[i].key);
    finish_outputs(outputs);
    if (std::any_of(network_->calls.begin(), network_->calls.end(), [this](const Call& call) { return changes_masks(call); }))
      network_->order = run_order(*network_);
    self_.children = network_->layers;
  }

  void finish_outputs(const Arg& outputs) {
    const std::vector<Port> ports = ports_of(outputs, true), listed = ports_of(outputs, false);
    std::vector<std::string> names;
    for (const Port& port : ports) {
      network_->outputs.push_back(port.tensor->value.id);
      const Call& call = network_->calls[static_cast<size_t>(network_->sources[static_cast<size_t>(port.tensor->value.id)].call)];
      names.push_back(port.key.empty() ? network_->layers[static_cast<size_t>(call.layer)]->name : port.key);
    }
    if (names.empty()) throw ModelError(where_ + ": the model has no outputs");
    network_->output_names = unique_names(names);
    for (const Port& port : listed) {
      const auto same = std::find_if(ports.begin(), ports.end(), [&](const Port& other) { return other.tensor == port.tensor; });
      network_->output_order.push_back(static_cast<size_t>(same - ports.begin()));
    }
  }

  // True where a call changes the masks of tensors that are read later: then the order of calls matters.
  bool changes_masks(const Call& call) const {
    const LayerInstance& layer = *network_->layers[static_cast<size_t>(call.layer)];
    if (const auto& deletes = traits_of(layer).deletes_masks; deletes && deletes(reader_.dialect())) return true;
    if (layer.network == nullptr) return false;
    const bool named = std::any_of(call.keywords.begin(), call.keywords.end(),
                                   [](const auto& keyword) { return keyword.name == "mask" && !keyword.value.is_none(); });
    return named || (call.arguments.size() > 2 && !call.arguments[2].is_none());
  }

  Reader& reader_;
  LayerInstance& self_;
  std::string where_;
  std::shared_ptr<Network> network_ = std::make_shared<Network>();
  std::map<std::string, int> index_;  // layers by name
  std::vector<const Json*> nodes_;    // one for each layer
  References references_;
  std::vector<int> targets_;  // by reference: index into raw_
  std::vector<RawCall> raw_;
  std::map<std::pair<int, int>, int> by_node_;  // (layer, node) → index into raw_
  std::vector<bool> needed_;
  bool has_dict_nodes_ = false;
};

}  // namespace

std::shared_ptr<Network> read_functional(Reader& reader, LayerInstance& self) { return FunctionalReader(reader, self).read(); }

}  // namespace keraunos::loader
