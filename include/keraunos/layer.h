// How a Keras layer says what it means: LayerDef names its config keys, weights and children and lowers itself to operations
// through a Builder. The built-in layers are written with exactly this; so are yours (CustomObjects).
//
// Binary compatibility. Within one soname (the version's first two numbers) code that was compiled against these headers runs
// with every library: no struct changes its size or the meaning of a field, no function changes or goes, and Kernel, the one
// class with virtual functions, has these and no others. What is added are functions that are not virtual, of Builder, Config,
// Lowering and handles, and classes of their own (Kernel::extension). tests/exported.txt and tests/unit/api/layout_test.cpp
// record both.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "keraunos/builder.h"
#include "keraunos/config.h"
#include "keraunos/kernel.h"
#include "keraunos/tensor.h"

namespace keraunos {

/// The argument tree of a call, as Keras's nodes hold it.
struct Arg {
  struct Slice;
  struct Member;
  struct Ellipsis {};
  using List = std::vector<Arg>;
  using Members = std::vector<Member>;
  std::variant<std::monostate, bool, int64_t, double, std::string, Traced, Ellipsis, std::shared_ptr<const Slice>, List, Members>
      value;

  bool is_none() const noexcept { return value.index() == 0; }
  const Traced* tensor() const noexcept { return std::get_if<Traced>(&value); }
  const List* list() const noexcept { return std::get_if<List>(&value); }
};
struct Arg::Slice {
  Arg start, stop, step;
};
/// An argument by keyword, or an entry of a dictionary.
struct Arg::Member {
  std::string name;
  Arg value;
};

/// Which Keras wrote the file: where Keras 2 and 3 differ, lowering looks here.
struct Dialect {
  int major = 3, minor = 0;
  std::string backend;
  bool before(int a, int b) const noexcept { return major < a || (major == a && minor < b); }
};

struct WeightName {
  std::string name;  ///< "kernel"
  bool trainable = true;
  bool optional = false;  ///< may be missing in the file (Normalization given its mean in the config)
};

/// A layer inside a layer. `config` is the child as Keras serialises layers: {"class_name", "config"}.
struct ChildName {
  std::string attribute;             ///< "cell", "forward_layer", "query_dense"
  std::vector<std::string> aliases;  ///< other attribute names of other versions: "_query_dense"
  SerialisedLayer config;
};

class Lowering;
struct LayerTraits;

/// A layer class.
struct LayerDef {
  std::vector<std::string> classes{};  ///< class names and registered names it answers to
  std::set<std::string> keys{};  ///< config keys it understands beyond Keras's common ones; an unknown key is refused by name
  std::function<std::vector<WeightName>(const Config&)> weights{};  ///< own weights in creation order; none when empty
  std::function<std::vector<ChildName>(const Config&)> children{};  ///< in order of creation; none when empty
  std::function<std::vector<Traced>(Lowering&)> lower{};
  bool autocast = true;      ///< floating inputs are cast to the layer's compute dtype on entry
  bool passes_mask = false;  ///< an unmentioned mask of the first input is handed on (Lowering::with_mask does it)
  /// For a cell that RNN may run: the shapes of its states without the batch axis. States start at zero. `lower` then makes one
  /// step: it is called with x (batch, …) and a list of the states, and returns the output, then the new states.
  std::function<std::vector<Dims>(const Config&)> states{};
  /// What the layer reads where it is the first of a Sequential whose file does not say; none: floats of its dtype.
  std::optional<DType> input_dtype{};
  /// Facts of Keras's files about its own layers; leave it empty.
  std::shared_ptr<const LayerTraits> traits{};
};

/// A cell over a sequence, as Keras's RNN runs it: see Lowering::run_cell.
struct SequenceCall {
  Traced sequence{};                    ///< (N, T, …), and its mask (N, T) where steps are to be left out
  std::vector<Traced> initial_state{};  ///< all states of the cell, flattened; empty: zeros
  bool go_backwards = false;            ///< time runs from the last step down, and outputs are in the order of processing
  bool return_sequences = false;
  bool zero_output_for_mask = false;  ///< a masked step gives zeros, not the output before it
};

/// What one step of Lowering::loop works with: inside the loop these stand for the LoopOperands of one step.
struct LoopStep {
  std::vector<Value> carried{}, slices{}, captured{};
};
/// Operands of a loop, and of each step: what is carried from one step to the next, what is given to the steps in turn along axis
/// 1 (without that axis there), and what every step sees whole.
struct LoopOperands {
  std::vector<Value> carried{}, sequences{}, captured{};
  bool backwards = false;  ///< from the last step down; stacked results are in the order of processing
};
/// What a step gives, and what the loop gives: the carried values, of the types that they had, and values that are stacked along
/// a new axis 1.
struct LoopResults {
  std::vector<Value> carried{}, stacked{};
};

/// What a layer sees while it is lowered: its call's arguments, its config, its weights, and a Builder.
class KERAUNOS_API Lowering : public Builder {
 public:
  Lowering(const Lowering&) = delete;
  Lowering& operator=(const Lowering&) = delete;

  const Config& config() const;
  const Dialect& dialect() const;
  DType compute_dtype() const;
  const std::string& path() const;

  /// Positional arguments with their structure, and keyword arguments. An explicit mask stands at the tensors it belongs to.
  const std::vector<Arg>& arguments() const;
  const Arg::Members& keywords() const;
  /// The keyword argument of that name, which counts as read, or nullptr.
  const Arg* keyword(std::string_view name) const;
  /// All tensors of the first argument, flattened.
  std::vector<Traced> inputs() const;
  /// The only tensor of the first argument; ModelError when there are several.
  Traced input() const;

  /// Own weight as the compute dtype (as saved with `cast` false), its shape checked. ModelError when it is missing.
  Value weight(std::string_view name, const Shape& expected, bool cast = true);
  bool has_weight(std::string_view name) const;
  /// The saved weight itself, for its shape or its contents.
  const Tensor& saved(std::string_view name) const;

  /// A child's weight / a call of a child.
  Value child_weight(std::string_view child, std::string_view name, const Shape& expected);
  bool child_has_weight(std::string_view child, std::string_view name) const;
  std::vector<Traced> call_child(std::string_view child, std::vector<Arg> arguments, Arg::Members keywords = {});
  Config child_config(std::string_view child) const;
  std::string child_class(std::string_view child) const;
  /// True when the child and all layers inside it are this library's, none the caller's own.
  bool child_is_built_in(std::string_view child) const;
  /// LayerDef::states of a child; of one that states none, those of its own children in order (a stack of cells).
  std::vector<Dims> child_states(std::string_view child) const;

  /// Runs a child that is a cell over a sequence: in one operation where the library can, else step by step. The results are the
  /// sequence or the last output, then all states.
  std::vector<Traced> run_cell(std::string_view child, const SequenceCall& call);
  /// Runs `step` once for each step of the sequences, of which there is one at least. It is lowered once: weights and children
  /// may be used inside, values of outside only through the operands. Where a kernel inside gives shapes that depend on data, it
  /// is lowered once for each step as the session runs, and carried values may change their extents.
  LoopResults loop(const LoopOperands& operands, const std::function<LoopResults(const LoopStep&)>& step);

  /// State that a Session keeps between calls (stateful RNNs): returns the value before; `keep` says what it becomes.
  Value state(std::string_view name, const Shape& shape, DType type);
  void keep(std::string_view name, Value after);

  /// The text lines of an asset (vocabulary.txt) of this layer, if the file has it.
  std::optional<std::vector<std::string>> asset(std::string_view file_name) const;

  /// What `make` gives, made once for all calls, shapes and threads of this layer's model: a table of words, say. `name` tells a
  /// layer's objects apart; one name stands for one type.
  template <class Make>
  auto once(std::string_view name, const Make& make) const -> std::shared_ptr<const decltype(make())> {
    using Object = const decltype(make());
    return std::static_pointer_cast<Object>(
        kept(name, [&]() -> std::shared_ptr<const void> { return std::make_shared<Object>(make()); }));
  }

  /// Applies config[key]: a name, a function object or an activation layer.
  Value activated(Value x, std::string_view key = "activation");
  /// Calls a function by name: one of CustomObjects::function, or an activation. Absent where there is none of that name.
  Value called(std::string_view function, Value x);

  /// Refuses this layer: the loader collects all refusals of a file into one UnsupportedError.
  [[noreturn]] void refuse(const std::string& reason) const;

 protected:
  // Of the library alone: the functions above call the one class that is derived from this.
  explicit Lowering(OpaqueGraph& graph) noexcept : Builder(graph) {}
  ~Lowering() = default;

 private:
  std::shared_ptr<const void> kept(std::string_view name, const std::function<std::shared_ptr<const void>()>& make) const;
};

}  // namespace keraunos
