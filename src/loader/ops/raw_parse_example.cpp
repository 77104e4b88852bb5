// ParseExample (TensorFlow 1) and ParseExampleV2 of TensorFlow's list: serialised messages tf.train.Example, one for each row,
// become tensors of their features. The signatures of estimators and of tf.io.parse_example begin with it.
#include <algorithm>

#include "host/graph/extent.h"
#include "keraunos/error.h"
#include "loader/keras/dtype_policy.h"
#include "loader/ops/example_kernel.h"
#include "loader/ops/sparse.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

using Form = ExampleFeature::Form;

constexpr DType kValueTypes[] = {DType::float32, DType::int64, DType::string}, kSplitTypes[] = {DType::int32, DType::int64};

// Refuses the layer where a type is none of those.
std::vector<DType> listed_types(OperationCall& call, size_t parameter, std::span<const DType> possible = kValueTypes) {
  std::vector<DType> types;
  const Arg* given = call.find(parameter);
  const Arg::List* list = given == nullptr ? nullptr : given->list();
  for (const Arg& item : list == nullptr ? Arg::List{} : *list) {
    const auto* name = std::get_if<std::string>(&item.value);
    const auto type = name == nullptr ? std::nullopt : dtype_named(*name);
    if (!type || std::find(possible.begin(), possible.end(), *type) == possible.end())
      call.l.refuse("reads features of the type " + (name == nullptr ? std::string("unknown") : *name) +
                    "; features are float32, int64 or string, and row starts int32 or int64");
    types.push_back(*type);
  }
  return types;
}

std::vector<std::vector<int64_t>> listed_shapes(OperationCall& call, size_t parameter) {
  std::vector<std::vector<int64_t>> shapes;
  const Arg* given = call.find(parameter);
  const Arg::List* list = given == nullptr ? nullptr : given->list();
  for (const Arg& item : list == nullptr ? Arg::List{} : *list) {
    std::vector<int64_t>& extents = shapes.emplace_back();
    for (const Arg& extent : item.list() == nullptr ? Arg::List{} : *item.list()) {
      const auto* number = std::get_if<int64_t>(&extent.value);
      extents.push_back(number == nullptr ? -1 : *number);
    }
    for (size_t i = 1; i < extents.size(); ++i) {
      if (extents[i] < 0) call.l.refuse("reads dense features with an unknown extent besides the first");
    }
    int64_t all = 1;
    for (const int64_t extent : extents) all = host::checked_multiply(all, std::max<int64_t>(extent, 1));
    if (all > Range::kMostExtent) call.l.refuse("reads features of " + std::to_string(all) + " values");
  }
  return shapes;
}

// Names of features, types, and for dense ones shapes, must be as many.
void require_equal_counts(OperationCall& call, const char* what, size_t keys, size_t types) {
  if (keys != types)
    call.l.refuse("reads " + std::to_string(keys) + ' ' + what + " features and states the types of " + std::to_string(types));
}

// A tensor of names, or a list of tensors with one each.
std::vector<std::string> names_of_features(OperationCall& call, size_t keys) {
  const Arg* given = call.find(keys);
  if (given == nullptr || given->list() == nullptr) return known_texts(call, keys);
  std::vector<std::string> names;
  for (const Value name : listed_tensors(call, keys)) names.push_back(text_in(call, name));
  return names;
}

// Adds the defaults of dense features to the operands, in the order of their features.
void add_dense(OperationCall& call, size_t keys, const std::vector<Value>& defaults, size_t types, size_t shapes,
               std::vector<ExampleFeature>& features, std::vector<Value>& operands) {
  const std::vector<std::string> names = names_of_features(call, keys);
  const std::vector<DType> dtypes = listed_types(call, types);
  const std::vector<std::vector<int64_t>> extents = listed_shapes(call, shapes);
  require_equal_counts(call, "dense", names.size(), dtypes.size());
  if (extents.size() != names.size() || defaults.size() != names.size())
    call.l.refuse("reads " + std::to_string(names.size()) + " dense features with " + std::to_string(extents.size()) +
                  " shapes and " + std::to_string(defaults.size()) + " defaults");
  for (size_t i = 0; i < names.size(); ++i) {
    const bool is_padded = !extents[i].empty() && extents[i][0] < 0;
    const int64_t count = call.l.dims(defaults[i]).elements();
    int64_t expected = 1;
    for (const int64_t extent : extents[i]) expected *= extent;
    if (call.l.dtype(defaults[i]) != dtypes[i] || (is_padded ? count > 1 : count != 0 && count != expected))
      call.l.refuse("has the default " + std::string(name_of(call.l.dtype(defaults[i]))) + ' ' +
                    call.l.dims(defaults[i]).to_string() + " for the feature \"" + names[i] + "\" of " +
                    std::string(name_of(dtypes[i])) + "; expected " +
                    (is_padded ? "one value" : std::to_string(expected) + " values"));
    features.push_back({is_padded ? Form::padded : Form::fixed, names[i], dtypes[i], extents[i]});
    operands.push_back(defaults[i]);
  }
}

std::vector<Value> parsed(OperationCall& call, std::vector<ExampleFeature> features, const std::vector<Value>& operands) {
  require_texts(call, operands[0]);
  if (call.l.rank(operands[0]) != 1)
    call.l.refuse("reads examples of shape " + call.l.dims(operands[0]).to_string() + "; supported is one for each row");
  const auto sparse = static_cast<size_t>(
      std::count_if(features.begin(), features.end(), [](const ExampleFeature& one) { return one.form == Form::sparse; }));
  std::vector<Value> results = call.l.call(example_kernel(std::move(features)), operands);
  const int64_t rows[] = {call.l.dim(operands[0], 0).size};
  for (size_t i = 2 * sparse; i < 3 * sparse; ++i) {
    const Value extents[] = {call.l.constant(TensorView(rows, Dims{1})), results[i]};
    results[i] = call.l.concatenate(extents, 0);
  }
  return results;
}

void add_sparse(OperationCall& call, size_t keys, size_t types, std::vector<ExampleFeature>& features) {
  const std::vector<std::string> names = names_of_features(call, keys);
  const std::vector<DType> dtypes = listed_types(call, types);
  require_equal_counts(call, "sparse", names.size(), dtypes.size());
  for (size_t i = 0; i < names.size(); ++i) features.push_back({Form::sparse, names[i], dtypes[i]});
}

// The names of rows, which are for TensorFlow's messages, are not used.
std::vector<Value> parse_example_v2(OperationCall& call) {
  enum Parameter : size_t {
    serialized,
    names,
    sparse_keys,
    dense_keys,
    ragged_keys,
    dense_defaults,
    dense_types,
    sparse_types,
    ragged_types,
    split_types,
    dense_shapes
  };
  std::vector<ExampleFeature> features;
  std::vector<Value> operands{call.tensor(serialized)};
  add_sparse(call, sparse_keys, sparse_types, features);
  add_dense(call, dense_keys, listed_tensors(call, dense_defaults), dense_types, dense_shapes, features, operands);
  const std::vector<std::string> ragged = names_of_features(call, ragged_keys);
  const std::vector<DType> values = listed_types(call, ragged_types), splits = listed_types(call, split_types, kSplitTypes);
  require_equal_counts(call, "ragged", ragged.size(), values.size());
  require_equal_counts(call, "ragged", ragged.size(), splits.size());
  for (size_t i = 0; i < ragged.size(); ++i)
    features.push_back({.form = Form::ragged, .key = ragged[i], .type = values[i], .splits = splits[i]});
  return parsed(call, std::move(features), operands);
}

std::vector<Value> parse_example(OperationCall& call) {
  enum Parameter : size_t { serialized, names, sparse_keys, dense_keys, dense_defaults, sparse_types, dense_types, dense_shapes };
  std::vector<ExampleFeature> features;
  std::vector<Value> operands{call.tensor(serialized)};
  add_sparse(call, sparse_keys, sparse_types, features);
  add_dense(call, dense_keys, listed_tensors(call, dense_defaults), dense_types, dense_shapes, features, operands);
  return parsed(call, std::move(features), operands);
}

}  // namespace

std::vector<Operation> raw_parse_example_operations() {
  return {
      {{},
       {"raw_ops.ParseExampleV2"},
       {"serialized", "names", "sparse_keys", "dense_keys", "ragged_keys", "dense_defaults", "Tdense", "sparse_types",
        "ragged_value_types", "ragged_split_types", "dense_shapes"},
       parse_example_v2,
       6,
       {"names=*", "num_sparse=*"},
       1},
      {{},
       {"raw_ops.ParseExample"},
       {"serialized", "names", "sparse_keys", "dense_keys", "dense_defaults", "sparse_types", "Tdense", "dense_shapes"},
       parse_example,
       5,
       {"names=*", "Nsparse=*", "Ndense=*"},
       3,
       0,
       {"Nsparse", "Ndense"}},
  };
}

}  // namespace keraunos::loader
