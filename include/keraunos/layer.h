// The definition of a Keras layer: LayerDef names its config keys, weights and children, and a function lowers its calls to
// operations through a Builder. Built-in and custom layers (CustomObjects) use the same interface.
//
// Binary compatibility. Within one soname (the version's first two numbers) code that was compiled against these headers runs
// with every library: no struct changes its size or the meaning of a field, no function changes or is removed, and Kernel, the
// one class with virtual functions, keeps exactly these. Additions are non-virtual functions of Builder, Config, Lowering and
// handles, and new classes (Kernel::extension). tests/exported.txt and tests/unit/api/layout_test.cpp record both.
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

/// The Keras version that wrote the file; lowering reads it where Keras 2 and 3 differ.
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
  std::vector<std::string> classes{};  ///< class names and registered names of the layer
  std::set<std::string> keys{};  ///< config keys that it reads beyond Keras's common ones; an unknown key is refused by name
  std::function<std::vector<WeightName>(const Config&)> weights{};  ///< own weights in creation order; none when empty
  std::function<std::vector<ChildName>(const Config&)> children{};  ///< in order of creation; none when empty
  std::function<std::vector<Traced>(Lowering&)> lower{};
  bool autocast = true;      ///< floating inputs are cast to the layer's compute dtype on entry
  bool passes_mask = false;  ///< the first input's mask goes on to results without one (as Lowering::with_mask)
  /// For a cell that RNN may run: the shapes of its states without the batch axis. States start at zero. `lower` then computes
  /// one step: its arguments are x (batch, …) and a list of the states, and it returns the output, then the new states.
  std::function<std::vector<Dims>(const Config&)> states{};
  /// The input dtype of a layer that comes first in a Sequential whose file does not state one; absent: the layer's float dtype.
  std::optional<DType> input_dtype{};
  /// Properties of Keras's own layers in its files; leave it empty in custom layers.
  std::shared_ptr<const LayerTraits> traits{};
};

/// A cell over a sequence, as Keras's RNN runs it: see Lowering::run_cell.
struct SequenceCall {
  Traced sequence{};                    ///< (N, T, …), and its mask (N, T) where steps are skipped
  std::vector<Traced> initial_state{};  ///< all states of the cell, flattened; empty: zeros
  bool go_backwards = false;            ///< time runs from the last step down, and outputs are in the order of processing
  bool return_sequences = false;
  bool zero_output_for_mask = false;  ///< a masked step gives zeros, not the output before it
};

/// The values of one step of Lowering::loop, in the order of the LoopOperands that they belong to.
struct LoopStep {
  std::vector<Value> carried{}, slices{}, captured{};
};
/// The operands of a loop: values carried from one step to the next; sequences, of which each step gets one slice along axis 1
/// (without that axis); and captured values, which every step reads whole.
struct LoopOperands {
  std::vector<Value> carried{}, sequences{}, captured{};
  bool backwards = false;  ///< from the last step down; stacked results are in the order of processing
};
/// What a step returns, and what the loop returns: the carried values, whose types do not change, and values that are stacked
/// along a new axis 1.
struct LoopResults {
  std::vector<Value> carried{}, stacked{};
};

/// A call of a layer while it is lowered: its arguments, its config, its weights, and a Builder.
class KERAUNOS_API Lowering : public Builder {
 public:
  Lowering(const Lowering&) = delete;
  Lowering& operator=(const Lowering&) = delete;

  const Config& config() const;
  const Dialect& dialect() const;
  DType compute_dtype() const;
  const std::string& path() const;

  /// Positional arguments with their structure, and keyword arguments. An explicit mask is attached to its tensors.
  const std::vector<Arg>& arguments() const;
  const Arg::Members& keywords() const;
  /// The keyword argument of that name, or nullptr; asking for it marks it as read.
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
  /// True when the child and all layers inside it are built in, none custom.
  bool child_is_built_in(std::string_view child) const;
  /// LayerDef::states of a child; if it has none, the states of its own children in order (a stack of cells).
  std::vector<Dims> child_states(std::string_view child) const;

  /// Runs a child that is a cell over a sequence: in one operation where the library has one, else step by step. The results are
  /// the sequence or the last output, then all states.
  std::vector<Traced> run_cell(std::string_view child, const SequenceCall& call);
  /// Runs `step` once for each step of the sequences, at least one of which is needed. `step` is lowered once: weights and
  /// children may be used inside, values from outside only through the operands. Where a kernel inside gives shapes that depend
  /// on data, `step` is lowered once for each step while the session runs, and carried values may change their extents.
  LoopResults loop(const LoopOperands& operands, const std::function<LoopResults(const LoopStep&)>& step);

  /// A state that a Session keeps between calls (stateful RNNs): returns its value before the call; `keep` sets its value after
  /// it.
  Value state(std::string_view name, const Shape& shape, DType type);
  void keep(std::string_view name, Value after);

  /// The text lines of an asset (vocabulary.txt) of this layer, if the file has it.
  std::optional<std::vector<std::string>> asset(std::string_view file_name) const;

  /// The object that `make` returns, made once for all calls, shapes and threads of this layer's model: a table of words, for
  /// example. `name` identifies the object within the layer; one name stands for one type.
  template <class Make>
  auto once(std::string_view name, const Make& make) const -> std::shared_ptr<const decltype(make())> {
    using Object = const decltype(make());
    return std::static_pointer_cast<Object>(
        kept(name, [&]() -> std::shared_ptr<const void> { return std::make_shared<Object>(make()); }));
  }

  /// Applies config[key]: a name, a function object or an activation layer.
  Value activated(Value x, std::string_view key = "activation");
  /// Calls a function by name: one of CustomObjects::function, or an activation. An absent value where no function has that name.
  Value called(std::string_view function, Value x);

  /// Refuses this layer: the loader collects all refusals of a file into one UnsupportedError.
  [[noreturn]] void refuse(const std::string& reason) const;

 protected:
  // For the library only: the functions above are implemented by the one class that is derived from this.
  explicit Lowering(OpaqueGraph& graph) noexcept : Builder(graph) {}
  ~Lowering() = default;

 private:
  std::shared_ptr<const void> kept(std::string_view name, const std::function<std::shared_ptr<const void>()>& make) const;
};

}  // namespace keraunos
