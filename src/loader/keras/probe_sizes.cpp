#include "loader/keras/probe_sizes.h"

#include <algorithm>
#include <array>
#include <set>

namespace keraunos::loader {
namespace {

constexpr std::array<int64_t, 2> kBatches{2, 3};
// Tried in order until one suits every window and product of the model.
constexpr std::array<int64_t, 8> kExtents{6, 16, 32, 96, 224, 512, 2048, 16384};
// Numbers that most small numbers divide.
constexpr std::array<int64_t, 3> kDivisible{60, 840, 55440};
constexpr int64_t kLargest = 65536, kLargestNumber = int64_t{1} << 26;
constexpr size_t kMostNumbers = 4096, kMostSizes = 96, kLongestShape = 8;

using Numbers = std::set<int64_t>;

void add(Numbers& numbers, int64_t number) {
  if (number > 1 && number <= kLargestNumber && numbers.size() < kMostNumbers) numbers.insert(number);
}

// A short list of integers may be a shape: its number of elements counts too.
template <class List, class IntegerOf>
void add_list(Numbers& numbers, const List& list, const IntegerOf& integer_of) {
  add(numbers, static_cast<int64_t>(list.size()));
  if (list.size() > kLongestShape) return;
  int64_t product = 1;
  for (const auto& item : list) {
    const int64_t factor = std::max<int64_t>(integer_of(item), 1);
    if (factor > kLargest || product > kLargest) return;
    product *= factor;
  }
  add(numbers, product);
}

void collect(Numbers& numbers, const files::Json& json) {
  if (json.is_int()) add(numbers, json.as_int());
  if (json.is_array()) {
    for (const files::Json& item : json.items()) collect(numbers, item);
    add_list(numbers, json.items(), [](const files::Json& item) { return item.is_int() ? item.as_int() : 1; });
  }
  if (json.is_object()) {
    for (const auto& [key, member] : json.members()) collect(numbers, member);
  }
}

void collect(Numbers& numbers, const Arg& arg) {
  if (const auto* number = std::get_if<int64_t>(&arg.value)) add(numbers, *number);
  if (const Arg::List* list = arg.list()) {
    for (const Arg& item : *list) collect(numbers, item);
    add_list(numbers, *list, [](const Arg& item) {
      const auto* number = std::get_if<int64_t>(&item.value);
      return number != nullptr ? *number : 1;
    });
  }
  if (const auto* members = std::get_if<Arg::Members>(&arg.value)) {
    for (const auto& [key, member] : *members) collect(numbers, member);
  }
  if (const auto* slice = std::get_if<std::shared_ptr<const Arg::Slice>>(&arg.value)) {
    for (const Arg* bound : {&(*slice)->start, &(*slice)->stop}) collect(numbers, *bound);
  }
}

void collect(Numbers& numbers, const Tensor& tensor) {
  for (int64_t size : tensor.dims()) add(numbers, size);
}

void collect(Numbers& numbers, const Network& network) {
  for (const Source& source : network.sources) {
    if (source.constant != nullptr) collect(numbers, *source.constant);
  }
  for (const Call& call : network.calls) {
    for (const Arg& arg : call.arguments) collect(numbers, arg);
    for (const auto& [name, arg] : call.keywords) collect(numbers, arg);
  }
}

// Small ones first; 1 last, because it broadcasts to every extent.
std::vector<int64_t> divisors(const Numbers& numbers) {
  Numbers found;
  for (const int64_t number : numbers) {
    for (int64_t divisor = 1; divisor * divisor <= number; ++divisor) {
      if (number % divisor != 0) continue;
      found.insert(divisor);
      if (number / divisor <= kLargest) found.insert(number / divisor);
    }
  }
  std::vector<int64_t> sizes(found.upper_bound(1), found.end());
  if (sizes.size() > kMostSizes) sizes.resize(kMostSizes);
  sizes.insert(sizes.end(), kDivisible.begin(), kDivisible.end());
  sizes.push_back(1);
  return sizes;
}

bool has_free_extents(const std::vector<TensorSpec>& inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [](const TensorSpec& input) {
    return input.shape.size() > 1 && std::find(input.shape.begin() + 1, input.shape.end(), std::nullopt) != input.shape.end();
  });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view number_at(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return text.substr(at, end - at);
}

}  // namespace

std::vector<ProbeSizes> usual_probe_sizes(const std::vector<TensorSpec>& inputs) {
  std::vector<ProbeSizes> sizes;
  // Inputs without a fixed batch use the fixed batch of the others.
  const std::optional<int64_t> fixed = host::fixed_batch(inputs);
  const size_t count = has_free_extents(inputs) ? kExtents.size() : fixed ? 1 : kBatches.size();
  for (size_t i = 0; i < count; ++i) sizes.push_back({fixed.value_or(kBatches[i % kBatches.size()]), kExtents[i]});
  return sizes;
}

std::vector<ProbeSizes> further_probe_sizes(const LayerGraph& graph, const std::vector<TensorSpec>& inputs) {
  Numbers numbers;
  visit_layers(graph.root, [&](LayerInstance& layer) {
    if (layer.config != nullptr && layer.network == nullptr) collect(numbers, *layer.config);
    if (layer.network != nullptr) collect(numbers, *layer.network);
    for (const WeightInfo& weight : layer.weights) {
      if (weight.tensor != nullptr) collect(numbers, *weight.tensor);
    }
  });
  std::vector<ProbeSizes> sizes;
  const std::vector<int64_t> found = divisors(numbers);
  const bool free_batch = !host::fixed_batch(inputs), free_extents = has_free_extents(inputs);
  for (int64_t size : found) {
    if (free_batch) sizes.push_back({size, kExtents[1]});
    if (free_extents) sizes.push_back({host::fixed_batch(inputs).value_or(kBatches[0]), size});
    if (free_batch && free_extents) sizes.push_back({size, size}), sizes.push_back({size, kExtents[4]});
  }
  return sizes;
}

std::optional<std::string> without_probe_sizes(std::string_view text, std::string_view other) {
  std::string result;
  size_t a = 0, b = 0;
  while (a < text.size() && b < other.size()) {
    const std::string_view number = number_at(text, a), with = number_at(other, b);
    if (number.empty() && text[a] != other[b]) return std::nullopt;
    if (number.empty() != with.empty()) return std::nullopt;
    result += number.empty() ? std::string(1, text[a]) : number == with ? std::string(number) : "None";
    a += std::max<size_t>(number.size(), 1), b += std::max<size_t>(with.size(), 1);
  }
  if (a != text.size() || b != other.size()) return std::nullopt;
  return result;
}

}  // namespace keraunos::loader
