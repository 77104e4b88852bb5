// Layers that rearrange a sample: Flatten, Reshape, Permute, RepeatVector. All of them drop the mask.
#include <algorithm>

#include "host/graph/extent.h"
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/numbers.h"

namespace keraunos::loader {

std::vector<LayerDef> reshape_layers();

namespace {

Dim elements_of_sample(const Shape& shape) { return host::product_of(std::span(shape).subspan(shape.empty() ? 0 : 1)); }

// channels_first: the channels are moved last before flattening, so that both formats give the same order (and the next Dense the
// same weights).
std::vector<Traced> lower_flatten(Lowering& l) {
  const Value x = to_channels_last(l, l.input().value);
  if (l.rank(x) == 0) l.refuse("needs an input with a batch axis");
  return {{l.reshape(x, {l.dim(x, 0), elements_of_sample(l.shape(x))}), {}}};
}

// Keras 3 reads null as −1.
std::vector<int64_t> target_of(const Lowering& l) {
  const files::Json* given = l.config().find("target_shape");
  if (l.dialect().before(3, 0) || given == nullptr || !given->is_array())
    return listed_integers(l.config(), "target_shape", Range{-1});
  files::Json shape = files::Json::array(), config = files::Json::object();
  for (const files::Json& extent : given->items()) shape.push_back(extent.is_null() ? files::Json(int64_t{-1}) : extent);
  config.set("target_shape", std::move(shape));
  return listed_integers(Config(config, l.config().where()), "target_shape", Range{-1});
}

std::vector<Traced> lower_reshape(Lowering& l) {
  const Value x = l.input().value;
  const Dim sample = elements_of_sample(l.shape(x));
  Shape target{l.dim(x, 0)};
  int64_t known = 1;
  size_t open = 0;
  for (int64_t extent : target_of(l)) {
    if (extent < 0) open = target.size();
    if (extent >= 0) known = host::checked_multiply(known, extent);
    target.push_back({extent});
  }
  if (open != 0) target[open] = {known == 0 ? 0 : sample.size / known, sample.varies};
  if (std::count_if(target.begin() + 1, target.end(), [](Dim d) { return d.size < 0; }) > 0)
    l.config().fail("target_shape", "one -1 at most");
  return {{l.reshape(x, target), {}}};
}

std::vector<Traced> lower_permute(Lowering& l) {
  const Value x = l.input().value;
  std::vector<int> order{0};
  for (int64_t axis : listed_integers(l.config(), "dims", Range{1, l.rank(x)})) order.push_back(static_cast<int>(axis));
  return {{l.transpose(x, order), {}}};
}

std::vector<Traced> lower_repeat_vector(Lowering& l) {
  const Value x = l.input().value;
  const Dim times{l.config().integer("n", Range{l.dialect().before(3, 0) ? 0 : 1})};
  if (l.rank(x) != 2) l.refuse("needs an input of rank 2, found " + l.dims(x).to_string());
  return {{l.broadcast_to(l.expand_dims(x, 1), {l.dim(x, 0), times, l.dim(x, 1)}), {}}};
}

LayerDef layer(std::string name, std::set<std::string> keys, std::vector<Traced> (*lower)(Lowering&)) {
  return {.classes = {std::move(name)}, .keys = std::move(keys), .weights = {}, .children = {}, .lower = lower};
}

}  // namespace

std::vector<LayerDef> reshape_layers() {
  return {
      layer("Flatten", {"data_format"}, lower_flatten),
      layer("Reshape", {"target_shape"}, lower_reshape),
      layer("Permute", {"dims"}, lower_permute),
      layer("RepeatVector", {"n"}, lower_repeat_vector),
  };
}

}  // namespace keraunos::loader
