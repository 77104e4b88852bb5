#include "standin/block.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string_view>
#include <utility>

namespace standin {
namespace {

BlockRunner* runner_of_fibers = nullptr;

bool same(Location a, Location b) { return a.line == b.line && (a.file == b.file || std::string_view(a.file) == b.file); }

void place(Coordinate which, dim3 d) {
  const unsigned values[] = {d.x, d.y, d.z};
  std::copy_n(values, 3, position.of[static_cast<int>(which)]);
}

std::string text_of(Location at) {
  const std::string_view path = at.file;
  return std::string(path.substr(path.find_last_of('/') + 1)) + ":" + std::to_string(at.line);
}

}  // namespace

BlockRunner::BlockRunner(const GridLaunch& launch, FiberPool& pool, const Policy& policy, Random& random)
    : launch_(launch),
      pool_(pool),
      random_(random),
      count_(launch.threads.x * launch.threads.y * launch.threads.z),
      threads_(count_),
      rank_of_(count_),
      thread_at_(count_),
      warps_((count_ + kWarpLanes - 1) / kWarpLanes) {
  for (unsigned i = 0; i < count_; ++i) {
    threads_[i].index = {i % launch.threads.x, i / launch.threads.x % launch.threads.y, i / launch.threads.x / launch.threads.y};
    ++warps_[i / kWarpLanes].lanes;
  }
  rank_threads(policy);
  runner_of_fibers = this;
}

BlockRunner::~BlockRunner() { runner_of_fibers = nullptr; }

// A constant random priority is a stronger adversary than a new random choice at every switch.
void BlockRunner::rank_threads(const Policy& policy) {
  std::iota(thread_at_.begin(), thread_at_.end(), 0u);
  const auto shuffle = [&](std::vector<unsigned>& values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random_.below(i)]);
  };
  if (policy.ranks == Policy::Ranks::by_thread) shuffle(thread_at_);
  if (policy.ranks == Policy::Ranks::by_warp) {
    std::vector<unsigned> warps(warps_.size());
    std::iota(warps.begin(), warps.end(), 0u);
    shuffle(warps);
    size_t rank = 0;
    for (const unsigned warp : warps) {
      for (unsigned lane = 0; lane < warps_[warp].lanes; ++lane) thread_at_[rank++] = warp * kWarpLanes + lane;
    }
  }
  for (unsigned rank = 0; rank < count_; ++rank) rank_of_[thread_at_[rank]] = rank;
}

std::optional<Fault> BlockRunner::run(dim3 block) {
  {
    const Unobserved unobserved;
    begin_block(block);
    allocate_shared();
  }
  host_.observed_thread = observed_thread();
  leave(host_);
  const Unobserved unobserved;
  std::optional<Fault> fault = verdict();
  for (auto& fiber : used_) pool_.give_back(std::move(fiber));
  used_.clear();
  std::optional<Fault> overrun = release_shared();
  return fault ? std::move(fault) : std::move(overrun);
}

void BlockRunner::begin_block(dim3 block) {
  place(Coordinate::block, block);
  place(Coordinate::threads, launch_.threads);
  place(Coordinate::blocks, launch_.blocks);
  ended_ = at_barrier_ = 0;
  fault_.reset();
  ready_.clear();
  for (unsigned i = 0; i < count_; ++i) {
    threads_[i].state = BlockThread::unstarted;
    ready_.insert(i);
  }
  for (Warp& warp : warps_) {
    warp.ended = warp.arrived = warp.generation = 0;
    std::memset(warp.slots, 0xFF, sizeof warp.slots);
  }
}

std::string BlockRunner::where() const {
  const auto text = [](Coordinate which) {
    const unsigned* const of = position.of[static_cast<int>(which)];
    return "(" + std::to_string(of[0]) + ", " + std::to_string(of[1]) + ", " + std::to_string(of[2]) + ")";
  };
  return "block " + text(Coordinate::block) + ", thread " + text(Coordinate::thread);
}

void BlockRunner::become(unsigned thread) {
  current_ = thread;
  std::copy_n(threads_[thread].index.data(), 3, position.of[static_cast<int>(Coordinate::thread)]);
}

// The body of every fiber: runs its assigned thread, then threads that have not begun, as long as there are any.
void BlockRunner::fiber_body(Fiber& fiber) {
  for (;;) {
    BlockRunner& block = *runner_of_fibers;
    block.run_thread(fiber.assigned);
    block.retire(fiber.assigned);
  }
}

void BlockRunner::run_thread(unsigned thread) {
  begin_.acquire();
  threads_[thread].state = BlockThread::running;
  launch_.info.call(launch_.kernel, launch_.arguments);
  end_.release();
}

void BlockRunner::end_thread(unsigned thread) {
  threads_[thread].state = BlockThread::ended;
  ++ended_;
  Warp& warp = warps_[thread / kWarpLanes];
  ++warp.ended;
  if (warp.arrived > 0 && !fault_) {
    fault_ = Fault{cudaErrorLaunchFailure,
                   "a lane ended while lanes of its warp wait for all 32 at " + text_of(warp.at) + "; " + where()};
  }
  open_barrier_if_all_there();
}

// The fiber continues with the next thread if that has not begun; otherwise it becomes idle and another one runs.
void BlockRunner::retire(unsigned thread) {
  Context* self = nullptr;
  {
    const Unobserved unobserved;
    end_thread(thread);
    std::unique_ptr<Fiber> fiber = std::move(threads_[thread].fiber);
    self = &fiber->context;
    if constexpr (kThreadSanitizer) {
      used_.push_back(std::move(fiber));
    } else {
      const int rank = fault_ ? -1 : ready_.take();
      if (rank >= 0 && threads_[thread_at_[static_cast<size_t>(rank)]].state == BlockThread::unstarted) {
        become(thread_at_[static_cast<size_t>(rank)]);
        fiber->assigned = current_;
        threads_[current_].fiber = std::move(fiber);
        return;
      }
      if (rank >= 0) ready_.insert(static_cast<unsigned>(rank));
      pool_.give_back(std::move(fiber));
    }
  }
  leave(*self);
}

void BlockRunner::leave(Context& from) {
  Context* to = &host_;
  {
    const Unobserved unobserved;
    const int rank = fault_ ? -1 : ready_.take();
    if (rank >= 0) {
      become(thread_at_[static_cast<size_t>(rank)]);
      if (threads_[current_].state == BlockThread::unstarted) start(current_);
      to = &threads_[current_].fiber->context;
    }
  }
  if (to != &from) switch_context(from, *to);
}

void BlockRunner::start(unsigned thread) {
  threads_[thread].fiber = pool_.draw(fiber_body, random_);
  threads_[thread].fiber->assigned = thread;
}

void BlockRunner::wait() {
  leave(threads_[current_].fiber->context);
  threads_[current_].state = BlockThread::running;
}

void BlockRunner::open_barrier_if_all_there() {
  if (at_barrier_ == 0 || at_barrier_ + ended_ < count_) return;
  at_barrier_ = 0;
  ++barriers_;
  for (unsigned i = 0; i < count_; ++i) {
    if (threads_[i].state == BlockThread::at_barrier) ready_.insert(rank_of_[i]);
  }
}

void BlockRunner::barrier(Location at) {
  Token& token = barrier_[barriers_ % 2];
  token.release();
  {
    const Unobserved unobserved;
    BlockThread& self = threads_[current_];
    self.state = BlockThread::at_barrier;
    self.at = at;
    if (at_barrier_++ == 0)
      barrier_at_ = at;
    else if (!same(at, barrier_at_))
      fault_ = Fault{cudaErrorLaunchFailure, "threads wait at different barriers: " + waiting_threads()};
    open_barrier_if_all_there();
  }
  wait();
  token.acquire();
}

void BlockRunner::exchange(void* value, size_t bytes, unsigned from, Location at) {
  Warp& warp = warps_[current_ / kWarpLanes];
  const unsigned first = current_ / kWarpLanes * kWarpLanes;
  auto* const slots = warp.slots[warp.generation % 2];
  {
    const Unobserved unobserved;
    std::memcpy(slots[current_ % kWarpLanes], value, bytes);
    BlockThread& self = threads_[current_];
    self.state = BlockThread::in_exchange;
    self.at = at;
    if (warp.arrived++ == 0)
      warp.at = at;
    else if (!same(at, warp.at))
      fault_ = Fault{cudaErrorLaunchFailure, "lanes of a warp meet at different places: " + waiting_threads()};
    if (warp.ended > 0) {
      fault_ = Fault{cudaErrorLaunchFailure,
                     "lanes of a warp wait for all 32 at " + text_of(at) + ", but some have ended; " + where()};
    }
    if (warp.arrived == warp.lanes) {
      warp.arrived = 0;
      ++warp.generation;
      for (unsigned i = first; i < first + warp.lanes; ++i) ready_.insert(rank_of_[i]);
    }
  }
  wait();
  const Unobserved unobserved;
  std::memcpy(value, slots[from % kWarpLanes], bytes);
}

void BlockRunner::abandon(Fault fault) {
  if (!fault_) fault_ = std::move(fault);
  leave(threads_[current_].fiber->context);
  std::abort();
}

// Back on the host: checks that every thread ended. Fibers of threads that did not are discarded.
std::optional<Fault> BlockRunner::verdict() {
  if (!fault_ && ended_ < count_) {
    fault_ = Fault{cudaErrorLaunchFailure, "threads wait for ever: " + waiting_threads()};
  }
  for (BlockThread& t : threads_) {
    if (kThreadSanitizer)
      static_cast<void>(t.fiber.release());  // TSan cannot end a fiber inside a function
    else
      t.fiber.reset();
  }
  return std::exchange(fault_, std::nullopt);
}

std::string BlockRunner::waiting_threads() const {
  std::string text;
  std::vector<Location> seen;
  for (unsigned i = 0; i < count_; ++i) {
    const BlockThread& t = threads_[i];
    if (t.state != BlockThread::at_barrier && t.state != BlockThread::in_exchange) continue;
    if (std::any_of(seen.begin(), seen.end(), [&](Location l) { return same(l, t.at); })) continue;
    seen.push_back(t.at);
    text += (text.empty() ? "thread " : ", thread ") + std::to_string(i) +
            (t.state == BlockThread::at_barrier ? " at " : " in a warp at ") + text_of(t.at);
  }
  return text;
}

}  // namespace standin
