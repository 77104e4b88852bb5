// A service that answers requests on threads of its own, all with one model, which can be replaced while requests run.
#pragma once

#include <keraunos/keraunos.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace example {

class Service {
 public:
  Service(keraunos::Model model, int threads) : model_(std::make_shared<const keraunos::Model>(std::move(model))) {
    for (int i = 0; i < threads; ++i) workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }

  /// Puts a request of one input into the queue. The future holds the result, or what predict() threw.
  std::future<keraunos::Tensor> ask(keraunos::Tensor input) {
    Request request{std::move(input), {}};
    std::future<keraunos::Tensor> answer = request.answer.get_future();
    {
      const std::scoped_lock lock(mutex_);
      queue_.push_back(std::move(request));
    }
    waiting_.notify_one();
    return answer;
  }

  /// Later requests are answered by `next`. Requests that run finish with the model they began with, which ends with the last of
  /// them. Load and warm `next` before: then no request waits.
  void swap(keraunos::Model next) { model_.store(std::make_shared<const keraunos::Model>(std::move(next))); }

 private:
  struct Request {
    keraunos::Tensor input;
    std::promise<keraunos::Tensor> answer;
  };

  // What is in the queue when the service ends is still answered.
  void work(const std::stop_token& stop) {
    for (;;) {
      std::unique_lock lock(mutex_);
      waiting_.wait(lock, stop, [this] { return !queue_.empty(); });
      if (queue_.empty()) return;
      Request request = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      answer(request);
    }
  }

  void answer(Request& request) const try {
    const std::shared_ptr<const keraunos::Model> model = model_.load();  // one model for the whole request
    request.answer.set_value(model->predict(request.input));
  } catch (...) {
    request.answer.set_exception(std::current_exception());
  }

  std::atomic<std::shared_ptr<const keraunos::Model>> model_;
  std::mutex mutex_;
  std::condition_variable_any waiting_;
  std::deque<Request> queue_;
  std::vector<std::jthread> workers_;  // last, so that they end first
};

}  // namespace example
