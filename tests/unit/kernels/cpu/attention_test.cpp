// Attention against its formula in double: every mask, grouped heads, types, fully masked rows.
#include <gtest/gtest.h>

#include <cmath>

#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

struct Spec {
  int64_t batch, queries, keys, heads, key_heads, depth, values;
  host::Attention op{};
  bool query_mask = false, key_mask = false;
  int64_t mask_heads = 0;  // 0: no mask
};

struct Masks {
  std::vector<double> query, key, full;
};

bool allowed(const Spec& s, const Masks& m, int64_t n, int64_t h, int64_t t, int64_t k) {
  if (s.op.causal && k > t) return false;
  if (s.op.window && std::abs(t - k) >= *s.op.window) return false;
  if (s.query_mask && m.query[static_cast<size_t>(n * s.queries + t)] == 0) return false;
  if (s.key_mask && m.key[static_cast<size_t>(n * s.keys + k)] == 0) return false;
  const int64_t head = s.mask_heads == 1 ? 0 : h;
  return s.mask_heads == 0 || m.full[static_cast<size_t>(((n * s.mask_heads + head) * s.queries + t) * s.keys + k)] != 0;
}

void check(const Spec& s, DType type) {
  SCOPED_TRACE(std::string(name_of(type)) + " queries " + std::to_string(s.queries) + " keys " + std::to_string(s.keys) +
               " mask heads " + std::to_string(s.mask_heads));
  Tensor q = random_tensor(type, {s.batch, s.queries, s.heads, s.depth}, 1),
         k = random_tensor(type, {s.batch, s.keys, s.key_heads, s.depth}, 2);
  Tensor v = random_tensor(type, {s.batch, s.keys, s.key_heads, s.values}, 3);
  Tensor qm = random_tensor(DType::boolean, {s.batch, s.queries}, 4), km = random_tensor(DType::boolean, {s.batch, s.keys}, 5);
  Tensor full = random_tensor(DType::boolean, {s.batch, std::max<int64_t>(s.mask_heads, 1), s.queries, s.keys}, 6);
  const Masks masks{doubles(qm), doubles(km), doubles(full)};
  const std::vector<double> a = doubles(q), b = doubles(k), c = doubles(v);
  std::vector<double> out(static_cast<size_t>(s.batch * s.queries * s.heads * s.values), 0), probabilities;
  for (int64_t n = 0; n < s.batch; ++n) {
    for (int64_t h = 0; h < s.heads; ++h) {
      const int64_t kh = h / (s.heads / s.key_heads);
      for (int64_t t = 0; t < s.queries; ++t) {
        std::vector<double> row;
        double sum = 0;
        for (int64_t j = 0; j < s.keys; ++j) {
          double score = 0;
          for (int64_t d = 0; d < s.depth; ++d) {
            score += a[static_cast<size_t>(((n * s.queries + t) * s.heads + h) * s.depth + d)] *
                     b[static_cast<size_t>(((n * s.keys + j) * s.key_heads + kh) * s.depth + d)];
          }
          row.push_back(allowed(s, masks, n, h, t, j) ? std::exp(score * s.op.scale) : 0);
          sum += row.back();
        }
        for (int64_t j = 0; j < s.keys; ++j) {
          double& p = row[static_cast<size_t>(j)];
          p = sum > 0 ? p / sum : (s.op.zero_masked ? 0 : 1 / static_cast<double>(s.keys));
          probabilities.push_back(p);
          for (int64_t d = 0; d < s.values; ++d) {
            out[static_cast<size_t>(((n * s.queries + t) * s.heads + h) * s.values + d)] +=
                p * c[static_cast<size_t>(((n * s.keys + j) * s.key_heads + kh) * s.values + d)];
          }
        }
      }
    }
  }
  Net net;
  const Value in[] = {net.input(std::move(q)),
                      net.input(std::move(k)),
                      net.input(std::move(v)),
                      s.query_mask ? net.input(std::move(qm)) : Value{},
                      s.key_mask ? net.input(std::move(km)) : Value{},
                      s.mask_heads ? net.input(std::move(full)) : Value{}};
  const std::vector<Value> results = net.graph.add(s.op, {std::begin(in), std::end(in)});
  net.run();
  const Tolerance t = tolerance_of(type, 16);
  expect_close(net.at(results[0]), out, t.relative * 2, t.absolute);
  if (s.op.return_scores) expect_close(net.at(results[1]), probabilities, t.relative * 4, t.absolute / 4);
}

TEST(Attention, ShapesAndTypes) {
  for (const DType type : {DType::float32, DType::float64, DType::float16, DType::bfloat16}) {
    for (const Spec& s :
         {Spec{2, 5, 7, 3, 3, 4, 6}, Spec{1, 1, 1, 1, 1, 1, 1}, Spec{2, 33, 31, 4, 2, 8, 16}, Spec{1, 100, 65, 2, 1, 32, 31},
          Spec{0, 3, 3, 1, 1, 2, 2}, Spec{3, 0, 4, 2, 2, 3, 3}, Spec{4, 120, 130, 4, 4, 32, 32}}) {
      Spec scaled = s;
      scaled.op.scale = 1 / std::sqrt(static_cast<double>(s.depth));
      scaled.op.return_scores = true;
      check(scaled, type);
    }
  }
}

TEST(Attention, MasksAlone) {
  for (int variant = 0; variant < 64; ++variant) {
    Spec s{2, 9, 11, 4, 2, 5, 3};
    s.query_mask = variant & 1, s.key_mask = variant & 2, s.op.causal = variant & 4;
    if (variant & 8) s.op.window = 3;
    s.mask_heads = variant & 16 ? (variant & 1 ? 4 : 1) : 0;
    s.op.zero_masked = variant & 32;
    s.op.return_scores = variant % 3 == 0;
    check(s, DType::float32);
  }
}

}  // namespace
}  // namespace keraunos::cpu::testing
