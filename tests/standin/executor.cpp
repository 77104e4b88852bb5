#include "standin/executor.h"

#include <numeric>

#include "standin/block.h"

namespace standin {
namespace {

// Only the host thread that holds the stand-in's lock runs grids.
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
  auto runner = std::make_unique<BlockRunner>(launch, pool, policy, random);
  const dim3 grid = launch.blocks;
  const uint64_t count = uint64_t{grid.x} * grid.y * grid.z;
  BlockOrder order(count, policy, random);
  running = runner.get();
  std::optional<Fault> fault;
  for (uint64_t i = 0; i < count && !fault; ++i) {
    const uint64_t block = order.next();
    fault = runner->run({static_cast<unsigned>(block % grid.x), static_cast<unsigned>(block / grid.x % grid.y),
                         static_cast<unsigned>(block / grid.x / grid.y)});
  }
  running = nullptr;
  runner->end().acquire();
  return fault;
}

std::string running_thread() { return running == nullptr ? std::string() : running->where(); }

bool overflows_stack(const void* address) {
  return running != nullptr && running->running_fiber() != nullptr && running->running_fiber()->guards(address);
}

void abandon_grid(Fault fault) { running->abandon(std::move(fault)); }

unsigned coordinate(Coordinate which, int axis) { return running->coordinate(which, axis); }
void* dynamic_shared_memory() { return running->shared(); }
void barrier(Location at) { running->barrier(at); }
void exchange(const void* value, size_t bytes, void* all, Location at) { running->exchange(value, bytes, all, at); }

}  // namespace standin
