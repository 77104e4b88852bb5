// Several clients ask one service, whose model is replaced while they do. Every answer has to be that of one model or of the
// other, and a request that does not fit gets its error without disturbing others.
//
//   serve FIRST.keras SECOND.keras        two models of one input (None, 3), of different weights
#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "service.h"

namespace {

keraunos::Tensor rows_of(float value) {
  keraunos::Tensor rows(keraunos::DType::float32, {4, 3});
  std::ranges::fill(rows.mutable_values<float>(), value);
  return rows;
}

bool same(const keraunos::Tensor& a, const keraunos::Tensor& b) {
  return std::ranges::equal(a.values<float>(), b.values<float>());
}

struct Counts {
  std::atomic<int> first = 0, second = 0, neither = 0;
};

void be_a_client(example::Service& service, const keraunos::Tensor& of_first, const keraunos::Tensor& of_second, Counts& counts) {
  while (counts.second < 100) {
    const keraunos::Tensor answer = service.ask(rows_of(0.5f)).get();
    ++(same(answer, of_first) ? counts.first : same(answer, of_second) ? counts.second : counts.neither);
    if (counts.neither > 0) return;
  }
}

// The error of a request reaches the one who asked.
bool refuses(example::Service& service) {
  try {
    service.ask(keraunos::Tensor(keraunos::DType::float32, {3, 4})).get();  // refused before its elements are read
    return false;
  } catch (const keraunos::UsageError&) {
    return true;
  }
}

int serve(const char* first_file, const char* second_file) {
  // One thread for each call: the service's threads share the processors.
  const keraunos::LoadOptions options{.threads = 1};
  const keraunos::Model first = keraunos::load_model(first_file, options), second = keraunos::load_model(second_file, options);
  const keraunos::Tensor input = rows_of(0.5f);
  const keraunos::Tensor of_first = first.predict(input), of_second = second.predict(input);  // plans are made here

  if (same(of_first, of_second)) throw std::runtime_error("the two models compute the same: their answers cannot be told apart");

  example::Service service(first, 4);
  Counts counts;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 3; ++i) clients.emplace_back([&] { be_a_client(service, of_first, of_second, counts); });
    while (counts.first < 100 && counts.neither == 0) std::this_thread::yield();
    service.swap(second);
  }
  const bool refused = refuses(service);
  std::printf("%s; answers of neither model: %d; a request that does not fit is %s\n",
              counts.first >= 100 && counts.second >= 100 ? "both models answered" : "a model did not answer",
              counts.neither.load(), refused ? "refused" : "answered");
  return counts.neither == 0 && refused ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: serve FIRST.keras SECOND.keras\n");
    return 2;
  }
  try {
    return serve(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "serve: %s\n", error.what());
    return 1;
  }
}
