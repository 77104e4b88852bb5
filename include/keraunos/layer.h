// How a Keras layer says what it means: LayerDef names its config keys, weights and children and lowers itself to operations
// through a Builder. The built-in layers are written with exactly this; so are yours (CustomObjects).
#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "keraunos/function.h"
#include "keraunos/tensor.h"

struct CUstream_st;

namespace keraunos {

namespace files {
class Json;
}
namespace host {
struct Graph;
struct Recurrent;
struct Attention;
}  // namespace host

/// One extent. Lowering happens for the concrete shapes of a call, so it is always a number; `varies` remembers that it grew out
/// of a None in the file, for summary().
struct Dim {
  int64_t size = 0;
  bool varies = false;
  friend bool operator==(const Dim& a, const Dim& b) noexcept { return a.size == b.size; }
};
using Shape = std::vector<Dim>;

/// A tensor in a graph under construction; absent when id < 0.
struct Value {
  int id = -1;
  explicit operator bool() const noexcept { return id >= 0; }
  friend bool operator==(Value, Value) = default;
};

/// A tensor and the mask that Keras attaches to it.
struct Traced {
  Value value{};
  Value mask{};  ///< boolean, or absent
};

enum class Reduction : uint8_t { sum, mean, product, maximum, minimum, any, all };

/// Geometry of a convolution or pooling over 1 to 3 spatial axes; unused axes keep the defaults. Padding is numbers.
struct Window {
  std::array<int64_t, 3> size{1, 1, 1}, stride{1, 1, 1}, dilation{1, 1, 1}, low{0, 0, 0}, high{0, 0, 0};
  friend bool operator==(const Window&, const Window&) = default;
};

class Kernel;

/// Writes operations into a graph. NumPy's broadcasting, explicit dtypes: two operands of one operation have one dtype, nothing
/// is promoted silently (UsageError, which the loader reports with the layer's path).
class KERAUNOS_API Builder {
 public:
  /// `origin` names what is being lowered ("encoder#1/dense"); every node made from now on carries it.
  explicit Builder(host::Graph& graph) noexcept : graph_(&graph) {}
  host::Graph& graph() noexcept { return *graph_; }

  Shape shape(Value) const;  ///< a copy: making nodes moves what a graph holds
  DType dtype(Value) const;
  int rank(Value v) const { return static_cast<int>(shape(v).size()); }
  Dim dim(Value v, int axis) const;  ///< negative axes count from the end
  Dims dims(Value) const;

  /// A constant that is copied / shared.
  Value constant(const TensorView&);
  Value constant(std::shared_ptr<const Tensor>);
  Value scalar(double value, DType type);

  // Pointwise, with broadcasting.
  Value unary(Function, Value, double immediate = 0);
  Value binary(Function, Value, Value);
  Value select(Value condition, Value then, Value otherwise);
  Value cast(Value, DType);
  Value add(Value a, Value b) { return binary(Function::add, a, b); }
  Value subtract(Value a, Value b) { return binary(Function::subtract, a, b); }
  Value multiply(Value a, Value b) { return binary(Function::multiply, a, b); }
  Value divide(Value a, Value b) { return binary(Function::divide, a, b); }
  Value add(Value a, double b) { return add(a, scalar(b, dtype(a))); }
  Value multiply(Value a, double b) { return multiply(a, scalar(b, dtype(a))); }
  Value broadcast_to(Value, const Shape&);

  // Shape and order. Reshape is free; the others copy unless a pass removes them.
  Value reshape(Value, const Shape&);
  Value expand_dims(Value, int axis);
  Value squeeze(Value, int axis);
  Value transpose(Value, std::span<const int> permutation);
  /// Per axis: first index, number of elements, step (may be negative).
  Value slice(Value, std::span<const int64_t> start, std::span<const int64_t> size, std::span<const int64_t> step);
  Value slice_axis(Value, int axis, int64_t start, int64_t size, int64_t step = 1);
  Value reverse(Value, int axis);
  Value concatenate(std::span<const Value>, int axis);
  Value pad(Value, std::span<const int64_t> low, std::span<const int64_t> high, double value);
  /// table.take(ids, axis): ids of any integer type; an id outside the table is a DataError of the run.
  Value gather(Value table, Value ids, int axis = 0);

  // Contractions and windows. Channels last throughout.
  Value matmul(Value a, Value b, bool transpose_a = false, bool transpose_b = false);
  Value einsum(std::string_view equation, Value a, Value b);
  /// x (N, spatial…, C), kernel (spatial…, C/groups, F) → (N, spatial…, F).
  Value convolve(Value x, Value kernel, const Window&, int64_t groups = 1);
  Value max_pool(Value x, const Window&);
  Value average_pool(Value x, const Window&);  ///< padding does not count
  Value reduce(Reduction, Value, std::span<const int> axes, bool keep_dims = false);
  Value softmax(Value, int axis);
  Value log_softmax(Value, int axis);
  /// (x − mean) / sqrt(variance + epsilon) over the last `axes` axes, times gamma, plus beta where present.
  Value layer_norm(Value x, Value gamma, Value beta, int axes, double epsilon);
  std::vector<Value> recurrent(const host::Recurrent&, std::span<const Value> inputs);
  std::vector<Value> attention(const host::Attention&, std::span<const Value> inputs);

  /// A kernel of one's own; see Kernel. Where its results depend on data, lowering may end here: see host::SegmentEnd.
  std::vector<Value> call(std::shared_ptr<const Kernel>, std::span<const Value> inputs);

 protected:
  host::Graph* graph_;
};

/// The argument tree of a call, as Keras's nodes hold it.
struct Arg {
  struct Slice;
  struct Ellipsis {};
  using List = std::vector<Arg>;
  using Members = std::vector<std::pair<std::string, Arg>>;
  std::variant<std::monostate, bool, int64_t, double, std::string, Traced, Ellipsis, std::shared_ptr<const Slice>, List, Members>
      value;

  bool is_none() const noexcept { return value.index() == 0; }
  const Traced* tensor() const noexcept { return std::get_if<Traced>(&value); }
  const List* list() const noexcept { return std::get_if<List>(&value); }
};
struct Arg::Slice {
  Arg start, stop, step;
};

/// The integers that a config key may hold, both ends included. An extent of a tensor or a window has int32's largest value at
/// most.
struct Range {
  static constexpr int64_t kMostExtent = (int64_t{1} << 31) - 1;
  int64_t least = 0, most = kMostExtent;
};

/// The numbers that a config key may hold, both ends included. NaN is in no range that has an end.
struct RealRange {
  double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
};

/// Typed access to a layer's config. Every error names the layer, the key, what is there and what may be.
class KERAUNOS_API Config {
 public:
  Config(const files::Json& json, std::string where) : json_(&json), where_(std::move(where)) {}
  const std::string& where() const noexcept { return where_; }
  const files::Json& json() const noexcept { return *json_; }
  /// The key's value, or nullptr when it is missing or null.
  const files::Json* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// The config does not hold the key, not even with null.
  bool is_missing(std::string_view key) const;
  int64_t integer(std::string_view key, Range range) const;
  int64_t integer(std::string_view key, int64_t otherwise, Range range) const;
  /// An integer of any size: whoever asks checks it.
  int64_t integer(std::string_view key) const;
  int64_t integer(std::string_view key, int64_t otherwise) const;
  double number(std::string_view key, double otherwise) const;
  /// `otherwise` where the key is missing; null is no number and is refused, as Keras does.
  double number(std::string_view key, double otherwise, RealRange range) const;
  /// null is false, as in Python.
  bool flag(std::string_view key, bool otherwise) const;
  std::string text(std::string_view key, std::string_view otherwise) const;
  /// One of the texts in `known`, `otherwise` where the key is missing; any other text is refused with all of them, and null too.
  std::string text(std::string_view key, std::string_view otherwise, std::initializer_list<std::string_view> known) const;
  /// A list of integers; one integer stands for `count` equal ones when count > 0.
  std::vector<int64_t> integers(std::string_view key, int count = 0) const;
  std::vector<int64_t> integers(std::string_view key, int count, Range range) const;
  /// Refuses a value of the key that is outside the range.
  void check(std::string_view key, int64_t value, Range range) const;
  void check(std::string_view key, double value, RealRange range) const;
  /// A nested object as a Config of its own.
  Config object(std::string_view key) const;
  [[noreturn]] void fail(std::string_view key, const std::string& expected) const;

 private:
  const files::Json* json_;
  std::string where_;
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
  std::shared_ptr<const files::Json> config;
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

/// What a layer sees while it is lowered: its call's arguments, its config, its weights, and a Builder.
class KERAUNOS_API Lowering : public Builder {
 public:
  using Builder::Builder;
  virtual ~Lowering() = default;

  virtual const Config& config() const = 0;
  virtual const Dialect& dialect() const = 0;
  virtual DType compute_dtype() const = 0;
  virtual const std::string& path() const = 0;

  /// Positional arguments with their structure, and keyword arguments.
  virtual const std::vector<Arg>& arguments() const = 0;
  virtual const Arg::Members& keywords() const = 0;
  /// The keyword argument of that name, which counts as read, or nullptr.
  virtual const Arg* keyword(std::string_view name) const = 0;
  /// All tensors of the first argument, flattened.
  virtual std::vector<Traced> inputs() const = 0;
  /// The only tensor of the first argument; ModelError when there are several.
  Traced input() const;

  /// Own weight as the compute dtype (as saved with `cast` false), its shape checked. ModelError when it is missing.
  virtual Value weight(std::string_view name, const Shape& expected, bool cast = true) = 0;
  virtual bool has_weight(std::string_view name) const = 0;
  /// The saved weight itself, for its shape or its contents.
  virtual const Tensor& saved(std::string_view name) const = 0;

  /// A child's weight / a call of a child.
  virtual Value child_weight(std::string_view child, std::string_view name, const Shape& expected) = 0;
  virtual bool child_has_weight(std::string_view child, std::string_view name) const = 0;
  virtual std::vector<Traced> call_child(std::string_view child, std::vector<Arg> arguments, Arg::Members keywords = {}) = 0;
  virtual Config child_config(std::string_view child) const = 0;
  virtual std::string child_class(std::string_view child) const = 0;
  /// True when the child and all layers inside it are this library's, none the caller's own.
  virtual bool child_is_built_in(std::string_view child) const = 0;
  /// LayerDef::states of a child; of one that states none, those of its own children in order (a stack of cells).
  virtual std::vector<Dims> child_states(std::string_view child) const = 0;
  /// Everything that `work` lowers, weights and calls of children too, goes into another graph: the body of a Loop.
  virtual void within(host::Graph& body, const std::function<void()>& work) = 0;

  /// State that a Session keeps between calls (stateful RNNs): returns the value before; `keep` says what it becomes.
  virtual Value state(std::string_view name, const Shape& shape, DType type) = 0;
  virtual void keep(std::string_view name, Value after) = 0;

  /// The text lines of an asset (vocabulary.txt) of this layer, if the file has it.
  virtual std::optional<std::vector<std::string>> asset(std::string_view file_name) const = 0;

  /// What `make` gives, made once for all calls, shapes and threads of this layer's model: a table of words, say. `name` tells a
  /// layer's objects apart; one name stands for one type.
  template <class Make>
  auto once(std::string_view name, const Make& make) const -> std::shared_ptr<const decltype(make())> {
    using Object = const decltype(make());
    return std::static_pointer_cast<Object>(
        kept(name, [&]() -> std::shared_ptr<const void> { return std::make_shared<Object>(make()); }));
  }

  /// Applies config[key]: a name, a function object or an activation layer.
  virtual Value activated(Value x, std::string_view key = "activation") = 0;
  /// Calls a function by name: one of CustomObjects::function, or an activation. Absent where there is none of that name.
  virtual Value called(std::string_view function, Value x) = 0;

  /// Refuses this layer: the loader collects all refusals of a file into one UnsupportedError.
  [[noreturn]] virtual void refuse(const std::string& reason) const = 0;

 private:
  virtual std::shared_ptr<const void> kept(std::string_view name,
                                           const std::function<std::shared_ptr<const void>()>& make) const = 0;
};

/// A shape and dtype.
struct TensorType {
  DType dtype = DType::float32;
  Dims dims{};
  friend bool operator==(const TensorType&, const TensorType&) = default;
};

/// A computation of one's own inside a graph: custom layers, text. Immutable once a model uses it; run() may be called from any
/// thread.
class KERAUNOS_API Kernel {
 public:
  virtual ~Kernel() = default;
  virtual std::string name() const = 0;
  /// Types of the results; nullopt when they depend on data: run_dynamic() is called then.
  virtual std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const = 0;
  /// On the CPU. Memory is dense; outputs are to be written whole. A DataError is reported by the call that runs the model.
  /// Called by several threads at once, in one predict() too where rows_are_local().
  virtual void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const;
  /// Results whose shape depends on data.
  virtual std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const;
  /// True when enqueue() exists: the kernel then runs on the GPU, else on the host with copies around it, which the plan shows.
  virtual bool has_cuda() const { return false; }
  /// Enqueues on `stream`; pointers are of the device. Neither allocates nor synchronises.
  virtual void enqueue(std::span<const TensorView> inputs, std::span<const MutableView> outputs, CUstream_st* stream) const;
  /// True when row i of every result depends on row i of the inputs alone.
  virtual bool rows_are_local() const { return false; }
  /// Part of the structural hash: two kernels of one name and one text do the same.
  virtual std::string parameters() const { return {}; }
};

}  // namespace keraunos
