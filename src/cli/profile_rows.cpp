#include "cli/profile_rows.h"

#include <algorithm>
#include <unordered_map>

#include "loader/plan_json.h"

namespace keraunos::cli {
namespace {

using files::Json;

ProfiledStep row_of(const Profile& profile, size_t i, double total) {
  const PlanDescription::Step& step = profile.plan.steps[i];
  const auto executions = static_cast<double>(profile.steps[i].executions);
  ProfiledStep row{.step = i};
  row.share = total > 0 ? profile.steps[i].median_ns / total : 0;
  row.flops = step.flops * executions;
  row.bytes = static_cast<double>(step.bytes_read + step.bytes_written) * executions;
  if (step.turns != 0) row.bytes = 0;  // counted for the steps inside it
  return row;
}

Json time_json(const StepTime& time) {
  return Json::object(
      {{"executions", time.executions}, {"min_ns", time.min_ns}, {"median_ns", time.median_ns}, {"total_ns", time.total_ns}});
}

double rate(double amount, double ns) { return ns > 0 ? amount / ns : 0; }

Json step_json(const Profile& profile, const ProfiledStep& row) {
  const StepTime& time = profile.steps[row.step];
  return Json::object({{"step", static_cast<int64_t>(row.step)},
                       {"share", row.share},
                       {"time", time_json(time)},
                       {"gflops", rate(row.flops, time.median_ns)},
                       {"gigabytes_per_second", rate(row.bytes, time.median_ns)}});
}

Json layer_json(const ProfiledLayer& layer) {
  return Json::object({{"layer", layer.layer},
                       {"share", layer.share},
                       {"median_ns", layer.median_ns},
                       {"steps", layer.steps},
                       {"gflops", rate(layer.flops, layer.median_ns)},
                       {"gigabytes_per_second", rate(layer.bytes, layer.median_ns)}});
}

}  // namespace

ProfileRows rows_of(const Profile& profile) {
  ProfileRows rows;
  for (const StepTime& time : profile.steps) rows.total_ns += time.median_ns;
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < profile.steps.size(); ++i) {
    const ProfiledStep& row = rows.steps.emplace_back(row_of(profile, i, rows.total_ns));
    const std::string& name = profile.plan.steps[i].layer;
    const auto [place, is_new] = places.emplace(name, rows.layers.size());
    if (is_new) rows.layers.emplace_back().layer = name;
    ProfiledLayer& layer = rows.layers[place->second];
    layer.share += row.share, layer.median_ns += profile.steps[i].median_ns;
    layer.flops += row.flops, layer.bytes += row.bytes, ++layer.steps;
  }
  const auto slower = [](const auto& a, const auto& b) { return a.share > b.share; };
  std::stable_sort(rows.steps.begin(), rows.steps.end(), slower);
  std::stable_sort(rows.layers.begin(), rows.layers.end(), slower);
  return rows;
}

Json profile_json(const std::string& model, const Profile& profile) {
  const ProfileRows rows = rows_of(profile);
  Json steps = Json::array(), layers = Json::array();
  for (const ProfiledStep& row : rows.steps) steps.push_back(step_json(profile, row));
  for (const ProfiledLayer& layer : rows.layers) layers.push_back(layer_json(layer));
  return Json::object({{"name", model},
                       {"device", profile.plan.device},
                       {"runs", int64_t{profile.runs}},
                       {"timed", time_json(profile.timed)},
                       {"untimed", time_json(profile.untimed)},
                       {"overhead_ns", profile.overhead_ns},
                       {"steps_ns", rows.total_ns},
                       {"layers", std::move(layers)},
                       {"steps", std::move(steps)},
                       {"plan", loader::plan_json(profile.plan)}});
}

}  // namespace keraunos::cli
