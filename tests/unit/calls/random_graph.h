// Random operations on a batch: some keep its rows independent, some combine them. The choice depends on the seed alone, so that
// one seed is one model for any number of rows.
#pragma once

#include <random>
#include <vector>

#include "host/graph/graph.h"

namespace keraunos::host {

class RandomGraph {
 public:
  explicit RandomGraph(uint64_t seed) : random_(seed) {}
  /// The input's extents without the batch.
  std::vector<int64_t> sample();
  /// The output, with one row for each row of `x`, whose shape is the batch, then sample().
  Value write(Builder& builder, Value x);

 private:
  /// `count` elements, or `count` for each row.
  struct Extent {
    int64_t count;
    bool of_rows;
  };
  struct Part {
    Value value;
    std::vector<Extent> extents;
  };

  int below(int64_t limit) { return static_cast<int>(random_() % static_cast<uint64_t>(limit)); }
  int axis_of(const Part& x) { return below(static_cast<int64_t>(x.extents.size())); }
  Shape shape_of(const std::vector<Extent>& extents) const;
  Value filled(Builder& b, const std::vector<int64_t>& sizes, bool alike);
  Part reshaped(Builder& b, const Part& x, std::vector<Extent> extents) const;
  Part reduced(Builder& b, const Part& x, int axis, Reduction kind) const;
  Part step(Builder& b, const Part& x);
  Part rearranged(Builder& b, const Part& x);
  Part refolded(Builder& b, const Part& x);
  Part joined(Builder& b, const Part& x);
  Part contracted(Builder& b, const Part& x);
  Part with_constant(Builder& b, const Part& x);

  std::mt19937_64 random_;
  int64_t rows_ = 0;
};

}  // namespace keraunos::host
