#include "host/ops/linear_algebra.h"

#include <algorithm>

#include "host/graph/extent.h"
#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

void require_matrices(const ValueInfo& x) {
  if (x.dtype != DType::float32 && x.dtype != DType::float64)
    throw UsageError("linear algebra needs float32 or float64, found " + std::string(name_of(x.dtype)));
  if (x.shape.size() < 2) throw UsageError("linear algebra needs matrices, found " + text_of(x.shape));
  for (auto axis = x.shape.end() - 2; axis != x.shape.end(); ++axis) {
    if (axis->size > LinearAlgebra::kMostOfAnAxis)
      throw UsageError("linear algebra takes at most " + std::to_string(LinearAlgebra::kMostOfAnAxis) +
                       " rows and columns, found " + text_of(x.shape));
  }
}

bool is_for_any_matrix(LinearAlgebra::Task task) {
  using enum LinearAlgebra::Task;
  return task == orthogonal || task == orthogonal_full || task == singular_values || task == singular_vectors ||
         task == singular_vectors_full;
}

}  // namespace

std::string LinearAlgebra::text() const {
  constexpr const char* kTexts[] = {"cholesky",
                                    "cholesky or a fault",
                                    "lu",
                                    "qr",
                                    "qr, whole",
                                    "eigenvalues",
                                    "eigenvectors",
                                    "singular values",
                                    "singular vectors",
                                    "singular vectors, whole",
                                    "inverse",
                                    "determinant",
                                    "solve",
                                    "solve transposed",
                                    "solve lower",
                                    "solve upper",
                                    "solve lower transposed",
                                    "solve upper transposed"};
  return std::string("linear_algebra ") + kTexts[task];
}

Types LinearAlgebra::infer(const NodeView& node) const {
  const size_t operands = solves() ? 2 : 1;
  node.require_operands(operands, operands);
  const ValueInfo& x = node.in(0);
  require_matrices(x);
  const Dim m = x.shape[x.shape.size() - 2], n = x.shape.back(), k = m.size < n.size ? m : n;
  if (m.size != n.size && !is_for_any_matrix(task))
    throw UsageError(text() + " needs square matrices, found " + text_of(x.shape));
  if (solves()) {
    const ValueInfo& y = node.in(1);
    require_matrices(y);
    const bool fits =
        y.dtype == x.dtype && y.shape.size() == x.shape.size() && std::equal(x.shape.begin(), x.shape.end() - 1, y.shape.begin());
    if (!fits) throw UsageError(text() + ": matrices " + text_of(x.shape) + " do not fit " + text_of(y.shape));
    return {{.shape = y.shape, .dtype = y.dtype}};
  }
  const auto with = [&](std::initializer_list<Dim> last) {
    ValueInfo result{.shape = {x.shape.begin(), x.shape.end() - 2}, .dtype = x.dtype};
    result.shape.insert(result.shape.end(), last);
    return result;
  };
  switch (task) {
    case lower_upper: {
      ValueInfo places = with({m});
      places.dtype = DType::int32;
      return {with({m, n}), places};
    }
    case orthogonal: return {with({m, k}), with({k, n})};
    case orthogonal_full: return {with({m, m}), with({m, n})};
    case eigenvalues: return {with({n})};
    case eigenvectors: return {with({n}), with({n, n})};
    case singular_values: return {with({k})};
    case singular_vectors: return {with({k}), with({m, k}), with({k, n})};
    case singular_vectors_full: return {with({k}), with({m, m}), with({n, n})};
    case determinant: return {with({}), with({})};
    default: return {with({m, n})};
  }
}

int LinearAlgebra::rows(const RowRule& rule) const {
  const int found = rule.leading();
  return found == RowRule::kNone || (found == 0 && rule.rank(0) > 2) ? found : RowRule::kMixed;
}

// About m·n·k multiplications each; the iterations for eigenvalues and singular values need several times as many.
OpCost LinearAlgebra::cost(const NodeView& node) const {
  const MatrixShape shape(node, *this);
  const double one = is_triangular() ? 0 : static_cast<double>(shape.elements()) * shape.k();
  const double factor = task >= eigenvalues && task <= singular_vectors_full ? 10 : 1;
  const double right = static_cast<double>(shape.elements()) * shape.columns;
  return {.products = static_cast<double>(shape.batch) * (one * factor + right)};
}

std::string LinearAlgebra::fault_text(const NodeView&) const {
  const char* text = "a matrix that has to be inverted has no inverse";
  if (task == cholesky_or_fault) text = "a matrix that is factored by Cholesky is not positive definite";
  if (task == eigenvalues || task == eigenvectors)
    text = "the eigenvalues of a matrix were not found (has it elements that are not finite?)";
  return std::string(text) + "; its number among the matrices that were computed together: ";
}

MatrixShape::MatrixShape(const NodeView& node, const LinearAlgebra& op) {
  const Shape& x = node.in(0).shape;
  batch = 1;
  for (size_t axis = 0; axis + 2 < x.size(); ++axis) batch *= x[axis].size;
  m = static_cast<int>(x[x.size() - 2].size), n = static_cast<int>(x.back().size);
  columns = op.solves() ? static_cast<int>(node.in(1).shape.back().size) : 0;
}

}  // namespace keraunos::host
