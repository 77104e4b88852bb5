#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include "cli/commands.h"
#include "loader/files/json.h"

namespace keraunos::cli {
namespace {

double microseconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double, std::micro>(d).count(); }

double percentile(const std::vector<double>& sorted, double share) {
  const auto index = static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[index];
}

}  // namespace

// Times whole predict calls: conversion included, planning done before, result allocated. Warm-up is a tenth of the time, at
// least three calls.
int bench(const BenchCommand& command) {
  using clock = std::chrono::steady_clock;
  const Model model = command.load();
  const Named arrays = arrays_or_random(command, model, command.inputs, command.batch);
  const NamedViews inputs = inputs_for(model, arrays, command.inputs);
  const int64_t rows = inputs.empty() || inputs[0].second.dims.rank() == 0 ? 1 : inputs[0].second.dims[0];
  const auto call = [&] {
    const auto begun = clock::now();
    const Named outputs = predicted(model, inputs);
    return microseconds(clock::now() - begun);
  };
  const auto warm_until = clock::now() + std::chrono::milliseconds(200);
  for (int i = 0; i < 3 || clock::now() < warm_until; ++i) call();
  std::vector<double> times;
  const auto until = clock::now() + std::chrono::seconds(2);
  while (command.repeats > 0 ? static_cast<int>(times.size()) < command.repeats : times.size() < 5 || clock::now() < until)
    times.push_back(call());
  std::sort(times.begin(), times.end());
  const double median = percentile(times, 0.5);
  const int threads = command.threads > 0 ? command.threads : static_cast<int>(std::thread::hardware_concurrency());
  const double rate = static_cast<double>(rows) / median * 1e6;
  if (command.json) {
    std::cout << files::Json::object({{"min_us", times.front()},
                                      {"median_us", median},
                                      {"p90_us", percentile(times, 0.9)},
                                      {"p99_us", percentile(times, 0.99)},
                                      {"samples_per_second", rate},
                                      {"calls", static_cast<int64_t>(times.size())},
                                      {"batch", rows},
                                      {"device", model.device().to_string()},
                                      {"precision", command.precision},
                                      {"threads", int64_t{threads}}})
                     .dump()
              << '\n';
  } else {
    std::cout << "device " << model.device().to_string() << ", batch " << rows << ", " << times.size() << " calls\n"
              << "min " << times.front() << " us, median " << median << " us, p90 " << percentile(times, 0.9) << " us, p99 "
              << percentile(times, 0.99) << " us, " << rate << " samples/s\n";
  }
  return 0;
}

}  // namespace keraunos::cli
