// The Lowering of one call of one layer. Lowering's functions (lowering.cpp) call the functions of the same names here.
#pragma once

#include "loader/keras/lowerer.h"
#include "loader/layers/common/changed_weights.h"

namespace keraunos::loader {

class LayerLowering final : public Lowering {
 public:
  LayerLowering(Lowerer& lowerer, LayerInstance& layer, std::string origin, std::vector<Arg> arguments, Arg::Members keywords);

  const Config& config() const { return config_; }
  const Dialect& dialect() const { return lowerer_.model().dialect; }
  DType compute_dtype() const { return compute_; }
  const std::string& path() const { return layer_.path; }

  const std::vector<Arg>& arguments() const { return arguments_; }
  const Arg::Members& keywords() const { return keywords_; }
  const Arg* keyword(std::string_view name) const;
  /// The keywords that the layer read, and those that became masks of its tensors.
  const std::set<std::string, std::less<>>& read_keywords() const { return read_; }
  std::vector<Traced> inputs() const;

  Value weight(std::string_view name, const Shape& expected, bool cast);
  bool has_weight(std::string_view name) const;
  const Tensor& saved(std::string_view name) const;
  Value saved_leaf(std::string_view name) { return lowerer_.leaf(lowerer_.weight(layer_, name, nullptr)); }

  Value child_weight(std::string_view child, std::string_view name, const Shape& expected);
  bool child_has_weight(std::string_view child, std::string_view name) const;
  std::vector<Traced> call_child(std::string_view child, std::vector<Arg> arguments, Arg::Members keywords);
  std::vector<Traced> call_child_with(std::string_view child, const ChangedWeights& changed, const Traced& x);
  Shape shape_of_child_weight(std::string_view child, std::string_view name) const;
  Config child_config(std::string_view child) const;
  std::string child_class(std::string_view child) const;
  bool child_is_built_in(std::string_view child) const;
  std::vector<Dims> child_states(std::string_view child) const;
  void within(host::Graph& body, const std::function<void()>& work);

  Value state(std::string_view name, const Shape& shape, DType type);
  void keep(std::string_view name, Value after);
  std::optional<std::vector<std::string>> asset(std::string_view file_name) const;
  Value activated(Value x, std::string_view key);
  Value called(std::string_view function, Value x);
  Value called_custom(std::string_view function, Value x);
  using Meaning = Value (*)(Builder&, std::string_view layer_class, std::string_view function, Value x);
  Value called_library(std::string_view function, Value x, Meaning meaning);
  [[noreturn]] void refuse(const std::string& reason) const;

  std::shared_ptr<const void> kept(std::string_view name, const std::function<std::shared_ptr<const void>()>& make) const;

  void debit(const std::string& what, int64_t bytes) const { lowerer_.debit(layer_, what, bytes); }

  /// Casts floating inputs to the compute dtype, and attaches explicit masks to their tensors.
  void prepare_arguments();
  /// Attaches the first input's mask to the results if the first of them has none.
  void pass_mask(std::vector<Traced>& results) const;

 private:
  LayerInstance& child_named(std::string_view name) const;
  LayerInstance* find_child(std::string_view name) const;
  Value weight_of(LayerInstance& layer, std::string_view name, const Shape& expected, DType compute, bool cast);
  void autocast(Arg& tree);
  void attach_masks();
  Arg* argument_named(std::string_view name);

  Lowerer& lowerer_;
  LayerInstance& layer_;
  std::string origin_;
  std::vector<Arg> arguments_;
  Arg::Members keywords_;
  mutable std::set<std::string, std::less<>> read_;
  Config config_;
  DType compute_;
};

}  // namespace keraunos::loader
