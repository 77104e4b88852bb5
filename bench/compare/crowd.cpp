// Compares threads that call one model with as many threads that call twenty, in adjacent intervals:
//   bench_crowd MODEL [--threads N] [--models N] [--rows N] [--milliseconds N]
// Prints the calls per second of both and the median of their ratios. MODEL has one input of fixed shape except for the batch.
#include <keraunos/keraunos.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace keraunos;

// Thread t calls model t modulo their number.
double calls_a_second(const std::vector<Model>& models, int threads, const TensorView& input, std::chrono::milliseconds time) {
  std::atomic<bool> stop{false};
  std::atomic<int64_t> calls{0};
  {
    std::vector<std::jthread> crowd;
    for (int t = 0; t < threads; ++t) {
      crowd.emplace_back([&, t] {
        int64_t own = 0;
        for (; !stop; ++own) models[static_cast<size_t>(t) % models.size()].predict(input);
        calls += own;
      });
    }
    std::this_thread::sleep_for(time);
    stop = true;
  }
  return static_cast<double>(calls) / std::chrono::duration<double>(time).count();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return std::fprintf(stderr, "bench_crowd MODEL [--threads N] [--models N] [--rows N] [--milliseconds N]\n"), 2;
  int64_t threads = 20, number = 20, rows = 1, milliseconds = 300;
  for (int i = 2; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    (name == "--threads"  ? threads
     : name == "--models" ? number
     : name == "--rows"   ? rows
                          : milliseconds) = std::atoll(arguments[i + 1]);
  }
  std::vector<Model> many;
  while (static_cast<int64_t>(many.size()) < number) many.push_back(load_model(arguments[1], {.device = Device{}}));
  const std::vector<Model> one{many[0]};
  const TensorSpec spec = one[0].inputs().at(0);
  std::vector<int64_t> sizes{rows};
  for (size_t axis = 1; axis < spec.shape.size(); ++axis) sizes.push_back(spec.shape[axis].value_or(10));
  const Dims dims(sizes);
  const std::vector<float> values(static_cast<size_t>(dims.elements()), 0.5f);
  const TensorView input(values.data(), DType::float32, dims);
  const std::chrono::milliseconds time(milliseconds);
  constexpr int kRounds = 9;
  std::vector<double> ratios, of_one, of_many;
  for (int round = -1; round < kRounds; ++round) {
    const double first = calls_a_second(round % 2 == 0 ? one : many, static_cast<int>(threads), input, time);
    const double second = calls_a_second(round % 2 == 0 ? many : one, static_cast<int>(threads), input, time);
    if (round < 0) continue;  // warm-up
    of_one.push_back(round % 2 == 0 ? first : second), of_many.push_back(round % 2 == 0 ? second : first);
    ratios.push_back(of_one.back() / of_many.back());
  }
  for (std::vector<double>* list : {&ratios, &of_one, &of_many}) std::sort(list->begin(), list->end());
  std::printf(
      "%lld threads, %lld rows: one model %.0f calls/s, %lld models %.0f; a call of the many takes %.2f times as long (quartiles "
      "%.2f to %.2f)\n",
      static_cast<long long>(threads), static_cast<long long>(rows), of_one[kRounds / 2], static_cast<long long>(number),
      of_many[kRounds / 2], ratios[kRounds / 2], ratios[kRounds / 4], ratios[kRounds - 1 - kRounds / 4]);
}
