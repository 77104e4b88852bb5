// Rows of different lengths as one tensor: RaggedTensorToTensor.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "host/graph/extent.h"
#include "keraunos/error.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// The form in which the rows of each level are given.
enum class Partition : uint8_t { first_extent, row_of_each, splits };

struct Filling {
  std::vector<Partition> partitions;
  std::vector<int64_t> extents;  ///< of the levels; -1: the largest length
};

// in: values, one element for missing ones, and the tensors of the partitions.
class FillRows final : public Kernel, public ChecksOperands {
 public:
  explicit FillRows(Filling filling) : filling_(std::move(filling)) {}
  std::string name() const override { return "fill rows"; }
  std::string parameters() const override {
    std::string text;
    for (const Partition partition : filling_.partitions) text += std::to_string(static_cast<int>(partition)) + ' ';
    for (const int64_t extent : filling_.extents) text += std::to_string(extent) + ' ';
    return text;
  }

  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    const auto& extents = filling_.extents;
    if (inputs[0].dtype == DType::string || std::find(extents.begin(), extents.end(), -1) != extents.end()) return std::nullopt;
    return std::vector<TensorType>{{inputs[0].dtype, dims_for(extents, inputs[0].dims)}};
  }

  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    std::vector<int64_t> extents = filling_.extents;
    for (int64_t& extent : extents) extent = extent < 0 ? 1 : extent;
    return {{inputs[0].dtype, dims_for(extents, inputs[0].dims)}};
  }

  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    fill(inputs, places_in(filling_.extents, splits_of(inputs)), outputs[0]);
  }

  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const std::vector<std::vector<int64_t>> splits = splits_of(inputs);
    std::vector<int64_t> extents = filling_.extents;
    if (extents[0] < 0) extents[0] = static_cast<int64_t>(splits[0].size()) - 1;
    for (size_t level = 0; level < splits.size(); ++level) {
      for (size_t row = 0; filling_.extents[level + 1] < 0 && row + 1 < splits[level].size(); ++row)
        extents[level + 1] = std::max(extents[level + 1], splits[level][row + 1] - splits[level][row]);
      extents[level + 1] = std::max<int64_t>(extents[level + 1], 0);
    }
    int64_t all = 1;
    for (const int64_t extent : extents) all = host::checked_multiply(all, extent);
    const Dims dims = dims_for(extents, inputs[0].dims);
    const std::vector<int64_t> places = places_in(extents, splits);
    std::vector<Tensor> results;
    if (inputs[0].dtype == DType::string) {
      std::vector<std::string> texts(static_cast<size_t>(dims.elements()),
                                     std::string(elements_of<std::string_view>(inputs[1])[0]));
      const size_t width = places.empty() ? 0 : elements_of<std::string_view>(inputs[0]).size() / places.size();
      for (size_t i = 0; i < places.size() * width; ++i) {
        const int64_t place = places[i / width];
        if (place >= 0) texts[static_cast<size_t>(place) * width + i % width] = elements_of<std::string_view>(inputs[0])[i];
      }
      results.push_back(Tensor::strings(texts, dims));
    } else {
      results.emplace_back(inputs[0].dtype, dims);
      fill(inputs, places, results[0].mutable_view());
    }
    return results;
  }

 private:
  static Dims dims_for(const std::vector<int64_t>& extents, const Dims& values) {
    std::vector<int64_t> sizes = extents;
    for (int axis = 1; axis < values.rank(); ++axis) sizes.push_back(values[axis]);
    return Dims(sizes);
  }

  // The row starts of each level.
  std::vector<std::vector<int64_t>> splits_of(std::span<const TensorView> inputs) const {
    std::vector<std::vector<int64_t>> all;
    std::optional<int64_t> rows;
    for (size_t i = 0; i < filling_.partitions.size(); ++i) {
      const TensorView& given = inputs[i + 2];
      const bool is_last = i + 1 == filling_.partitions.size();
      if (filling_.partitions[i] == Partition::first_extent) {
        rows = integers_of(given).at(0);
        if (*rows < 0 || *rows > Range::kMostExtent) throw DataError("has " + std::to_string(*rows) + " rows");
        continue;
      }
      if (filling_.partitions[i] == Partition::splits) {
        const std::vector<int64_t> numbers = integers_of(given);
        all.push_back(checked_splits(given, is_last ? inputs[0].dims[0] : numbers.empty() ? 0 : numbers.back()));
      } else {
        all.push_back(splits_from_rows(integers_of(given), rows.value_or(0)));
      }
      if (rows && *rows != static_cast<int64_t>(all.back().size()) - 1)
        throw DataError("has " + std::to_string(all.back().size() - 1) + " rows in place of " + std::to_string(*rows));
      rows = all.back().back();
    }
    if (rows.value_or(0) != inputs[0].dims[0])
      throw DataError("has rows for " + std::to_string(rows.value_or(0)) + " of " + std::to_string(inputs[0].dims[0]) +
                      " elements");
    return all;
  }

  static std::vector<int64_t> splits_from_rows(const std::vector<int64_t>& row_of_each, int64_t rows) {
    std::vector<int64_t> splits(static_cast<size_t>(rows) + 1, 0);
    int64_t before = 0;
    for (const int64_t row : row_of_each) {
      if (row < before || row >= rows) throw DataError("names the row " + std::to_string(row) + " of " + std::to_string(rows));
      before = row;
      ++splits[static_cast<size_t>(row) + 1];
    }
    std::partial_sum(splits.begin(), splits.end(), splits.begin());
    return splits;
  }

  // The index of each element in the result; -1: it is cut off.
  static std::vector<int64_t> places_in(const std::vector<int64_t>& extents, const std::vector<std::vector<int64_t>>& splits) {
    std::vector<int64_t> places(splits.empty() ? 0 : splits[0].size() - 1);
    for (size_t row = 0; row < places.size(); ++row)
      places[row] = static_cast<int64_t>(row) < extents[0] ? static_cast<int64_t>(row) : -1;
    for (size_t level = 0; level < splits.size(); ++level) {
      std::vector<int64_t> next;
      for (size_t row = 0; row + 1 < splits[level].size(); ++row) {
        for (int64_t i = 0; i < splits[level][row + 1] - splits[level][row]; ++i)
          next.push_back(places[row] < 0 || i >= extents[level + 1] ? -1 : places[row] * extents[level + 1] + i);
      }
      places = std::move(next);
    }
    return places;
  }

  static void fill(std::span<const TensorView> inputs, const std::vector<int64_t>& places, const MutableView& out) {
    const auto width = static_cast<size_t>(size_of(out.dtype));
    const size_t inner = places.empty() ? 1 : static_cast<size_t>(inputs[0].dims.elements()) / places.size();
    auto* const to = static_cast<std::byte*>(out.data);
    for (size_t i = 0; i < static_cast<size_t>(out.dims.elements()); ++i) std::memcpy(to + i * width, inputs[1].data, width);
    const auto* from = static_cast<const std::byte*>(inputs[0].data);
    for (const int64_t place : places) {
      if (place >= 0 && inner > 0) std::memcpy(to + static_cast<size_t>(place) * inner * width, from, inner * width);
      from += inner * width;
    }
  }

  Filling filling_;
};

std::vector<Partition> partitions_of(OperationCall& call) {
  const Arg* types = call.find(4);
  const Arg::List* list = types == nullptr ? nullptr : types->list();
  std::vector<Partition> partitions;
  for (const Arg& type : list == nullptr ? Arg::List{} : *list) {
    const auto* name = std::get_if<std::string>(&type.value);
    if (name != nullptr && *name == "FIRST_DIM_SIZE" && partitions.empty())
      partitions.push_back(Partition::first_extent);
    else if (name != nullptr && *name == "VALUE_ROWIDS" && !partitions.empty())
      partitions.push_back(Partition::row_of_each);
    else if (name != nullptr && *name == "ROW_SPLITS")
      partitions.push_back(Partition::splits);
    else
      call.l.refuse("has rows that are given as " + (name == nullptr ? std::string("no text") : *name) +
                    ", which is not supported");
  }
  return partitions;
}

// The result has the rows of the first partition, whose number is known during lowering if its extent is.
std::optional<int64_t> rows_of(OperationCall& call, Partition partition, Value given) {
  if (partition == Partition::splits)
    return call.l.rank(given) == 1 ? std::optional(call.l.dim(given, 0).size - 1) : std::nullopt;
  return known_integer(call.l, {Traced{given, {}}});
}

std::vector<Value> filled_rows(OperationCall& call) {
  Filling filling{.partitions = partitions_of(call), .extents = {}};
  std::vector<Value> operands{call.tensor(1), call.tensor(2)};
  const std::vector<Value> given = call.tensors(3);
  if (given.empty() || given.size() != filling.partitions.size())
    call.l.refuse("has " + std::to_string(given.size()) + " partitions of " + std::to_string(filling.partitions.size()) +
                  " kinds");
  if (call.l.rank(operands[0]) == 0 || call.l.dims(operands[1]).elements() != 1 ||
      call.l.dtype(operands[1]) != call.l.dtype(operands[0]))
    call.l.refuse("fills rows of " + call.l.dims(operands[0]).to_string() + " with " + call.l.dims(operands[1]).to_string() +
                  "; expected one element of the same dtype");
  operands.insert(operands.end(), given.begin(), given.end());
  const bool first = filling.partitions[0] == Partition::first_extent;
  const size_t levels = filling.partitions.size() + (first ? 0 : 1);
  const auto asked = call.integers(0);
  filling.extents.assign(levels, -1);
  const auto inner = static_cast<size_t>(call.l.rank(operands[0]) - 1);
  if (asked && asked->size() == levels + inner) std::copy_n(asked->begin(), levels, filling.extents.begin());
  const bool any = asked && asked->size() == 1 && asked->front() == -1;
  if (levels < 2 || !asked || (asked->size() != levels + inner && !any))
    call.l.refuse("fills a shape that is not known beforehand, or of another rank than the rows have");
  for (size_t axis = 0; !any && axis < inner; ++axis) {
    const int64_t own = call.l.dim(operands[0], static_cast<int>(axis) + 1).size, wanted = (*asked)[levels + axis];
    if (wanted >= 0 && wanted != own)
      call.l.refuse("fills an axis of " + std::to_string(wanted) + " with rows of " + std::to_string(own));
  }
  for (int64_t& extent : filling.extents) {
    if (extent < -1 || extent > Range::kMostExtent) call.l.refuse("fills an axis of " + std::to_string(extent));
  }
  if (filling.extents[0] < 0) filling.extents[0] = rows_of(call, filling.partitions[0], given[0]).value_or(-1);
  return call.l.call(std::make_shared<const FillRows>(std::move(filling)), operands);
}

}  // namespace

std::vector<Operation> raw_ragged_operations() {
  return {
      {{},
       {"raw_ops.RaggedTensorToTensor"},
       {"shape", "values", "default_value", "row_partition_tensors", "row_partition_types", "num_row_partition_tensors"},
       filled_rows,
       4,
       {"num_row_partition_tensors=*"},
       1},
  };
}

}  // namespace keraunos::loader
