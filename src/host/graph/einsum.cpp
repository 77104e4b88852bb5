// Builder::einsum for two operands. Every label is one of four kinds: batch (in both operands and the result), rows (a and
// result), columns (b and result), inner (both, not in the result). Each operand is transposed to (batch, rows, inner) or (batch,
// inner, columns), the groups are folded, one matmul follows, and the result is unfolded and transposed. "abc,cde->abde": rows
// ab, inner c, columns de.
#include <algorithm>
#include <map>
#include <string>

#include "host/graph/extent.h"
#include "host/graph/graph.h"
#include "keraunos/error.h"

namespace keraunos {
namespace {

struct Equation {
  std::string a, b, result;
};

[[noreturn]] void refuse(std::string_view equation, const std::string& why) {
  throw UsageError("einsum \"" + std::string(equation) + "\": " + why);
}

// An ellipsis stands for leading axes; they get capital labels, which Keras's equations do not use.
std::string expanded(std::string part, int rank) {
  const size_t dots = part.find("...");
  if (dots == std::string::npos) return part;
  const int hidden = rank - static_cast<int>(part.size() - 3);
  std::string labels;
  for (int i = 0; i < hidden; ++i) labels += static_cast<char>('Z' - hidden + 1 + i);
  return part.replace(dots, 3, labels);
}

Equation parse(std::string_view text, int rank_a, int rank_b) {
  std::string clean;
  for (char c : text) {
    if (c != ' ') clean += c;
  }
  const size_t comma = clean.find(','), arrow = clean.find("->");
  if (comma == std::string::npos || arrow == std::string::npos || comma > arrow)
    refuse(text, "expected two operands and a result");
  Equation e{expanded(clean.substr(0, comma), rank_a), expanded(clean.substr(comma + 1, arrow - comma - 1), rank_b), {}};
  const std::string result = clean.substr(arrow + 2);
  const int hidden = static_cast<int>(std::max(e.a.size(), e.b.size()));
  e.result = result;
  if (const size_t dots = result.find("..."); dots != std::string::npos) {
    std::string labels;
    for (char c : e.a + e.b) {
      if (c > 'Z' - hidden && c <= 'Z' && labels.find(c) == std::string::npos) labels += c;
    }
    std::sort(labels.begin(), labels.end());
    e.result.replace(dots, 3, labels);
  }
  if (static_cast<int>(e.a.size()) != rank_a || static_cast<int>(e.b.size()) != rank_b)
    refuse(text, "its labels do not fit the operands' ranks");
  return e;
}

bool has(const std::string& labels, char c) { return labels.find(c) != std::string::npos; }

}  // namespace

Value Builder::einsum(std::string_view equation, Value a, Value b) {
  const Equation e = parse(equation, rank(a), rank(b));
  std::map<char, Dim> extent;
  for (size_t i = 0; i < e.a.size(); ++i) extent[e.a[i]] = shape(a)[i];
  for (size_t i = 0; i < e.b.size(); ++i) {
    const auto [entry, fresh] = extent.emplace(e.b[i], shape(b)[i]);
    if (!fresh && entry->second.size != shape(b)[i].size) refuse(equation, std::string("label ") + e.b[i] + " has two extents");
  }
  std::string batch, rows, columns, inner;
  for (char c : e.a) (has(e.b, c) ? (has(e.result, c) ? batch : inner) : rows) += c;
  for (char c : e.b) {
    if (!has(e.a, c)) columns += c;
  }
  // Labels that occur in one operand only and not in the result are summed first.
  const auto summed = [&](Value v, std::string& labels, std::string& group) {
    std::vector<int> axes;
    for (char c : group) {
      if (!has(e.result, c)) axes.push_back(static_cast<int>(labels.find(c)));
    }
    if (axes.empty()) return v;
    std::erase_if(labels, [&](char c) { return has(group, c) && !has(e.result, c); });
    std::erase_if(group, [&](char c) { return !has(e.result, c); });
    return reduce(Reduction::sum, v, axes);
  };
  std::string labels_a = e.a, labels_b = e.b;
  a = summed(a, labels_a, rows);
  b = summed(b, labels_b, columns);

  const auto ordered = [&](Value v, const std::string& from, const std::string& to) {
    std::vector<int> order;
    for (char c : to) order.push_back(static_cast<int>(from.find(c)));
    return transpose(v, order);
  };
  const auto folded = [&](const std::string& group) {
    Shape axes;
    for (char c : group) axes.push_back(extent[c]);
    return host::product_of(axes);
  };
  const Dim B = folded(batch), M = folded(rows), N = folded(columns), K = folded(inner);
  const Value left = ordered(a, labels_a, batch + rows + inner), right = ordered(b, labels_b, batch + inner + columns);
  Value product = batch.empty() ? matmul(reshape(left, {M, K}), reshape(right, {K, N}))
                                : matmul(reshape(left, {B, M, K}), reshape(right, {B, K, N}));
  const std::string order = batch + rows + columns;
  Shape unfolded;
  for (char c : order) unfolded.push_back(extent[c]);
  if (e.result.size() != order.size()) refuse(equation, "the result needs each of its labels once");
  return ordered(reshape(product, unfolded), order, e.result);
}

}  // namespace keraunos
