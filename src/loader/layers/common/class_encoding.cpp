#include "loader/layers/common/class_encoding.h"

#include "loader/ops/one_hot.h"

namespace keraunos::loader {

Encoded class_encoding(const Config& config, std::string_view otherwise) {
  const std::string mode = config.text("output_mode", otherwise, {"int", "one_hot", "multi_hot", "count", "binary"});
  if (mode == "int") return Encoded::index;
  if (mode == "one_hot") return Encoded::one_hot;
  return mode == "count" ? Encoded::count : Encoded::multi_hot;
}

Value encoded(Lowering& l, Value ids, Encoded mode, int64_t depth, Value weights) {
  const int rank = l.rank(ids);
  const DType type = l.compute_dtype();
  if (l.dialect().before(3, 0) && rank > (mode == Encoded::one_hot && l.dim(ids, -1).size != 1 ? 1 : 2))
    l.refuse("encodes a tensor of shape " + l.dims(ids).to_string() + ", which Keras 2 does not do either");
  if (mode == Encoded::one_hot) {
    if (rank > 1 && l.dim(ids, -1).size == 1) ids = l.squeeze(ids, -1);
    return l.cast(one_hot_mask(l, ids, depth, l.rank(ids)), type);
  }
  const Value hot = one_hot_mask(l, ids, depth, rank);
  const int along[] = {rank <= 2 ? rank - 1 : 1};
  if (mode == Encoded::multi_hot) return l.cast(l.reduce(Reduction::any, hot, along), type);
  Value counted = l.cast(hot, type);
  if (weights) counted = l.multiply(counted, l.expand_dims(l.cast(weights, type), -1));
  return l.reduce(Reduction::sum, counted, along);
}

void refuse_sparse(Lowering& l) {
  if (l.config().flag("sparse", false)) l.refuse("gives sparse tensors, which cannot run; save the model with sparse=False");
}

}  // namespace keraunos::loader
