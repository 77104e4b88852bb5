// Times the steps of a plan while a session runs it (keraunos/profile.h). Steps have the numbers of PlanDescription: those of a
// loop or branch follow it.
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/plan/nested.h"
#include "host/run/ranges.h"
#include "keraunos/profile.h"

namespace keraunos::host {

class StepClock {
 public:
  /// Number of steps: this one and those inside it.
  static size_t count(const PlannedStep& step);

  void begin_run(const Plan& plan, Stream& stream);
  void end_run();
  /// Later steps run inside a range of their name.
  void name_ranges(std::vector<std::string> names) { ranges_ = std::move(names); }
  /// The number of the first step of a plan or nested plan.
  size_t first_of(const Plan& plan) const { return first_.at(&plan); }

  template <class Work>
  void time(size_t step, Stream& stream, const Work& work) {
    stream.synchronize();
    const Range range(ranges_.empty() ? nullptr : ranges_[step].c_str());
    const int64_t inside_before = inside_, begin = now();
    const size_t at = open_span(step, begin);
    inside_ = 0;
    work();
    stream.synchronize();
    const int64_t duration = now() - begin;
    close_span(at, duration);
    own_[step] += duration - inside_;
    ++executions_[step];
    inside_ = inside_before + duration;
  }

  /// Writes the times of all runs so far, and the spans of the last.
  void write(Profile& profile) const;
  static StepTime time_of(std::vector<int64_t> samples);

 private:
  static constexpr size_t kMostSpans = 1'000'000;
  static int64_t now() { return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1); }
  void number(const Plan& plan, size_t first);
  void measure_overhead(Stream& stream);
  size_t open_span(size_t step, int64_t begin);
  void close_span(size_t at, int64_t duration);

  const Plan* plan_ = nullptr;
  std::unordered_map<const Plan*, size_t> first_;
  int64_t begun_ = 0, inside_ = 0;  // `inside_`: time of the steps inside the current one
  std::vector<int64_t> own_, executions_;
  std::vector<std::vector<int64_t>> samples_;  // by step, of each run
  std::vector<int64_t> whole_;
  std::vector<std::string> ranges_;  // one per step
  std::vector<StepSpan> spans_;
  int64_t left_out_ = 0, overhead_ = 0;
};

}  // namespace keraunos::host
