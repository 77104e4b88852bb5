// A Lowering without a layer: for what needs to write into other graphs (LoopWriter).
#pragma once

#include "host/graph/graph.h"
#include "keraunos/error.h"
#include "keraunos/layer.h"

namespace keraunos::host {

class PlainLowering final : public Lowering {
 public:
  using Lowering::Lowering;
  void within(Graph& body, const std::function<void()>& work) override {
    Graph* const around = std::exchange(graph_, &body);
    body.origin = around->origin;
    work();
    graph_ = around;
  }

  const Config& config() const override { none(); }
  const Dialect& dialect() const override { none(); }
  DType compute_dtype() const override { return DType::float32; }
  const std::string& path() const override { none(); }
  const std::vector<Arg>& arguments() const override { none(); }
  const Arg::Members& keywords() const override { none(); }
  const Arg* keyword(std::string_view) const override { return nullptr; }
  std::vector<Traced> inputs() const override { none(); }
  Value weight(std::string_view, const Shape&, bool) override { none(); }
  bool has_weight(std::string_view) const override { return false; }
  const Tensor& saved(std::string_view) const override { none(); }
  Value child_weight(std::string_view, std::string_view, const Shape&) override { none(); }
  bool child_has_weight(std::string_view, std::string_view) const override { return false; }
  std::vector<Traced> call_child(std::string_view, std::vector<Arg>, Arg::Members) override { none(); }
  Config child_config(std::string_view) const override { none(); }
  std::string child_class(std::string_view) const override { none(); }
  bool child_is_built_in(std::string_view) const override { return false; }
  std::vector<Dims> child_states(std::string_view) const override { return {}; }
  Value state(std::string_view, const Shape&, DType) override { none(); }
  void keep(std::string_view, Value) override { none(); }
  std::optional<std::vector<std::string>> asset(std::string_view) const override { return std::nullopt; }
  Value activated(Value, std::string_view) override { none(); }
  Value called(std::string_view, Value) override { none(); }
  [[noreturn]] void refuse(const std::string& reason) const override { throw UsageError(reason); }

 private:
  [[noreturn]] static void none() { throw InternalError("there is no layer"); }
  std::shared_ptr<const void> kept(std::string_view, const std::function<std::shared_ptr<const void>()>& make) const override {
    return make();
  }
};

}  // namespace keraunos::host
