// Many threads that begin at the same moment; run() rethrows an exception of any of them.
#pragma once

#include <exception>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

namespace keraunos {

inline void run_crowd(int count, const std::function<void(int thread)>& work) {
  std::latch start(count);
  std::vector<std::exception_ptr> thrown(static_cast<size_t>(count));
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) {
    threads.emplace_back([&, t] {
      start.arrive_and_wait();
      try {
        work(t);
      } catch (...) {
        thrown[static_cast<size_t>(t)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : thrown) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace keraunos
