// Compares Keraunos's convolutions, products and pooling with oneDNN's, layer by layer: bench_onednn BATCH THREADS [ROUNDS
// [PART OF A LAYER'S NAME]]. Results of both are compared, then they run alternately for 20 ms each, forwards in one round and
// backwards in the next; the first call of an interval is not counted, because the other's threads may still be spinning. A row
// gives the median of the ratios of adjacent intervals; the two layouts of oneDNN are in neighbouring columns. Prints a Markdown
// table, and the heap allocations of a call.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>

#include "kernels/cpu/memory.h"
#include "networks.h"
#include "unit/allocations/device.h"
#include "unit/allocations/heap.h"

namespace keraunos {
bool plays_the_driver() noexcept { return false; }  // this program has no stand-in
}  // namespace keraunos

namespace {

using namespace keraunos::bench;
constexpr double kTurnSeconds = 0.02;

std::vector<float> random_floats(int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> real(-1, 1);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& v : values) v = real(generator);
  return values;
}

/// Memory like that of a session's arena: in large pages, which allocate_aligned() requests from 2 MiB on.
class Floats {
 public:
  explicit Floats(const std::vector<float>& values)
      : memory_(
            keraunos::cpu::allocate_aligned(std::max(static_cast<int64_t>(values.size() * sizeof(float)), kLargePages), 256)) {
    std::copy(values.begin(), values.end(), data());
  }
  float* data() const noexcept { return static_cast<float*>(memory_.get()); }

 private:
  static constexpr int64_t kLargePages = int64_t{4} << 20;
  std::shared_ptr<void> memory_;
};

struct Buffers {
  Floats x, y;
};

/// One thread is timed by its CPU time, which does not include other programs.
double now(int threads) {
  if (threads > 1) return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Seconds per call, the mean over an interval.
double turn(const Ready& side, const Buffers& b, int threads) {
  side.call(b.x.data(), b.y.data());
  const double begun = now(threads);
  int64_t calls = 0;
  double seconds = 0;
  do {
    side.call(b.x.data(), b.y.data());
    ++calls;
    seconds = now(threads) - begun;
  } while (seconds < kTurnSeconds);
  return seconds / static_cast<double>(calls);
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

void check_equal(const Layer& layer, const float* ours, const float* theirs, int64_t count) {
  float largest = 0, apart = 0;
  for (int64_t i = 0; i < count; ++i) {
    largest = std::max(largest, std::abs(theirs[i]));
    apart = std::max(apart, std::abs(ours[i] - theirs[i]));
  }
  if (!(apart <= 1e-5f * largest)) throw std::runtime_error(layer.name() + ": results differ by " + std::to_string(apart));
}

struct Row {
  double ours = 0, plain = 0, blocked = 0;  ///< median seconds
  double to_plain = 0, to_blocked = 0;      ///< medians of ratios
  double prepare_ours = 0, prepare_theirs = 0;
  int64_t heap_ours = 0, heap_theirs = 0;  ///< heap allocations of a call
};

/// For a call other than the first.
int64_t heap_blocks(const Ready& side, const Buffers& b) {
  const int64_t before = keraunos::heap::allocations();
  side.call(b.x.data(), b.y.data());
  return keraunos::heap::allocations() - before;
}

Row measure(const Layer& layer, int64_t batch, int threads, int rounds) {
  const Weights weights{random_floats(layer.has_kernel() ? layer.weights() : 0, 2), random_floats(layer.filters, 3)};
  const int64_t room = 4 * 16;  // blocked layouts round channels up: 3 become 8 or 16
  const std::vector<float> x = random_floats(batch * layer.inputs() * (layer.channels < 16 ? 6 : 1) + room, 1),
                           y(static_cast<size_t>(batch * layer.outputs() + room));
  const Ready sides[]{ready_keraunos(layer, batch, threads, weights), ready_onednn(layer, batch, threads, weights, false),
                      ready_onednn(layer, batch, threads, weights, true)};
  const Buffers buffers[]{{Floats(x), Floats(y)}, {Floats(x), Floats(y)}, {Floats(x), Floats(y)}};
  for (int side = 0; side < 3; ++side) sides[side].call(buffers[side].x.data(), buffers[side].y.data());
  check_equal(layer, buffers[0].y.data(), buffers[1].y.data(), batch * layer.outputs());
  std::vector<double> seconds[3], to_plain, to_blocked;
  for (int round = 0; round < rounds; ++round) {
    double spent[3];
    for (int i = 0; i < 3; ++i) {
      const int side = round % 2 == 0 ? i : 2 - i;
      spent[side] = turn(sides[side], buffers[side], threads);
    }
    for (int side = 0; side < 3; ++side) seconds[side].push_back(spent[side]);
    to_plain.push_back(spent[0] / spent[1]), to_blocked.push_back(spent[0] / spent[2]);
  }
  return {median(seconds[0]),
          median(seconds[1]),
          median(seconds[2]),
          median(to_plain),
          median(to_blocked),
          sides[0].prepare_seconds,
          std::min(sides[1].prepare_seconds, sides[2].prepare_seconds),
          heap_blocks(sides[0], buffers[0]),
          heap_blocks(sides[1], buffers[1])};
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) throw std::runtime_error("usage: bench_onednn BATCH THREADS [ROUNDS [PART OF A LAYER'S NAME]]");
  const int64_t batch = std::atoll(argv[1]);
  const int threads = std::atoi(argv[2]), rounds = argc > 3 ? std::atoi(argv[3]) : 21;
  const std::string part = argc > 4 ? argv[4] : "";
  std::printf(
      "| layer, batch %lld, %d thread%s | ours µs | oneDNN µs, channels last | blocked | ours ÷ channels last | ours ÷ blocked | "
      "ready in µs: ours | oneDNN |\n",
      static_cast<long long>(batch), threads, threads > 1 ? "s" : "");
  std::printf("|---|---|---|---|---|---|---|---|\n");
  std::map<std::string, Row> sums;
  int64_t most_ours = 0, fewest_theirs = INT64_MAX, most_theirs = 0;
  for (const Layer& layer : networks()) {
    if (layer.name().find(part) == std::string::npos) continue;
    const Row r = measure(layer, batch, threads, rounds);
    std::printf("| %s | %.1f | %.1f | %.1f | %.2f | %.2f | %.0f | %.0f |\n", layer.name().c_str(), 1e6 * r.ours, 1e6 * r.plain,
                1e6 * r.blocked, r.to_plain, r.to_blocked, 1e6 * r.prepare_ours, 1e6 * r.prepare_theirs);
    std::fflush(stdout);
    most_ours = std::max(most_ours, r.heap_ours);
    fewest_theirs = std::min(fewest_theirs, r.heap_theirs), most_theirs = std::max(most_theirs, r.heap_theirs);
    Row& sum = sums[layer.network];
    sum.ours += r.ours, sum.plain += r.plain, sum.blocked += r.blocked;
    sum.prepare_ours += r.prepare_ours, sum.prepare_theirs += r.prepare_theirs;
  }
  for (const auto& [network, r] : sums) {
    std::printf("| **sum: %s** | %.0f | %.0f | %.0f | **%.2f** | **%.2f** | %.0f | %.0f |\n", network.c_str(), 1e6 * r.ours,
                1e6 * r.plain, 1e6 * r.blocked, r.ours / r.plain, r.ours / r.blocked, 1e6 * r.prepare_ours,
                1e6 * r.prepare_theirs);
  }
  std::printf("\nBlocks of the heap that one call of a layer asks for: ours at most %lld, oneDNN %lld to %lld.\n",
              static_cast<long long>(most_ours), static_cast<long long>(fewest_theirs), static_cast<long long>(most_theirs));
  return 0;
} catch (const std::exception& problem) {
  std::fprintf(stderr, "%s\n", problem.what());
  return 1;
}
