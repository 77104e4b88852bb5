#include "unit/kernels/cuda/compare.h"

namespace keraunos::cuda::tests {
namespace {

struct Setting {
  host::Attention op{};
  int64_t batch = 2, queries = 5, keys = 7, heads = 2, key_heads = 2, depth = 4, values = 3;
  bool query_mask = false, key_mask = false;
  int64_t mask_heads = 0;
};

void check(const Setting& s) {
  expect_same_in_all_floats(
      [&](Writer& w) {
        const Value q = w.operand({s.batch, s.queries, s.heads, s.depth}), k = w.operand({s.batch, s.keys, s.key_heads, s.depth});
        const Value v = w.operand({s.batch, s.keys, s.key_heads, s.values});
        const Value of_queries = s.query_mask ? w.mask({s.batch, s.queries}) : Value{},
                    of_keys = s.key_mask ? w.mask({s.batch, s.keys}) : Value{};
        const Value mask = s.mask_heads ? w.mask({s.batch, s.mask_heads, s.queries, s.keys}) : Value{};
        host::graph_of(w.build).add(s.op, {q, k, v, of_queries, of_keys, mask});
      },
      {}, 8);
}

TEST(CudaAttention, MasksOfEveryKind) {
  for (int masks = 0; masks < 16; ++masks) {
    for (bool zero : {false, true}) {
      Setting s{.op = {.scale = 0.5, .causal = (masks & 1) != 0, .zero_masked = zero, .return_scores = zero}};
      s.query_mask = masks & 2, s.key_mask = masks & 4, s.mask_heads = masks & 8 ? (zero ? 2 : 1) : 0;
      check(s);
    }
  }
  check({.op = {.causal = true, .window = 2}});
  check({.op = {.window = 3, .return_scores = true}});
}

TEST(CudaAttention, SizesOfEveryKind) {
  for (int64_t queries : {1, 8, 9, 33}) {
    for (int64_t keys : {1, 31, 33}) check({.queries = queries, .keys = keys, .depth = 5, .values = 9});
  }
  check({.heads = 6, .key_heads = 2});
  check({.batch = 0});
  check({.queries = 0});
  check({.op = {.causal = true}, .batch = 1, .queries = 3, .keys = 3000, .heads = 1, .key_heads = 1});
}

}  // namespace
}  // namespace keraunos::cuda::tests
