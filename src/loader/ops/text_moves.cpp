#include "loader/ops/text_moves.h"

#include <array>
#include <numeric>

#include "host/graph/extent.h"
#include "keraunos/error.h"
#include "loader/layers/common/memory.h"
#include "loader/ops/argument_values.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/table.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// Operands: places, then the tensors of texts, whose elements are counted through.
class PickTexts final : public DynamicKernel, public ChecksOperands {
 public:
  std::string name() const override { return "pick texts"; }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    return {{DType::string, inputs[0].dims}};
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<std::string_view> all;
    for (const TensorView& texts : inputs.subspan(1)) {
      const auto elements = elements_of<std::string_view>(texts);
      all.insert(all.end(), elements.begin(), elements.end());
    }
    std::vector<std::string> picked;
    picked.reserve(static_cast<size_t>(inputs[0].dims.elements()));
    for (const int64_t place : elements_of<int64_t>(inputs[0])) {
      if (place < 0 || place >= static_cast<int64_t>(all.size()))
        throw DataError("place " + std::to_string(place) + " of " + std::to_string(all.size()) + " texts");
      picked.emplace_back(all[static_cast<size_t>(place)]);
    }
    std::vector<Tensor> results;
    results.push_back(Tensor::strings(picked, inputs[0].dims));
    return results;
  }
};

// The places of a tensor's elements, after those of the tensors before it.
Value places_of(Lowering& l, Value texts, int64_t first) {
  const int64_t count = l.dims(texts).elements();
  debit(l, "the places of texts", host::checked_multiply(count, int64_t{sizeof(int64_t)}));
  std::vector<int64_t> places(static_cast<size_t>(count));
  std::iota(places.begin(), places.end(), first);
  return l.reshape(l.constant(TensorView(places, Dims{count})), l.shape(texts));
}

}  // namespace

std::span<const std::string_view> text_moves() {
  static constexpr std::array<std::string_view, 27> kNames{"concat",
                                                           "stack",
                                                           "unstack",
                                                           "split",
                                                           "transpose",
                                                           "compat.v1.transpose",
                                                           "expand_dims",
                                                           "squeeze",
                                                           "slice",
                                                           "strided_slice",
                                                           "gather",
                                                           "gather_nd",
                                                           "tile",
                                                           "roll",
                                                           "reverse",
                                                           "broadcast_to",
                                                           "boolean_mask",
                                                           "where",
                                                           "repeat",
                                                           "__operators__.getitem",
                                                           "raw_ops.StridedSlice",
                                                           "raw_ops.Slice",
                                                           "raw_ops.Squeeze",
                                                           "raw_ops.Select",
                                                           "raw_ops.Fill",
                                                           "raw_ops.SparseToDense",
                                                           "GetItem"};
  return kNames;
}

bool takes_texts(Lowering& l, const std::vector<Arg>& positional, const Arg::Members& keywords) {
  return any_argument_is(positional, keywords, [&](const Arg& argument) {
    const Traced* traced = argument.tensor();
    return traced != nullptr && traced->value && l.dtype(traced->value) == DType::string;
  });
}

std::vector<Traced> lower_text_move(Lowering& l, const Operation& operation, const std::string& name,
                                    const CallArguments& arguments) {
  std::vector<Value> operands{Value{}};  // the first is the result's places
  int64_t count = 0;
  const CallArguments moved = with_tensors(arguments, [&](Value v) {
    if (l.dtype(v) != DType::string) return v;
    const Value places = places_of(l, v, count);
    count = host::checked_add(count, l.dims(v).elements());
    operands.push_back(v);
    return places;
  });
  std::vector<Traced> results = lower_call(l, operation, name, &moved);
  for (Traced& result : results) {
    operands[0] = l.cast(result.value, DType::int64);
    result.value = l.call(std::make_shared<const PickTexts>(), operands)[0];
  }
  return results;
}

}  // namespace keraunos::loader
