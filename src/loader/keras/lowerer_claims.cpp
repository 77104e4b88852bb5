// What a lowering for summary() does besides: results look as Keras believes them to, and calls that no output needs are made.
#include <algorithm>
#include <utility>

#include "loader/keras/claimed_shapes.h"
#include "loader/keras/lowerer.h"

namespace keraunos::loader {
namespace {

// In summary(), where an extent that grew out of None is None again.
bool looks_like(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Dim& x, const Dim& y) { return x.varies == y.varies && (x.varies || x.size == y.size); });
}

}  // namespace

// Where a result looks other than it is, a value that nothing computes takes its place.
void Lowerer::claim(Lowering& lowering, const LayerInstance& layer, std::vector<Traced>& results) {
  if (!is_built_in(layer)) return;
  const auto shapes = claimed_shapes(lowering, layer.class_name, results);
  if (!shapes) return;
  results.resize(shapes->size(), results.back());
  for (size_t i = 0; i < results.size(); ++i) {
    const host::ValueInfo& info = graph_->info(results[i].value);
    if (!looks_like(info.shape, (*shapes)[i])) results[i].value = graph_->add_value({.shape = (*shapes)[i], .dtype = info.dtype});
  }
}

// Lowers calls whose results nothing uses, because summary() shows their shapes. Refusals are dropped.
void Lowerer::call_asides(const Network& network, std::vector<std::vector<Traced>>& results) {
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
