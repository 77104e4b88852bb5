// Measures calls whose shape is new, known, or alternates among many, on one thread:
//   bench_shapes MODEL [--lengths N] [--batches N] [--length N]
// MODEL has one input (batch, length, features) or one of fixed shape except for the batch; then only batches vary. A known
// shape is timed as the least of consecutive calls, and as the least of its calls in alternation with all other shapes: both
// should be the same.
#include <keraunos/keraunos.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace keraunos;

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

class Caller {
 public:
  explicit Caller(const std::string& file)
      : model_(load_model(file, {.device = Device{}, .threads = 1})), spec_(model_.inputs().at(0)) {}

  bool has_lengths() const { return spec_.shape.size() > 1 && !spec_.shape[1]; }
  /// Microseconds of one call.
  double operator()(int64_t batch, int64_t length) {
    std::vector<int64_t> sizes;
    for (size_t axis = 0; axis < spec_.shape.size(); ++axis)
      sizes.push_back(axis == 0 ? batch : spec_.shape[axis].value_or(length));
    const Dims dims(sizes);
    if (values_.size() < static_cast<size_t>(dims.elements())) values_.resize(static_cast<size_t>(dims.elements()), 0.5f);
    const TensorView view(values_.data(), DType::float32, dims);
    const auto start = std::chrono::steady_clock::now();
    model_.predict(view);
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  }
  double least(int64_t batch, int64_t length, int calls) {
    double best = (*this)(batch, length);
    for (int i = 1; i < calls; ++i) best = std::min(best, (*this)(batch, length));
    return best;
  }
  void forget() { model_.trim(); }

 private:
  Model model_;
  TensorSpec spec_;
  std::vector<float> values_;
};

struct Sizes {
  int64_t batch, length;
};

// First calls of all shapes, then rounds of one call each, and each shape alone.
void report(Caller& call, const char* what, const std::vector<Sizes>& shapes) {
  constexpr int kRounds = 8, kAlone = 20;
  call.forget();
  call(1, shapes[0].length), call(1, shapes[0].length);
  call(shapes[0].batch, shapes[0].length);
  std::vector<double> added, in_turn, alone, first;
  for (const Sizes& s : shapes) first.push_back(call(s.batch, s.length));
  std::vector<double> least(shapes.size(), 1e12);
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < shapes.size(); ++i) least[i] = std::min(least[i], call(shapes[i].batch, shapes[i].length));
  }
  for (size_t i = 0; i < shapes.size(); ++i) {
    const double best = call.least(shapes[i].batch, shapes[i].length, kAlone);
    added.push_back(first[i] - best);
    in_turn.push_back(least[i] / best);
    alone.push_back(best);
  }
  std::printf("%s: alone %.1f us (median), new %.1f us more (%.2f of a call), among the others %.2f of alone\n", what,
              median(alone), median(added), median(added) / median(alone), median(in_turn));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return std::fprintf(stderr, "bench_shapes MODEL [--lengths N] [--batches N] [--length N]\n"), 2;
  int64_t lengths = 100, batches = 50, length = 10;
  for (int i = 2; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    (name == "--lengths" ? lengths : name == "--batches" ? batches : length) = std::atoll(arguments[i + 1]);
  }
  Caller call(arguments[1]);
  std::vector<Sizes> by_length, by_batch;
  for (int64_t i = 0; i < lengths; ++i) by_length.push_back({1, length + i});
  for (int64_t i = 0; i < batches; ++i) by_batch.push_back({2 + i, length});
  if (call.has_lengths() && lengths > 0) report(call, "lengths", by_length);
  if (batches > 0) report(call, "batches", by_batch);
}
