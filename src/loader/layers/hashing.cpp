// Hashing and HashedCrossing: hashes strings and integers into bins, with host kernels.
#include "loader/files/json.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/class_encoding.h"
#include "loader/layers/layer_traits.h"
#include "loader/layers/text/hash_kernels.h"

namespace keraunos::loader {

std::vector<LayerDef> hashing_layers();

namespace {

using files::Json;

constexpr int64_t kMostClasses = int64_t{1} << 24;

int64_t bins_of(const Config& config, Encoded mode) {
  return config.integer("num_bins",
                        mode == Encoded::index ? Range{1, std::numeric_limits<int64_t>::max()} : Range{1, kMostClasses});
}

// Keras 2 returns int64 where the file states a type that is not an integer type.
Value as_result(Lowering& l, Value bins, Encoded mode, int64_t depth) {
  if (mode != Encoded::index) return encoded(l, bins, mode, depth);
  const DType type = l.compute_dtype();
  if (type != DType::int32 && type != DType::int64 && !l.dialect().before(3, 0)) l.config().fail("dtype", "int32 or int64");
  return l.cast(bins, is_floating(type) ? DType::int64 : type);
}

text::Buckets buckets_of(const Config& config, int64_t count) {
  text::Buckets buckets{.count = static_cast<uint64_t>(count)};
  if (!config.has("salt")) return buckets;
  const std::vector<int64_t> salt = config.integers("salt", 2);  // one number is used for both words of the key
  buckets.salt = {static_cast<uint64_t>(salt[0]), static_cast<uint64_t>(salt[1])};
  return buckets;
}

Value hashed(Lowering& l, std::shared_ptr<const Kernel> kernel, const std::vector<Value>& inputs) {
  return l.call(std::move(kernel), inputs)[0];
}

Value bins_of_texts(Lowering& l, Value x, text::Buckets buckets, bool masks) {
  if (masks) {
    const Json& mask = l.config().json()["mask_value"];
    if (!mask.is_string()) l.config().fail("mask_value", "a string, as the input is");
    buckets.mask = mask.as_string();
  }
  return hashed(l, text::bucket_kernel(buckets), {x});
}

// Numbers are hashed as their decimal digits; Keras 3 drops the fraction.
Value bins_of_numbers(Lowering& l, Value x, const text::Buckets& buckets, bool masks) {
  if (l.dtype(x) == DType::boolean || (is_floating(l.dtype(x)) && l.dialect().before(3, 0)))
    l.refuse("needs strings or integers, found " + std::string(name_of(l.dtype(x))));
  const Value bins = hashed(l, text::bucket_kernel(buckets), {l.cast(x, DType::int64)});
  if (!masks) return bins;
  if (!l.config().json()["mask_value"].is_number()) l.config().fail("mask_value", "a number, as the input is");
  const double mask = l.config().number("mask_value", 0, RealRange{});
  const Value masked = l.binary(Function::equal, x, l.scalar(mask, l.dtype(x)));
  return l.select(masked, l.scalar(0, DType::int64), l.add(bins, 1));
}

std::vector<Traced> lower_hashing(Lowering& l) {
  refuse_sparse(l);
  const Encoded mode = class_encoding(l.config(), "int");
  const int64_t depth = bins_of(l.config(), mode);
  const bool masks = l.config().has("mask_value") && depth > 1;  // the mask value has the first bin to itself
  const text::Buckets buckets = buckets_of(l.config(), masks ? depth - 1 : depth);
  Value x = l.input().value;
  const bool one_column = l.rank(x) > 1 && l.dim(x, -1).size == 1;
  if (mode == Encoded::one_hot && one_column && !l.dialect().before(3, 0)) x = l.squeeze(x, -1);
  const bool texts = l.dtype(x) == DType::string;
  const Value bins = texts ? bins_of_texts(l, x, buckets, masks) : bins_of_numbers(l, x, buckets, masks);
  return {{as_result(l, bins, mode, depth), {}}};
}

// Keras 3 reports one row of the last axis for every encoding.
std::optional<std::vector<Shape>> claimed_shapes_of_bins(Lowering& l, const std::vector<Traced>&) {
  const Encoded mode = class_encoding(l.config(), "int");
  if (l.dialect().before(3, 0) || mode == Encoded::index) return std::nullopt;
  Shape shape = l.shape(l.input().value);
  if (shape.empty()) return std::nullopt;
  shape.back() = {bins_of(l.config(), mode)};
  return std::vector<Shape>{shape};
}

Value feature(Lowering& l, Value x, const Shape& expected) {
  const bool fits = l.rank(x) == 1 || (l.rank(x) == 2 && l.dim(x, 1).size == 1);
  if (!fits || l.shape(x) != expected)
    l.refuse("crosses tensors of shape (batch) or (batch, 1), all the same, found " + l.dims(x).to_string());
  if (l.dtype(x) == DType::string) return x;
  if (is_floating(l.dtype(x)) || l.dtype(x) == DType::boolean)
    l.refuse("needs strings or integers, found " + std::string(name_of(l.dtype(x))));
  return l.cast(x, DType::int64);
}

std::vector<Traced> lower_hashed_crossing(Lowering& l) {
  refuse_sparse(l);
  const Encoded mode = class_encoding(l.config(), "int");
  if (mode != Encoded::index && mode != Encoded::one_hot) l.config().fail("output_mode", "\"int\" or \"one_hot\"");
  const int64_t depth = bins_of(l.config(), mode);
  std::vector<Value> features;
  const std::vector<Traced> inputs = l.inputs();
  const bool takes_two = !l.dialect().before(3, 0);
  if (inputs.size() < 2 || (takes_two && inputs.size() > 2))
    l.refuse(std::string("needs two inputs") + (takes_two ? "" : " at least") + ", found " + std::to_string(inputs.size()));
  for (const Traced& input : inputs) features.push_back(feature(l, input.value, l.shape(inputs[0].value)));
  const Value bins = hashed(l, text::crossing_kernel(static_cast<uint64_t>(depth)), features);
  return {{as_result(l, bins, mode, depth), {}}};
}

}  // namespace

std::vector<LayerDef> hashing_layers() {
  return {
      {.classes = {"Hashing"},
       .keys = {"num_bins", "salt", "mask_value", "output_mode", "sparse"},
       .weights = {},
       .children = {},
       .lower = lower_hashing,
       .autocast = false,
       .traits = std::make_shared<const LayerTraits>(LayerTraits{.claimed_shapes = claimed_shapes_of_bins})},
      {.classes = {"HashedCrossing"},
       .keys = {"num_bins", "output_mode", "sparse"},
       .weights = {},
       .children = {},
       .lower = lower_hashed_crossing,
       .autocast = false},
  };
}

}  // namespace keraunos::loader
