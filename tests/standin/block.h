// One block of CUDA threads while it runs: the ready threads, the waiting threads, and the values that lanes of a warp exchange.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "standin/executor.h"
#include "standin/sanitizer.h"

namespace standin {

constexpr unsigned kMostThreads = 1024;

/// Ranks of threads that can run, lowest first.
class ReadySet {
 public:
  void insert(unsigned rank) { words_[rank / 64] |= uint64_t{1} << rank % 64; }
  /// Removes the lowest rank; −1 when no thread is ready.
  int take() {
    for (unsigned i = 0; i < words_.size(); ++i) {
      if (words_[i] == 0) continue;
      const int bit = std::countr_zero(words_[i]);
      words_[i] &= words_[i] - 1;
      return static_cast<int>(i * 64) + bit;
    }
    return -1;
  }
  void clear() { words_ = {}; }

 private:
  std::array<uint64_t, kMostThreads / 64> words_{};
};

struct Warp {
  unsigned lanes = 0;  ///< existing ones
  unsigned ended = 0, arrived = 0, generation = 0;
  Location at{};  ///< of the exchange at which lanes have arrived
  alignas(
      /// For odd and even generations, because slow lanes still read the previous one.
      16) std::byte slots[2][kWarpLanes][kLargestExchange];
};

struct BlockThread {
  enum State : uint8_t { unstarted, running, at_barrier, in_exchange, ended } state = unstarted;
  std::unique_ptr<Fiber> fiber{};
  Location at{};
  std::array<unsigned, 3> index{};
};

/// All blocks of a grid, one after the other.
class BlockRunner {
 public:
  BlockRunner(const GridLaunch& launch, FiberPool& pool, const Policy& policy, Random& random);
  ~BlockRunner();
  BlockRunner(const BlockRunner&) = delete;
  BlockRunner& operator=(const BlockRunner&) = delete;

  std::optional<Fault> run(dim3 block);

  // Called by kernel code, on fibers.
  void* shared() const { return shared_; }
  void barrier(Location at);
  void exchange(void* value, size_t bytes, unsigned from, Location at);
  unsigned lane() const { return current_ % kWarpLanes; }
  [[noreturn]] void abandon(Fault fault);

  std::string where() const;
  const Fiber* running_fiber() const { return threads_[current_].fiber.get(); }
  Token& begin() { return begin_; }  ///< every thread acquires what was released here
  Token& end() { return end_; }      ///< every thread releases here

 private:
  static void fiber_body(Fiber& fiber);
  void rank_threads(const Policy& policy);
  void begin_block(dim3 block);
  void become(unsigned thread);
  void run_thread(unsigned thread);
  void end_thread(unsigned thread);
  void start(unsigned thread);
  void wait();                ///< runs other threads until the current one is ready again
  void leave(Context& from);  ///< switches to the next ready thread, or to the host
  void open_barrier_if_all_there();
  void retire(unsigned thread);
  std::optional<Fault> verdict();
  std::string waiting_threads() const;
  void allocate_shared();
  std::optional<Fault> release_shared();

  const GridLaunch& launch_;
  FiberPool& pool_;
  Random& random_;
  unsigned count_;
  std::vector<BlockThread> threads_;
  std::vector<unsigned> rank_of_, thread_at_;
  std::vector<Warp> warps_;
  std::vector<std::unique_ptr<Fiber>> used_;  // TSan: their threads ended, but no other thread of this block may run on them
  ReadySet ready_{};
  unsigned current_ = 0, ended_ = 0, at_barrier_ = 0;
  Location barrier_at_{};
  Context host_{};
  std::byte* shared_ = nullptr;
  std::optional<Fault> fault_{};
  unsigned barriers_ = 0;  // number of opened barriers
  Token begin_{}, end_{};
  Token barrier_[2]{};  // of even and odd barriers, so that a slow thread does not acquire what fast ones released later
};

}  // namespace standin
