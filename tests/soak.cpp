// A small service: threads call several models with shapes that change from call to call, while models are dropped and loaded,
// and the memory of the process must not grow. Bytes are counted with Model::memory() and malloc; nothing depends on time.
//   soak [--calls N] [--shapes N] [--threads N]
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "folders.h"
#include "recorded.h"
#include "unit/threads/crowd.h"

namespace keraunos {
namespace {

struct Options {
  int64_t calls = 20'000, shapes = 60;
  int threads = 8;
};

constexpr int kRounds = 10, kWarmUp = 4;
constexpr int64_t kCallsBetweenLoads = 2000;

// A model, the unknown extents of its inputs, and the memory that all calls read.
struct Slot {
  std::string name;
  std::mutex mutex{};
  std::optional<Model> model{};
  std::vector<float> ones{};

  Model now() {
    const std::lock_guard lock(mutex);
    return *model;
  }
  void load_again() {
    const Model fresh = load_for_test(golden::Case::read(case_folder(name)).model, 2);
    const std::lock_guard lock(mutex);
    model = fresh;
  }
};

// Shape number `index` of a model: batch and length grow alternately.
std::vector<int64_t> shape_of(const TensorSpec& spec, int64_t index) {
  std::vector<int64_t> sizes;
  for (size_t axis = 0; axis < spec.shape.size(); ++axis) {
    const int64_t open = axis == 0 ? 1 + index % 10 : 5 + index / 10;
    sizes.push_back(spec.shape[axis].value_or(open));
  }
  return sizes;
}

bool call(Slot& slot, int64_t index) {
  const Model model = slot.now();
  const TensorSpec spec = model.inputs().at(0);
  const Dims dims(shape_of(spec, index));
  const Named results = model.predict(NamedViews{{spec.name, {slot.ones.data(), spec.dtype, dims}}});
  return std::ranges::all_of(results, [&](const auto& result) { return result.second.dims()[0] == dims[0]; });
}

struct Held {
  int64_t counted = 0, heap = 0;
};

Held held(std::vector<std::unique_ptr<Slot>>& slots) {
  Held now;
  for (const auto& slot : slots) now.counted += slot->now().memory().host() + slot->now().memory().device();
  // The stand-in keeps a record of every freed block of device memory, to detect uses of it, so malloc's total must grow there.
  const struct mallinfo2 info = mallinfo2();
  if (device_under_test().kind == Device::cpu) now.heap = static_cast<int64_t>(info.uordblks + info.hblkhd);
  return now;
}

Held most_of(const Held& a, const Held& b) { return {std::max(a.counted, b.counted), std::max(a.heap, b.heap)}; }

bool exceeds(int64_t now, int64_t before, double factor) {
  return static_cast<double>(now) > factor * static_cast<double>(before);
}

int run(const Options& options) {
  std::vector<std::unique_ptr<Slot>> slots;
  for (const char* name : {"conv1d_free_length_k3", "dense_free_length_k3", "doc_example_k3", "lstm_k2"}) {
    slots.push_back(std::make_unique<Slot>());
    slots.back()->name = name;
    slots.back()->ones.assign(1 << 20, 1.0f);
    slots.back()->load_again();
  }
  std::atomic<int64_t> calls = 0, wrong = 0;
  Held warm, warm_busy;
  bool grew = false;
  for (int round = 0; round < kRounds; ++round) {
    const int64_t each = options.calls / kRounds / options.threads;
    run_crowd(options.threads, [&](int thread) {
      uint64_t random = static_cast<uint64_t>(round * options.threads + thread) * 0x9e3779b97f4a7c15ull + 1;
      for (int64_t i = 0; i < each; ++i) {
        random = random * 6364136223846793005ull + 1442695040888963407ull;
        Slot& slot = *slots[(random >> 33) % slots.size()];
        wrong += !call(slot, static_cast<int64_t>((random >> 40) % static_cast<uint64_t>(options.shapes)));
        if (++calls % kCallsBetweenLoads == 0) slot.load_again();
      }
    });
    const Held busy = held(slots);
    // Now every model is in the state after the same calls: one thread called all shapes.
    for (const auto& slot : slots) {
      slot->now().trim();
      for (int64_t shape = 0; shape < options.shapes; ++shape) wrong += !call(*slot, shape);
    }
    const Held now = held(slots);
    std::printf(
        "round %d: %lld calls, %lld bytes counted, %lld of malloc; after trim() and one call of each shape %lld and %lld\n",
        round + 1, static_cast<long long>(calls.load()), static_cast<long long>(busy.counted), static_cast<long long>(busy.heap),
        static_cast<long long>(now.counted), static_cast<long long>(now.heap));
    if (round < kWarmUp) {
      warm = most_of(warm, now), warm_busy = most_of(warm_busy, busy);
      continue;
    }
    grew = grew || exceeds(now.counted, warm.counted, 1) || exceeds(now.heap, warm.heap, 1.02);
    // The number of threads that meet in a model depends on the scheduler: each may leave a session there, none larger than that
    // of a thread that called all shapes.
    grew = grew || exceeds(busy.counted, warm.counted, options.threads + 1) || exceeds(busy.heap, warm_busy.heap, 1.5);
  }
  if (wrong > 0) std::printf("%lld results of a wrong shape\n", static_cast<long long>(wrong.load()));
  if (grew) std::printf("memory grew after the first %d rounds\n", kWarmUp);
  return wrong > 0 || grew ? 1 : 0;
}

}  // namespace
}  // namespace keraunos

int main(int count, char** arguments) {
  keraunos::Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    const int64_t value = std::atoll(arguments[i + 1]);
    if (name == "--calls") options.calls = value;
    if (name == "--shapes") options.shapes = value;
    if (name == "--threads") options.threads = static_cast<int>(value);
  }
  return keraunos::run(options);
}
