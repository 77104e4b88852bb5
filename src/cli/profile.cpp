// The command profile: tables of layers and steps with their times, or the same as JSON or as a trace.
#include <algorithm>
#include <iostream>

#include "cli/commands.h"
#include "cli/profile_rows.h"
#include "cli/text.h"
#include "cli/trace.h"
#include "loader/files/npy.h"

namespace keraunos::cli {
namespace {

std::string microseconds_of(double ns) { return fixed(ns / 1e3, 2); }
std::string percent(double share) { return fixed(100 * share, 1) + " %"; }
std::string rate_of(double amount, double ns) { return amount > 0 && ns > 0 ? fixed(amount / ns, 2) : ""; }

void print_layers(const std::vector<ProfiledLayer>& layers, size_t most) {
  Table table({"share", "median us", "GFLOP/s", "GB/s", "steps", "layer"}, "rrrrrl");
  for (size_t i = 0; i < std::min(most, layers.size()); ++i) {
    const ProfiledLayer& layer = layers[i];
    table.row({percent(layer.share), microseconds_of(layer.median_ns), rate_of(layer.flops, layer.median_ns),
               rate_of(layer.bytes, layer.median_ns), std::to_string(layer.steps), layer.layer});
  }
  std::cout << "\nby layer\n" << table.text();
}

std::string name_of_step(const PlanDescription::Step& step) {
  return step.part.empty() ? step.operation : step.part + ": " + step.operation;
}

void print_steps(const Profile& profile, const std::vector<ProfiledStep>& steps, size_t most) {
  Table table({"share", "median us", "min us", "times", "GFLOP/s", "GB/s", "support", "kernel", "operation", "layer"},
              "rrrrrrllll");
  std::string reasons;
  for (size_t i = 0; i < std::min(most, steps.size()); ++i) {
    const ProfiledStep& row = steps[i];
    const PlanDescription::Step& step = profile.plan.steps[row.step];
    const StepTime& time = profile.steps[row.step];
    table.row({percent(row.share), microseconds_of(time.median_ns), microseconds_of(time.min_ns), std::to_string(time.executions),
               rate_of(row.flops, time.median_ns), rate_of(row.bytes, time.median_ns), std::string(name_of(step.support)),
               shortened(step.kernel, 30), shortened(name_of_step(step), 50), step.layer});
    if (!step.reason.empty()) reasons += "  " + step.layer + ": " + step.reason + '\n';
  }
  std::cout << "\nby step\n" << table.text();
  if (!reasons.empty()) std::cout << "\nnot fast\n" << without_controls(reasons, '\n');
}

void print_left_out(size_t most, size_t steps) {
  if (most < steps) std::cout << "\n" << steps - most << " more steps; --top 0 lists all\n";
}

void print(const Model& model, const Profile& profile, const ProfileCommand& command) {
  const ProfileRows rows = rows_of(profile);
  const size_t most = command.top > 0 ? static_cast<size_t>(command.top) : rows.steps.size();
  const auto times = [](const StepTime& time) {
    return microseconds_of(time.median_ns) + " us (min " + microseconds_of(time.min_ns) + ")";
  };
  std::cout << "model " << without_controls(model.name()) << " on " << profile.plan.device << ", rows " << profile.plan.rows
            << ", " << profile.runs << " runs\n"
            << "a run " << times(profile.untimed) << "; with a time for each step " << times(profile.timed) << ", of which steps "
            << microseconds_of(rows.total_ns) << " us; each execution has " << fixed(profile.overhead_ns, 0)
            << " ns of timing in it\n";
  if (profile.plan.rows_at_a_time < profile.plan.rows) {
    std::cout << "predict computes these rows " << profile.plan.rows_at_a_time << " at a time"
              << (profile.plan.side_by_side ? ", side by side" : "") << "; here they are computed all together\n";
  }
  print_layers(rows.layers, most);
  print_steps(profile, rows.steps, most);
  print_left_out(most, rows.steps.size());
}

}  // namespace

Named arrays_or_random(const ModelOptions& options, const Model& model, const std::string& file, int64_t batch) {
  if (file.empty()) return random_inputs(model, batch, 7);
  return files::read_arrays(file, std::make_shared<files::MemoryBudget>(options.max_bytes));
}

Profile profiled(const Model& model, const NamedViews& inputs, const ProfileOptions& options) {
  try {
    return keraunos::profile(model, inputs, options);
  } catch (const UsageError& error) {
    throw DataError(error.what());
  }
}

int profile(const ProfileCommand& command) {
  if (!command.trace.empty()) files::refuse_unwritable(command.trace);
  const Model model = command.load();
  if (command.nvtx && model.device().kind == Device::cpu)
    throw UsageError("--nvtx is for a model on a GPU, this one is on the CPU; add --device cuda");
  const Named arrays = arrays_or_random(command, model, command.inputs, command.batch);
  const Profile profile =
      profiled(model, inputs_for(model, arrays, command.inputs), {.runs = command.runs, .nvtx = command.nvtx});
  if (!command.trace.empty()) write_trace(command.trace, model.name(), profile);
  if (command.json)
    std::cout << profile_json(model.name(), profile).dump() << '\n';
  else
    print(model, profile, command);
  return 0;
}

}  // namespace keraunos::cli
