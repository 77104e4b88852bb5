// The functions of Lowering: they call those of LayerLowering, the one derived class. They are not virtual, so that functions can
// be added without breaking compiled layers.
#include "keraunos/error.h"
#include "loader/keras/layer_lowering.h"
#include "loader/layers/common/cells.h"
#include "loader/layers/common/changed_weights.h"
#include "loader/layers/common/inner_graph.h"
#include "loader/layers/common/loop.h"
#include "loader/layers/common/memory.h"

namespace keraunos {
namespace {

using loader::LayerLowering;

LayerLowering& behind(Lowering& l) { return static_cast<LayerLowering&>(l); }
const LayerLowering& behind(const Lowering& l) { return static_cast<const LayerLowering&>(l); }

}  // namespace

const Config& Lowering::config() const { return behind(*this).config(); }
const Dialect& Lowering::dialect() const { return behind(*this).dialect(); }
DType Lowering::compute_dtype() const { return behind(*this).compute_dtype(); }
const std::string& Lowering::path() const { return behind(*this).path(); }

const std::vector<Arg>& Lowering::arguments() const { return behind(*this).arguments(); }
const Arg::Members& Lowering::keywords() const { return behind(*this).keywords(); }
const Arg* Lowering::keyword(std::string_view name) const { return behind(*this).keyword(name); }
std::vector<Traced> Lowering::inputs() const { return behind(*this).inputs(); }

Traced Lowering::input() const {
  const std::vector<Traced> all = inputs();
  if (all.size() != 1) refuse("takes one tensor, but is called with " + std::to_string(all.size()));
  return all[0];
}

Value Lowering::weight(std::string_view name, const Shape& expected, bool cast) {
  return behind(*this).weight(name, expected, cast);
}
bool Lowering::has_weight(std::string_view name) const { return behind(*this).has_weight(name); }
const Tensor& Lowering::saved(std::string_view name) const { return behind(*this).saved(name); }

Value Lowering::child_weight(std::string_view child, std::string_view name, const Shape& expected) {
  return behind(*this).child_weight(child, name, expected);
}
bool Lowering::child_has_weight(std::string_view child, std::string_view name) const {
  return behind(*this).child_has_weight(child, name);
}
std::vector<Traced> Lowering::call_child(std::string_view child, std::vector<Arg> arguments, Arg::Members keywords) {
  return behind(*this).call_child(child, std::move(arguments), std::move(keywords));
}
Config Lowering::child_config(std::string_view child) const { return behind(*this).child_config(child); }
std::string Lowering::child_class(std::string_view child) const { return behind(*this).child_class(child); }
bool Lowering::child_is_built_in(std::string_view child) const { return behind(*this).child_is_built_in(child); }
std::vector<Dims> Lowering::child_states(std::string_view child) const { return behind(*this).child_states(child); }

std::vector<Traced> Lowering::run_cell(std::string_view child, const SequenceCall& call) {
  return loader::call_cell(*this, child, call);
}
LoopResults Lowering::loop(const LoopOperands& operands, const std::function<LoopResults(const LoopStep&)>& step) {
  return loader::write_loop(*this, operands, step);
}

Value Lowering::state(std::string_view name, const Shape& shape, DType type) { return behind(*this).state(name, shape, type); }
void Lowering::keep(std::string_view name, Value after) { behind(*this).keep(name, after); }
std::optional<std::vector<std::string>> Lowering::asset(std::string_view file_name) const {
  return behind(*this).asset(file_name);
}
std::shared_ptr<const void> Lowering::kept(std::string_view name,
                                           const std::function<std::shared_ptr<const void>()>& make) const {
  return behind(*this).kept(name, make);
}
Value Lowering::activated(Value x, std::string_view key) { return behind(*this).activated(x, key); }
Value Lowering::called(std::string_view function, Value x) { return behind(*this).called(function, x); }
void Lowering::refuse(const std::string& reason) const { behind(*this).refuse(reason); }

namespace loader {

void debit(const Lowering& l, const std::string& what, int64_t bytes) { behind(l).debit(what, bytes); }
void within(Lowering& l, host::Graph& body, const std::function<void()>& work) { behind(l).within(body, work); }
Value saved_leaf(Lowering& l, std::string_view weight) { return behind(l).saved_leaf(weight); }
std::vector<Traced> call_child_with(Lowering& l, std::string_view child, const ChangedWeights& changed, const Traced& x) {
  return behind(l).call_child_with(child, changed, x);
}
Shape shape_of_child_weight(Lowering& l, std::string_view child, std::string_view name) {
  return behind(l).shape_of_child_weight(child, name);
}

}  // namespace loader
}  // namespace keraunos
