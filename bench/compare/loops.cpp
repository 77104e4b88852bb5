// Measures the cost of a loop apart from its body, on one thread:
//   bench_loops MODEL [--steps N] [--batch N]
// MODEL has one input (batch, time, features) and runs a cell that no single operation computes. The body's own time is the time
// of one more step where steps are unrolled, as in short sequences. Times are the thread's CPU time: other programs interrupt a
// long call, but not a short one.
#include <keraunos/keraunos.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace keraunos;

constexpr int64_t kShort = 1, kLonger = 3;  // unrolled

double microseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

class Caller {
 public:
  Caller(const std::string& file, int64_t batch)
      : model_(load_model(file, {.device = Device{}, .threads = 1})),
        batch_(batch),
        features_(model_.inputs().at(0).shape.at(2).value_or(1)) {}

  /// Microseconds of a call, the mean of `calls`.
  double operator()(int64_t steps, int calls) {
    const Dims dims{batch_, steps, features_};
    values_.resize(std::max(values_.size(), static_cast<size_t>(dims.elements())), 0.5f);
    const TensorView view(values_.data(), DType::float32, dims);
    const double start = microseconds();
    for (int i = 0; i < calls; ++i) model_.predict(view);
    return (microseconds() - start) / calls;
  }
  int64_t plan_bytes() const { return model_.memory().plans.host; }
  int64_t session_bytes() const { return model_.memory().sessions.host; }
  void forget() { model_.trim(); }

 private:
  Model model_;
  int64_t batch_, features_;
  std::vector<float> values_;
};

// The calls alternate, so that other programs on the machine slow all of them alike.
void report(Caller& call, int64_t steps) {
  constexpr int kRounds = 20, kCalls = 300;
  double first = 1e12, seen = 1e12, one = 1e12, longer = 1e12;
  for (int round = 0; round < kRounds; ++round) {
    one = std::min(one, call(kShort, kCalls));
    longer = std::min(longer, call(kLonger, kCalls));
    call.forget();
    first = std::min(first, call(steps, 1));
    for (int i = 0; i < 3; ++i) seen = std::min(seen, call(steps, 1));
  }
  const double body = (longer - one) / static_cast<double>(kLonger - kShort), step = seen / static_cast<double>(steps);
  std::printf("%lld steps: planned in %.2f ms, a call %.2f ms, %.3f us a step; written out %.3f us a step; ratio %.2f\n",
              static_cast<long long>(steps), (first - seen) / 1e3, seen / 1e3, step, body, step / body);
  std::printf("  plans %lld bytes, sessions %lld bytes\n", static_cast<long long>(call.plan_bytes()),
              static_cast<long long>(call.session_bytes()));
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return std::fprintf(stderr, "bench_loops MODEL [--steps N] [--batch N]\n"), 2;
  int64_t steps = 10000, batch = 1;
  for (int i = 2; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    (name == "--steps" ? steps : batch) = std::atoll(arguments[i + 1]);
  }
  Caller call(arguments[1], batch);
  for (const int64_t each : {steps / 10, steps, steps * 2}) report(call, each);
}
