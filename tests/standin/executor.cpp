#include "standin/executor.h"

#include <numeric>
#include <utility>

#include "standin/block.h"

namespace standin {

Position position{};

namespace {

// Only the host thread with the stand-in's lock runs grids.
BlockRunner* running = nullptr;

/// Visits 0 … count − 1 in a random cycle, or in order where the policy is plain.
class BlockOrder {
 public:
  BlockOrder(uint64_t count, const Policy& policy, Random& random) : count_(count) {
    if (policy.ranks == Policy::Ranks::plain || count < 3) return;
    at_ = random.below(count);
    do step_ = 1 + random.below(count - 1);
    while (std::gcd(step_, count) != 1);
  }
  uint64_t next() {
    const uint64_t now = at_;
    at_ = (at_ + step_) % count_;
    return now;
  }

 private:
  uint64_t count_, at_ = 0, step_ = 1;
};

}  // namespace

std::optional<Fault> run_grid(const GridLaunch& launch, FiberPool& pool, const Policy& policy, Random& random) {
  const dim3 grid = launch.blocks;
  const uint64_t count = uint64_t{grid.x} * grid.y * grid.z;
  BlockOrder order(count, policy, random);
  std::optional<Fault> fault;
  {
    const Unobserved unobserved;
    running = new BlockRunner(launch, pool, policy, random);
  }
  running->begin().release();
  for (uint64_t i = 0; i < count && !fault; ++i) {
    const uint64_t block = order.next();
    fault = running->run({static_cast<unsigned>(block % grid.x), static_cast<unsigned>(block / grid.x % grid.y),
                          static_cast<unsigned>(block / grid.x / grid.y)});
  }
  running->end().acquire();
  const Unobserved unobserved;
  delete std::exchange(running, nullptr);
  return fault;
}

std::string running_thread() { return running == nullptr ? std::string() : running->where(); }

const Fiber* running_fiber() { return running == nullptr ? nullptr : running->running_fiber(); }

bool overflows_stack(const void* address) {
  const Fiber* const fiber = running_fiber();
  return fiber != nullptr && fiber->guards(address);
}

void abandon_grid(Fault fault) { running->abandon(std::move(fault)); }

unsigned coordinate(Coordinate which, int axis) { return position.of[static_cast<int>(which)][axis]; }
void* dynamic_shared_memory() { return running->shared(); }
void barrier(Location at) { running->barrier(at); }
void exchange(void* value, size_t bytes, unsigned from, Location at) { running->exchange(value, bytes, from, at); }
unsigned own_lane() { return running->lane(); }

}  // namespace standin
