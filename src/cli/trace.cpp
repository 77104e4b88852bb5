#include "cli/trace.h"

#include <fstream>

#include "cli/commands.h"
#include "loader/files/json.h"

namespace keraunos::cli {
namespace {

using files::Json;

// Names are valid UTF-8, because other files are refused at loading.
Json shapes_json(const std::vector<PlanDescription::Operand>& operands) {
  Json list = Json::array();
  for (const PlanDescription::Operand& operand : operands) {
    if (operand.place == PlanDescription::Operand::Place::absent) continue;
    list.push_back(std::string(name_of(operand.dtype)) + ' ' + operand.dims.to_string());
  }
  return list;
}

Json arguments_json(const PlanDescription::Step& step, size_t number) {
  Json arguments = Json::object({{"step", static_cast<int64_t>(number)},
                                 {"operation", step.operation},
                                 {"layer", step.layer},
                                 {"kernel", step.kernel},
                                 {"operands", shapes_json(step.operands)},
                                 {"results", shapes_json(step.results)},
                                 {"bytes_read", step.bytes_read},
                                 {"bytes_written", step.bytes_written},
                                 {"flops", step.flops},
                                 {"support", name_of(step.support)}});
  if (!step.reason.empty()) arguments.set("reason", step.reason);
  return arguments;
}

Json metadata(const char* what, const std::string& name) {
  return Json::object({{"ph", "M"}, {"pid", 1}, {"tid", 1}, {"name", what}, {"args", Json::object({{"name", name}})}});
}

}  // namespace

void write_trace(const std::string& file, const std::string& model, const Profile& profile) {
  Json events = Json::array();
  events.push_back(metadata("process_name", model + " on " + profile.plan.device));
  events.push_back(metadata("thread_name", "steps"));
  for (const StepSpan& span : profile.spans) {
    const PlanDescription::Step& step = profile.plan.steps[span.step];
    events.push_back(Json::object({{"ph", "X"},
                                   {"pid", 1},
                                   {"tid", 1},
                                   {"ts", span.begin_ns / 1e3},
                                   {"dur", span.duration_ns / 1e3},
                                   {"cat", step.kernel.empty() ? "copy" : "step"},
                                   {"name", step.layer.empty() ? step.operation : step.layer + ": " + step.operation},
                                   {"args", arguments_json(step, span.step)}}));
  }
  std::ofstream out(file, std::ios::binary);
  out << Json::object({{"displayTimeUnit", "ns"}, {"traceEvents", std::move(events)}}).dump() << '\n';
  if (!out.flush()) throw UsageError("'" + file + "' cannot be written");
  if (profile.spans_left_out > 0) {
    note("keraunos: the trace lists the first " + std::to_string(profile.spans.size()) + " executions of steps; " +
         std::to_string(profile.spans_left_out) + " more are left out");
  }
}

}  // namespace keraunos::cli
