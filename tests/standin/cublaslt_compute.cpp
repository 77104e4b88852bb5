// D is computed as its transpose: the rows of D are packed into panels, so that the innermost loop runs along them (for Keras's
// dense layers that is the axis of the units, which is dense in memory).
#include "standin/cublaslt_compute.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "standin/library_product.h"
#include "standin/sanitizer.h"

namespace standin {
namespace {

constexpr int64_t kColumns = 64;   // columns of D computed at a time
constexpr int64_t kRows = 16;      // rows of k packed at a time
constexpr int64_t kFew = 4;        // with fewer columns of D nothing is packed
constexpr int64_t kPartial = 256;  // terms of a partial sum

template <class T>
void read(const Matrix& m, const void* base, int64_t first, int64_t stride, int64_t count, bool tf32, T* into) {
  load(m.type, base, first, stride, count, into);
  if constexpr (std::is_same_v<T, float>) {
    if (tf32) round_to_tf32(into, count);
  }
}

template <class T>
Panels<T> pack_a(const ProductCall& call, int64_t batch) {
  const Matrix& a = call.product.a;
  const int64_t inner = call.product.inner;
  Panels<T> panels(inner, a.rows);
  std::vector<T> rows(static_cast<size_t>(kRows * a.rows));
  for (int64_t k = 0; k < inner; k += kRows) {
    const int64_t count = std::min(kRows, inner - k);
    for (int64_t i = 0; i < count; ++i) {
      read(a, call.a, batch * a.batch_stride + (k + i) * a.column_stride, a.row_stride, a.rows, call.product.tf32,
           rows.data() + i * a.rows);
    }
    panels.set_rows(k, count, rows.data());
  }
  return panels;
}

/// For a few columns of D packing A costs more than the product: A is read once, one row of k after the other.
template <class T>
void multiply_unpacked(const ProductCall& call, int64_t batch, const std::vector<T>& left, std::vector<T>& block) {
  const Product& p = call.product;
  std::vector<T> row(static_cast<size_t>(p.d.rows)), partial(block.size());
  std::ranges::fill(block, T{0});
  for (int64_t k = 0; k < p.inner; ++k) {
    read(p.a, call.a, batch * p.a.batch_stride + k * p.a.column_stride, p.a.row_stride, p.d.rows, p.tf32, row.data());
    for (int64_t j = 0; j < p.d.columns; ++j) {
      const T factor = left[static_cast<size_t>(j * p.inner + k)];
      T* const sums = partial.data() + j * p.d.rows;
      for (int64_t i = 0; i < p.d.rows; ++i) sums[i] += factor * row[static_cast<size_t>(i)];
    }
    if (k % kPartial != kPartial - 1 && k != p.inner - 1) continue;
    for (size_t i = 0; i < block.size(); ++i) block[i] += std::exchange(partial[i], T{0});
  }
}

template <class T>
T activate(Product::Activation activation, T x) {
  if (activation == Product::relu) return x < 0 ? T{0} : x;
  if (activation == Product::gelu) return T(0.5) * x * (1 + std::tanh(T(0.7978845608028654) * (x + T(0.044715) * x * x * x)));
  return x;
}

/// One column of D from its products: scaled, C and bias added, activated, rounded.
template <class T>
void finish_column(const ProductCall& call, int64_t batch, int64_t column, std::vector<T>& products, std::vector<T>& scratch) {
  const Product& p = call.product;
  const auto alpha = static_cast<T>(call.alpha), beta = static_cast<T>(call.beta);
  for (T& value : products) value *= alpha;
  const auto add_scaled = [&](T factor) {
    for (size_t i = 0; i < products.size(); ++i) products[i] += factor * scratch[i];
  };
  if (call.beta != 0) {
    load(p.c.type, call.c, batch * p.c.batch_stride + column * p.c.column_stride, p.c.row_stride, p.d.rows, scratch.data());
    add_scaled(beta);
  }
  if (p.bias) {
    load(p.bias_type, call.bias, batch * p.bias_stride, 1, p.d.rows, scratch.data());
    add_scaled(T{1});
  }
  if (p.activation != Product::none) {
    for (T& value : products) value = activate(p.activation, value);
  }
  store(p.d.type, call.d, batch * p.d.batch_stride + column * p.d.column_stride, p.d.row_stride, p.d.rows, products.data());
}

template <class T>
void compute_batch(const ProductCall& call, int64_t batch) {
  const Product& p = call.product;
  const bool few = p.d.columns <= kFew;
  const std::optional<Panels<T>> panels = few ? std::nullopt : std::optional(pack_a<T>(call, batch));
  const int64_t most = std::min(kColumns, p.d.columns);
  std::vector<T> left(static_cast<size_t>(most * p.inner)), products(static_cast<size_t>(p.d.rows)), scratch(products.size());
  std::vector<T> block(static_cast<size_t>(most * p.d.rows));
  for (int64_t column = 0; column < p.d.columns; column += kColumns) {
    const int64_t count = std::min(kColumns, p.d.columns - column);
    for (int64_t j = 0; j < count; ++j) {
      read(p.b, call.b, batch * p.b.batch_stride + (column + j) * p.b.column_stride, p.b.row_stride, p.inner, p.tf32,
           left.data() + j * p.inner);
    }
    if (panels)
      panels->multiply(left.data(), count, block.data(), p.d.rows);
    else
      multiply_unpacked(call, batch, left, block);
    for (int64_t j = 0; j < count; ++j) {
      products.assign(block.begin() + j * p.d.rows, block.begin() + (j + 1) * p.d.rows);
      finish_column(call, batch, column + j, products, scratch);
    }
  }
}

void spoil_result(const ProductCall& call) {
  const Matrix& d = call.product.d;
  for (int64_t batch = 0; batch < d.batch; ++batch) {
    for (int64_t column = 0; column < d.columns; ++column) {
      spoil(d.type, call.d, batch * d.batch_stride + column * d.column_stride, d.row_stride, d.rows);
    }
  }
}

}  // namespace

void compute(const ProductCall& call) {
  const Unobserved unobserved;  // the linker may have chosen an instrumented copy of a template function, such as vector::resize
  if (call.workspace_bytes > 0) std::fill_n(static_cast<unsigned char*>(call.workspace), call.workspace_bytes, uint8_t{0xb5});
  if (call.beta == 0 || call.c != call.d) spoil_result(call);
  for (int64_t batch = 0; batch < call.product.d.batch; ++batch) {
    if (call.product.wide)
      compute_batch<double>(call, batch);
    else
      compute_batch<float>(call, batch);
  }
}

}  // namespace standin
