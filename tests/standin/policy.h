// The choices that CUDA's rules leave to the stand-in: which of the ready operations runs next, when, and the order of a kernel's
// threads and blocks. A uniform random choice is a weak adversary, so each seed biases the choice in one way.
#pragma once

#include <cstdint>

namespace standin {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t n) { return next() % n; }

 private:
  uint64_t state_;
};

struct Policy {
  enum class Order : uint8_t {
    submission,   ///< in the order of submission
    needed_only,  ///< only operations that the host waits for
    uniform,
    newest,
    others_first  ///< first everything that the host does not wait for, then the rest
  };
  enum class Staging : uint8_t { late, at_once, blocking };  ///< how an asynchronous copy treats pageable memory
  enum class Ranks : uint8_t { plain, by_thread, by_warp };  ///< a random priority, fixed per thread or per warp

  Order order = Order::submission;
  Staging staging = Staging::late;
  Ranks ranks = Ranks::plain;
  bool spontaneous = false;  ///< operations also run inside calls that do not need them
};

/// Seed 0 is the plain policy. Seeds 1 … 8 cover each order of operations twice, without and with spontaneous runs.
inline Policy policy_of(uint64_t seed) {
  if (seed == 0) return {};
  constexpr Policy::Order kOrders[] = {Policy::Order::needed_only, Policy::Order::newest, Policy::Order::others_first,
                                       Policy::Order::uniform};
  constexpr Policy::Staging kStagings[] = {Policy::Staging::late, Policy::Staging::at_once, Policy::Staging::blocking};
  return {kOrders[(seed - 1) % 4], kStagings[(seed - 1) % 3], seed % 2 == 0 ? Policy::Ranks::by_warp : Policy::Ranks::by_thread,
          (seed - 1) / 4 % 2 == 1};
}

}  // namespace standin
