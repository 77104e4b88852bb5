#include "loader/ops/example_kernel.h"

#include <algorithm>
#include <map>

#include "host/graph/extent.h"
#include "keraunos/config.h"
#include "keraunos/error.h"
#include "loader/files/example.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

using Form = ExampleFeature::Form;

std::string text_of_feature(const ExampleFeature& feature) {
  std::string text = std::to_string(static_cast<int>(feature.form)) + ' ' + std::string(name_of(feature.type));
  for (const int64_t extent : feature.extents) text += ' ' + std::to_string(extent);
  return text + ' ' + std::string(name_of(feature.splits)) + ' ' + feature.key + '\n';
}

// The values of a feature in all rows, one row behind the other.
template <class T>
struct Rows {
  std::vector<T> values;
  std::vector<int64_t> splits{0};
  int64_t longest = 0;

  void add(const std::vector<T>& row) {
    values.insert(values.end(), row.begin(), row.end());
    splits.push_back(static_cast<int64_t>(values.size()));
    longest = std::max(longest, static_cast<int64_t>(row.size()));
  }
};

template <class T>
Tensor tensor_of_values(const std::vector<T>& values, const Dims& dims) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return Tensor::strings(std::vector<std::string>(values.begin(), values.end()), dims);
  } else {
    Tensor tensor(std::is_same_v<T, float> ? DType::float32 : DType::int64, dims);
    std::copy(values.begin(), values.end(), tensor.mutable_values<T>().begin());
    return tensor;
  }
}

class ParseExamples final : public DynamicKernel, public ChecksOperands {
 public:
  explicit ParseExamples(std::vector<ExampleFeature> features) : features_(std::move(features)) {}
  std::string name() const override { return "parse examples"; }
  std::string parameters() const override {
    std::string text;
    for (const ExampleFeature& feature : features_) text += text_of_feature(feature);
    return text;
  }

  // As for messages with one value of each feature.
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    const int64_t rows = inputs[0].dims[0];
    Parts<TensorType> parts;
    for (const ExampleFeature& feature : features_) {
      std::vector<int64_t> extents{rows};
      for (const int64_t extent : feature.extents) extents.push_back(extent < 0 ? 1 : extent);
      parts.add(feature, {DType::int64, Dims{rows, 2}}, {feature.type, Dims(extents)},
                feature.form == Form::sparse ? TensorType{DType::int64, Dims{1}} : TensorType{feature.splits, Dims{rows + 1}});
    }
    return parts.in_order();
  }

  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<std::map<std::string_view, files::ExampleValues>> examples;
    for (const std::string_view message : elements_of<std::string_view>(inputs[0])) {
      const std::string what = "row " + std::to_string(examples.size());
      try {
        examples.push_back(files::features_of_example(message, what));
      } catch (const ModelError& error) {
        throw DataError("expected a serialised tf.train.Example in each row; " + std::string(error.what()));
      }
    }
    Parts<Tensor> parts;
    size_t dense = 0;
    for (const ExampleFeature& feature : features_) {
      const bool is_dense = feature.form == Form::fixed || feature.form == Form::padded;
      const TensorView* otherwise = is_dense ? &inputs[1 + dense++] : nullptr;
      if (feature.type == DType::float32) add<float>(feature, examples, otherwise, parts);
      if (feature.type == DType::int64) add<int64_t>(feature, examples, otherwise, parts);
      if (feature.type == DType::string) add<std::string_view>(feature, examples, otherwise, parts);
    }
    return parts.in_order();
  }

 private:
  template <class T>
  struct Parts {
    std::vector<T> indices, sparse, lengths, dense, ragged, starts;

    // `last`: the longest row, or row starts.
    void add(const ExampleFeature& feature, T places, T values, T last) {
      if (feature.form == Form::sparse) {
        indices.push_back(std::move(places));
        sparse.push_back(std::move(values));
        lengths.push_back(std::move(last));
      } else if (feature.form == Form::ragged) {
        ragged.push_back(std::move(values));
        starts.push_back(std::move(last));
      } else {
        dense.push_back(std::move(values));
      }
    }
    std::vector<T> in_order() {
      std::vector<T> all;
      for (std::vector<T>* part : {&indices, &sparse, &lengths, &dense, &ragged, &starts})
        all.insert(all.end(), std::make_move_iterator(part->begin()), std::make_move_iterator(part->end()));
      return all;
    }
  };
  using Examples = std::vector<std::map<std::string_view, files::ExampleValues>>;

  template <class T>
  static void add(const ExampleFeature& feature, const Examples& examples, const TensorView* otherwise, Parts<Tensor>& parts) {
    Rows<T> rows;
    for (size_t row = 0; row < examples.size(); ++row) rows.add(row_of<T>(feature, examples[row], otherwise, row));
    if (feature.form == Form::fixed || feature.form == Form::padded) {
      parts.dense.push_back(dense(feature, rows, otherwise));
      return;
    }
    const auto count = static_cast<int64_t>(rows.values.size());
    std::vector<int64_t> places;
    for (size_t row = 0; row + 1 < rows.splits.size(); ++row) {
      for (int64_t i = rows.splits[row]; i < rows.splits[row + 1]; ++i)
        places.insert(places.end(), {static_cast<int64_t>(row), i - rows.splits[row]});
    }
    const bool is_sparse = feature.form == Form::sparse;
    parts.add(feature, tensor_of_values(places, Dims{count, 2}), tensor_of_values(rows.values, Dims{count}),
              is_sparse ? tensor_of_integers({rows.longest}, DType::int64) : tensor_of_integers(rows.splits, feature.splits));
  }

  static int64_t elements_of_row(const ExampleFeature& feature, size_t first) {
    int64_t count = 1;
    for (size_t i = first; i < feature.extents.size(); ++i) count *= feature.extents[i];
    return count;
  }

  template <class T>
  static std::vector<T> row_of(const ExampleFeature& feature, const std::map<std::string_view, files::ExampleValues>& example,
                               const TensorView* otherwise, size_t row) {
    const auto refuse = [&](const std::string& why) {
      throw DataError("row " + std::to_string(row) + ": the feature \"" + feature.key + "\" " + why);
    };
    const auto found = example.find(feature.key);
    const bool is_stated = found != example.end() && !std::holds_alternative<std::monostate>(found->second);
    if (!is_stated) {
      if (feature.form != Form::fixed) return {};
      const auto defaults = elements_of<T>(*otherwise);
      if (defaults.empty() && elements_of_row(feature, 0) > 0) refuse("is not there, and it has no default");
      return std::vector<T>(defaults.begin(), defaults.end());
    }
    const auto* values = std::get_if<std::vector<T>>(&found->second);
    if (values == nullptr) {
      constexpr std::string_view kNames[] = {"", "texts", "float32", "int64"};
      refuse("holds " + std::string(kNames[found->second.index()]) + "; expected " + std::string(name_of(feature.type)));
    }
    const auto count = static_cast<int64_t>(values->size());
    if (feature.form == Form::fixed && count != elements_of_row(feature, 0))
      refuse("holds " + std::to_string(count) + " values; expected " + std::to_string(elements_of_row(feature, 0)));
    const int64_t step = feature.form == Form::padded ? elements_of_row(feature, 1) : 1;
    if (step < 1 ? count > 0 : count % step != 0)
      refuse("holds " + std::to_string(count) + " values; expected a multiple of " + std::to_string(step));
    return *values;
  }

  template <class T>
  static Tensor dense(const ExampleFeature& feature, const Rows<T>& rows, const TensorView* otherwise) {
    const auto count = static_cast<int64_t>(rows.splits.size()) - 1;
    std::vector<int64_t> extents{count};
    extents.insert(extents.end(), feature.extents.begin(), feature.extents.end());
    if (feature.form == Form::fixed) return tensor_of_values(rows.values, Dims(extents));
    const int64_t step = elements_of_row(feature, 1);
    extents[1] = step == 0 ? 0 : rows.longest / step;
    const int64_t all = host::checked_multiply(count, rows.longest);
    if (all > Range::kMostExtent)
      throw DataError("the feature \"" + feature.key + "\" has " + std::to_string(all) + " values in rows of equal lengths");
    const auto missing = elements_of<T>(*otherwise);
    std::vector<T> padded(static_cast<size_t>(all), missing.empty() ? T{} : missing[0]);
    for (int64_t row = 0; row < count; ++row)
      std::copy(rows.values.begin() + rows.splits[static_cast<size_t>(row)],
                rows.values.begin() + rows.splits[static_cast<size_t>(row) + 1], padded.begin() + row * rows.longest);
    return tensor_of_values(padded, Dims(extents));
  }

  std::vector<ExampleFeature> features_;
};

}  // namespace

std::shared_ptr<const Kernel> example_kernel(std::vector<ExampleFeature> features) {
  return std::make_shared<const ParseExamples>(std::move(features));
}

}  // namespace keraunos::loader
