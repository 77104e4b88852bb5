// The additions of a lowering for summary(): results have the shapes that Keras reports, and calls that no output needs are
// lowered.
#include <algorithm>
#include <utility>

#include "loader/keras/class_names.h"
#include "loader/keras/lowerer.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {
namespace {

// Equal shapes in summary(), where an extent that varies is shown as None.
bool looks_like(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Dim& x, const Dim& y) { return x.varies == y.varies && (x.varies || x.size == y.size); });
}

}  // namespace

// Keras 3 asks a layer for the shapes of its results before it computes any, and a few layers answer wrongly (Keras 3.15). Later
// layers use these shapes. Keras 2 traces its computation, and sometimes loses a size. Where the reported shape is wrong, an
// uncomputed value of that shape replaces the result. (Lowering::activated handles glu: no layer reports that it halves the last
// axis.)
void Lowerer::claim(Lowering& lowering, const LayerInstance& layer, std::vector<Traced>& results) {
  if (!is_built_in(layer)) return;
  const auto& claimed_shapes = traits_of(layer).claimed_shapes;
  const auto shapes = claimed_shapes ? claimed_shapes(lowering, results) : std::nullopt;
  if (!shapes) return;
  results.resize(shapes->size(), results.back());
  for (size_t i = 0; i < results.size(); ++i) {
    const host::ValueInfo& info = graph_->info(results[i].value);
    if (!looks_like(info.shape, (*shapes)[i])) results[i].value = graph_->add_value({.shape = (*shapes)[i], .dtype = info.dtype});
  }
}

// Lowers calls whose results nothing uses, because summary() shows their shapes, without refusals, and evaluate() needs what they
// add to the loss.
void Lowerer::call_asides(const std::string& origin, const Network& network, std::vector<std::vector<Traced>>& results) {
  if (added_ != nullptr) {
    for (const Call& call : network.asides) {
      LayerInstance& target = *network.layers[static_cast<size_t>(call.layer)];
      const std::string path = origin.empty() ? target.name : origin + '/' + target.name;
      results.push_back(call_or_refuse(target, path, call, results, network));
    }
    return;
  }
  std::vector<UnsupportedError::Item> refusals;
  std::vector<UnsupportedError::Item>* const before = std::exchange(refusals_, &refusals);
  for (const Call& call : network.asides) {
    LayerInstance& target = *network.layers[static_cast<size_t>(call.layer)];
    try {
      results.push_back(call_or_refuse(target, target.name, call, results, network));
    } catch (const InternalError&) {
      refusals_ = before;
      throw;
    } catch (const Error&) {
      results.push_back({Traced{}});
    }
  }
  refusals_ = before;
}

}  // namespace keraunos::loader
