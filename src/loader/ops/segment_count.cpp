#include "loader/ops/segment_count.h"

#include <algorithm>

#include "keraunos/error.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

// Its result has one element for each segment; their values are undefined.
class CountSegments final : public Kernel {
 public:
  CountSegments(SegmentCount how, int64_t least, int64_t most) : how_(how), least_(least), most_(most) {}
  std::string name() const override { return "count segments"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType>) const override { return std::nullopt; }

  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const std::span<const int64_t> numbers(static_cast<const int64_t*>(inputs[0].data),
                                           static_cast<size_t>(inputs[0].dims.elements()));
    check(numbers);
    const int64_t count = std::clamp(how_ == SegmentCount::distinct ? distinct(numbers) : up_to_highest(numbers), least_, most_);
    if (count > Range::kMostExtent) throw DataError("asks for " + std::to_string(count) + " segments, more than a tensor holds");
    std::vector<Tensor> results;
    results.emplace_back(DType::uint8, Dims{std::max<int64_t>(count, 0)});
    std::fill_n(results[0].mutable_values<uint8_t>().data(), results[0].bytes(), uint8_t{0});
    return results;
  }

  std::string parameters() const override {
    return std::to_string(static_cast<int>(how_)) + ' ' + std::to_string(least_) + ' ' + std::to_string(most_);
  }

 private:
  static int64_t up_to_highest(std::span<const int64_t> numbers) {
    const auto found = std::max_element(numbers.begin(), numbers.end());
    return found == numbers.end() ? 0 : *found < INT64_MAX ? *found + 1 : INT64_MAX;
  }

  static int64_t distinct(std::span<const int64_t> numbers) {
    std::vector<int64_t> sorted(numbers.begin(), numbers.end());
    std::sort(sorted.begin(), sorted.end());
    return std::unique(sorted.begin(), sorted.end()) - sorted.begin();
  }

  void check(std::span<const int64_t> numbers) const {
    const bool counts_from_0 = how_ == SegmentCount::bins || how_ == SegmentCount::ascending;
    const auto negative = std::find_if(numbers.begin(), numbers.end(), [](int64_t number) { return number < 0; });
    if (counts_from_0 && negative != numbers.end())
      throw DataError("expected numbers from 0 on, found " + std::to_string(*negative));
    if (how_ == SegmentCount::ascending && !std::is_sorted(numbers.begin(), numbers.end()))
      throw DataError("expected segment ids in ascending order");
  }

  SegmentCount how_;
  int64_t least_, most_;
};

}  // namespace

std::vector<Operation> segment_count_operations() { return {}; }

Dim segment_count(Lowering& l, SegmentCount how, Value numbers, int64_t least, int64_t most) {
  const Value operand[] = {l.cast(numbers, DType::int64)};
  const auto results = l.call(std::make_shared<const CountSegments>(how, least, most), operand);
  return {l.dim(results[0], 0).size, true};
}

}  // namespace keraunos::loader
