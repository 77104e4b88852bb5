// SparseCross and SparseCrossV2 of TensorFlow's list: for each row, every combination of one feature of each column, as a bucket
// or as a text. The result is sparse: indices, values and a shape.
#include <algorithm>
#include <climits>

#include "host/graph/extent.h"
#include "keraunos/error.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/text/hash.h"
#include "loader/layers/text/hash_kernels.h"
#include "loader/ops/literal_elements.h"
#include "loader/ops/sparse.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

constexpr uint64_t kDefaultKey = 0xdecafcaffe;

struct Crossing {
  int64_t rows = 0;
  size_t sparse = 0;  // columns given as indices and values; the others are dense
  bool hashed = false;
  uint64_t buckets = 0, key = kDefaultKey;  // no buckets: as many as int64 has
  std::string separator = "_X_";            // of texts
};

// in: indices and values of each sparse column, then the dense columns (rows, features of each).
class CrossFeatures final : public DynamicKernel {
 public:
  explicit CrossFeatures(Crossing rule) : rule_(std::move(rule)) {}
  std::string name() const override { return "cross features"; }
  std::string parameters() const override {
    return std::to_string(rule_.rows) + ' ' + std::to_string(rule_.sparse) + ' ' + std::to_string(rule_.buckets) + ' ' +
           std::to_string(rule_.key) + (rule_.hashed ? " hashed" : "") + '\n' + rule_.separator;
  }

  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const std::vector<Column> columns = columns_of(inputs);
    std::vector<int64_t> places, numbers;
    std::vector<std::string> texts;
    int64_t most = 0;
    for (int64_t row = 0; row < rule_.rows; ++row) {
      std::vector<size_t> chosen(columns.size(), 0);  // the last column changes first
      int64_t count = 0;
      bool more = std::all_of(columns.begin(), columns.end(), [&](const Column& c) { return c.count(row) > 0; });
      for (; more; ++count, more = next(columns, row, chosen)) {
        if (numbers.size() + texts.size() >= kMostCombinations)
          throw DataError("crosses features to more than 2^24 combinations");
        places.insert(places.end(), {row, count});
        rule_.hashed ? numbers.push_back(bucket(columns, row, chosen)) : texts.push_back(text(columns, row, chosen));
      }
      most = std::max(most, count);
    }
    const Dims dims{static_cast<int64_t>(places.size() / 2)};
    std::vector<Tensor> results;
    results.emplace_back(DType::int64, Dims{dims[0], 2});
    std::copy(places.begin(), places.end(), results[0].mutable_values<int64_t>().begin());
    results.push_back(rule_.hashed ? tensor_of_integers(numbers, DType::int64) : Tensor::strings(texts, dims));
    results.push_back(tensor_of_integers({most}, DType::int64));
    return results;
  }

 private:
  static constexpr size_t kMostCombinations = 1 << 24;

  struct Column {
    const TensorView* values;
    std::vector<std::vector<size_t>> elements{};  // of each row; of a dense column: none, its rows follow each other
    size_t width = 0;

    size_t count(int64_t row) const {
      return width > 0 ? width : elements.empty() ? 0 : elements[static_cast<size_t>(row)].size();
    }
    size_t element(int64_t row, size_t chosen) const {
      return width > 0 ? static_cast<size_t>(row) * width + chosen : elements[static_cast<size_t>(row)][chosen];
    }
    std::string text(size_t element) const {
      if (values->dtype == DType::string) return std::string(elements_of<std::string_view>(*values)[element]);
      return std::to_string(elements_of<int64_t>(*values)[element]);
    }
    uint64_t hash(size_t element) const {  // a number is its own
      if (values->dtype == DType::string) return text::fingerprint64(elements_of<std::string_view>(*values)[element]);
      return static_cast<uint64_t>(elements_of<int64_t>(*values)[element]);
    }
  };

  std::vector<Column> columns_of(std::span<const TensorView> inputs) const {
    std::vector<Column> columns;
    for (size_t i = 0; i < rule_.sparse; ++i) {
      Column column{.values = &inputs[2 * i + 1], .elements = std::vector<std::vector<size_t>>(static_cast<size_t>(rule_.rows))};
      const auto indices = elements_of<int64_t>(inputs[2 * i]);
      for (size_t element = 0; 2 * element < indices.size(); ++element) {
        const int64_t row = indices[2 * element];
        if (row < 0 || row >= rule_.rows)
          throw DataError("has a feature in row " + std::to_string(row) + " of " + std::to_string(rule_.rows) + " rows");
        column.elements[static_cast<size_t>(row)].push_back(element);
      }
      columns.push_back(std::move(column));
    }
    for (size_t i = 2 * rule_.sparse; i < inputs.size(); ++i)
      columns.push_back({.values = &inputs[i], .width = static_cast<size_t>(inputs[i].dims[1])});
    return columns;
  }

  static bool next(const std::vector<Column>& columns, int64_t row, std::vector<size_t>& chosen) {
    for (size_t i = columns.size(); i > 0; --i) {
      if (++chosen[i - 1] < columns[i - 1].count(row)) return true;
      chosen[i - 1] = 0;
    }
    return false;
  }

  int64_t bucket(const std::vector<Column>& columns, int64_t row, const std::vector<size_t>& chosen) const {
    uint64_t hash = rule_.key;
    for (size_t i = 0; i < columns.size(); ++i)
      hash = text::joined_fingerprint(hash, columns[i].hash(columns[i].element(row, chosen[i])));
    return static_cast<int64_t>(hash % (rule_.buckets > 0 ? rule_.buckets : static_cast<uint64_t>(INT64_MAX)));
  }

  std::string text(const std::vector<Column>& columns, int64_t row, const std::vector<size_t>& chosen) const {
    std::string joined;
    for (size_t i = 0; i < columns.size(); ++i)
      joined += (i == 0 ? "" : rule_.separator) + columns[i].text(columns[i].element(row, chosen[i]));
    return joined;
  }

  Crossing rule_;
};

Value feature_values(OperationCall& call, Value values) {
  const DType type = call.l.dtype(values);
  if (is_floating(type) || type == DType::boolean) call.l.refuse("crosses " + std::string(name_of(type)));
  return type == DType::string ? values : call.l.cast(values, DType::int64);
}

// Dense columns of one feature each: the number of results is known beforehand.
std::vector<Value> one_of_each(OperationCall& call, const std::vector<Value>& columns, uint64_t buckets) {
  const Value crossed = call.l.call(text::crossing_kernel(buckets), columns)[0];
  const int64_t rows = call.l.dim(columns[0], 0).size;
  std::vector<int64_t> places;
  for (int64_t row = 0; row < rows; ++row) places.insert(places.end(), {row, 0});
  const std::vector<int64_t> shape{rows, 1};
  return {call.l.constant(TensorView(places, Dims{rows, 2})), call.l.reshape(crossed, {call.l.dim(columns[0], 0)}),
          call.l.constant(TensorView(shape, Dims{2}))};
}

// The number of rows is that of the first sparse column's shape, else of the first dense column.
int64_t rows_to_cross(OperationCall& call, const std::vector<Value>& shapes, const std::vector<Value>& dense) {
  if (shapes.empty()) return call.l.dim(dense[0], 0).size;
  const auto extents = literal_elements(call.l, shapes[0]);
  if (extents.size() != 2 || !extents[0] || *extents[0] < 0 || *extents[0] > Range::kMostExtent)
    call.l.refuse("crosses features of which the number of rows is not known beforehand");
  const auto bytes_of_row = static_cast<int64_t>(shapes.size() * sizeof(std::vector<size_t>));
  debit(call.l, "the rows of sparse features", host::checked_multiply(*extents[0], bytes_of_row));
  return *extents[0];
}

std::vector<Value> crossed(OperationCall& call, Crossing rule) {
  const std::vector<Value> indices = listed_tensors(call, 0), values = listed_tensors(call, 1), shapes = listed_tensors(call, 2);
  std::vector<Value> dense = listed_tensors(call, 3), operands;
  if (indices.size() != values.size() || indices.size() != shapes.size() || indices.size() + dense.size() == 0)
    call.l.refuse("crosses " + std::to_string(indices.size()) + " lists of indices, " + std::to_string(values.size()) +
                  " of values, " + std::to_string(shapes.size()) + " shapes and " + std::to_string(dense.size()) +
                  " dense columns; expected as many indices, values and shapes, and one column at least");
  for (size_t i = 0; i < indices.size(); ++i) {
    require_indices(call, indices[i], 2);
    if (call.l.rank(values[i]) != 1 || call.l.dim(values[i], 0) != call.l.dim(indices[i], 0))
      call.l.refuse("crosses features of shape " + call.l.dims(values[i]).to_string() + " at indices of shape " +
                    call.l.dims(indices[i]).to_string());
    operands.insert(operands.end(), {indices[i], feature_values(call, values[i])});
  }
  bool single = indices.empty();
  for (Value& column : dense) {
    if (call.l.rank(column) != 2) call.l.refuse("crosses features of shape " + call.l.dims(column).to_string());
    column = feature_values(call, column);
    single = single && call.l.dim(column, 1).size == 1;
  }
  const int64_t rows = rows_to_cross(call, shapes, dense);
  for (const Value column : dense) {
    if (call.l.dim(column, 0).size != rows)
      call.l.refuse("crosses " + std::to_string(call.l.dim(column, 0).size) + " rows with " + std::to_string(rows));
  }
  rule.rows = rows;
  rule.sparse = indices.size();
  if (single && rule.hashed && rule.buckets > 0 && rule.key == kDefaultKey) return one_of_each(call, dense, rule.buckets);
  operands.insert(operands.end(), dense.begin(), dense.end());
  const auto found = call.l.call(std::make_shared<const CrossFeatures>(std::move(rule)), operands);
  const int64_t count[] = {rows};
  const Value shape[] = {call.l.constant(TensorView(count, Dims{1})), found[2]};
  return {found[0], found[1], call.l.concatenate(shape, 0)};
}

std::vector<Value> sparse_cross(OperationCall& call) {
  const int64_t buckets = call.integer(5, 0);
  if (buckets < 0) call.l.refuse("crosses features to " + std::to_string(buckets) + " buckets");
  Crossing rule{.hashed = call.flag(4, false), .buckets = static_cast<uint64_t>(buckets)};
  rule.key = static_cast<uint64_t>(call.integer(6, static_cast<int64_t>(kDefaultKey)));
  return crossed(call, std::move(rule));
}

std::vector<Value> sparse_cross_with_separator(OperationCall& call) {
  Crossing rule;
  rule.separator = known_text(call, 4);
  return crossed(call, std::move(rule));
}

}  // namespace

std::vector<Operation> raw_crossing_operations() {
  return {
      {{},
       {"raw_ops.SparseCross"},
       {"indices", "values", "shapes", "dense_inputs", "hashed_output", "num_buckets", "hash_key"},
       sparse_cross,
       4,
       {"sparse_types=*", "dense_types=*", "out_type=*", "internal_type=*"},
       4},
      {{},
       {"raw_ops.SparseCrossV2"},
       {"indices", "values", "shapes", "dense_inputs", "sep"},
       sparse_cross_with_separator,
       5,
       {"sparse_types=*", "dense_types=*"},
       4,
       1},
  };
}

}  // namespace keraunos::loader
