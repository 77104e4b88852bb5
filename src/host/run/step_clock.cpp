#include "host/run/step_clock.h"

#include <algorithm>
#include <numeric>

namespace keraunos::host {
namespace {

size_t steps_in(const Plan& plan) {
  size_t steps = 0;
  for (const PlannedStep& step : plan.steps) steps += StepClock::count(step);
  return steps;
}

}  // namespace

size_t StepClock::count(const PlannedStep& step) {
  if (step.nested == nullptr) return 1;
  return 1 + steps_in(*step.nested->first) + (step.nested->second == nullptr ? 0 : steps_in(*step.nested->second));
}

void StepClock::number(const Plan& plan, size_t first) {
  first_[&plan] = first;
  for (const PlannedStep& step : plan.steps) {
    if (step.nested != nullptr) {
      number(*step.nested->first, first + 1);
      if (step.nested->second != nullptr) number(*step.nested->second, first + 1 + steps_in(*step.nested->first));
    }
    first += count(step);
  }
}

void StepClock::begin_run(const Plan& plan, Stream& stream) {
  if (plan_ != &plan) {  // the first run, or the model dropped the plan in between and made it again
    plan_ = &plan;
    first_.clear();
    number(plan, 0);
    samples_.resize(steps_in(plan));
    measure_overhead(stream);
  }
  own_.assign(samples_.size(), 0);
  executions_.assign(samples_.size(), 0);
  spans_.clear();  // keeps its capacity, so that later runs do not allocate
  left_out_ = inside_ = 0;
  begun_ = now();
}

void StepClock::end_run() {
  whole_.push_back(now() - begun_);
  for (size_t i = 0; i < samples_.size(); ++i) samples_[i].push_back(own_[i]);
}

void StepClock::measure_overhead(Stream& stream) {
  constexpr size_t kTries = 101;
  own_.assign(1, 0), executions_.assign(1, 0);
  std::vector<std::string> ranges = std::exchange(ranges_, {});  // ranges are for steps, not for the calibration
  std::vector<int64_t> times;
  for (size_t i = 0; i < kTries; ++i) {
    own_[0] = 0;
    time(0, stream, [] {});
    times.push_back(own_[0]);
  }
  std::nth_element(times.begin(), times.begin() + kTries / 2, times.end());
  overhead_ = times[kTries / 2];
  ranges_ = std::move(ranges);
}

size_t StepClock::open_span(size_t step, int64_t begin) {
  if (spans_.size() < kMostSpans)
    spans_.push_back({.step = step, .begin_ns = static_cast<double>(begin - begun_), .duration_ns = 0});
  else
    return ++left_out_, kMostSpans;
  return spans_.size() - 1;
}

void StepClock::close_span(size_t at, int64_t duration) {
  if (at < kMostSpans) spans_[at].duration_ns = static_cast<double>(duration);
}

StepTime StepClock::time_of(std::vector<int64_t> samples) {
  StepTime time{.executions = 1};
  if (samples.empty()) return time;
  std::sort(samples.begin(), samples.end());
  const size_t middle = samples.size() / 2;
  time.min_ns = static_cast<double>(samples.front());
  time.median_ns = samples.size() % 2 == 1 ? static_cast<double>(samples[middle])
                                           : static_cast<double>(samples[middle - 1] + samples[middle]) / 2;
  time.total_ns = static_cast<double>(std::accumulate(samples.begin(), samples.end(), int64_t{0}));
  return time;
}

void StepClock::write(Profile& profile) const {
  for (size_t i = 0; i < samples_.size(); ++i) {
    profile.steps.push_back(time_of(samples_[i]));
    profile.steps.back().executions = executions_[i];
  }
  profile.timed = time_of(whole_);
  profile.overhead_ns = static_cast<double>(overhead_);
  profile.spans = spans_;
  profile.spans_left_out = left_out_;
}

}  // namespace keraunos::host
