// The keys are documented in README.md, "A plan as JSON". Users' programs read them, so their meaning must not change.
#include "loader/plan_json.h"

namespace keraunos::loader {
namespace {

using files::Json;
using Operand = PlanDescription::Operand;

Json dims_json(const Dims& dims) {
  Json list = Json::array();
  for (const int64_t extent : dims) list.push_back(extent);
  return list;
}

Json operand_json(const Operand& operand) {
  Json object = Json::object({{"place", name_of(operand.place)}});
  if (operand.place == Operand::Place::absent) return object;
  const bool numbered =
      operand.place == Operand::Place::input || operand.place == Operand::Place::output || operand.place == Operand::Place::state;
  const bool in_arena = operand.place == Operand::Place::arena || operand.place == Operand::Place::host_arena;
  if (numbered) object.set("index", operand.index);
  if (in_arena) object.set("offset", operand.offset);
  object.set("dtype", name_of(operand.dtype));
  object.set("shape", dims_json(operand.dims));
  object.set("bytes", operand.bytes);
  return object;
}

Json port_json(const PlanDescription::Port& port) {
  return Json::object({{"name", port.name},
                       {"dtype", name_of(port.dtype)},
                       {"shape", dims_json(port.dims)},
                       {"bytes", port.bytes},
                       {"on_host", port.on_host}});
}

template <class T, class Convert>
Json list_json(const std::vector<T>& items, const Convert& convert) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(convert(item));
  return list;
}

Json step_json(const PlanDescription::Step& step) {
  return Json::object({{"operation", step.operation},
                       {"kernel", step.kernel},
                       {"layer", step.layer},
                       {"operands", list_json(step.operands, operand_json)},
                       {"results", list_json(step.results, operand_json)},
                       {"flops", step.flops},
                       {"bytes_read", step.bytes_read},
                       {"bytes_written", step.bytes_written},
                       {"launches", step.launches},
                       {"support", name_of(step.support)},
                       {"reason", step.reason},
                       {"depth", step.depth},
                       {"part", step.part},
                       {"turns", step.turns}});
}

Json note_json(const PlanDescription::Note& note) { return Json::object({{"layer", note.layer}, {"text", note.text}}); }

Json memory_json(const PlanDescription::Memory& memory) {
  return Json::object({{"arena", memory.arena},
                       {"host_arena", memory.host_arena},
                       {"workspace", memory.workspace},
                       {"intermediate", memory.intermediate},
                       {"constants", memory.constants},
                       {"inputs", memory.inputs},
                       {"outputs", memory.outputs}});
}

}  // namespace

Json plan_json(const PlanDescription& plan) {
  return Json::object({{"device", plan.device},
                       {"rows", plan.rows},
                       {"rows_at_a_time", plan.rows_at_a_time},
                       {"side_by_side", plan.side_by_side},
                       {"inputs", list_json(plan.inputs, port_json)},
                       {"outputs", list_json(plan.outputs, port_json)},
                       {"states", list_json(plan.states, port_json)},
                       {"steps", list_json(plan.steps, step_json)},
                       {"memory", memory_json(plan.memory)},
                       {"flops", plan.flops},
                       {"bytes_read", plan.bytes_read},
                       {"bytes_written", plan.bytes_written},
                       {"launches", plan.launches},
                       {"notes", list_json(plan.notes, note_json)}});
}

}  // namespace keraunos::loader

namespace keraunos {

std::string to_json(const PlanDescription& plan) { return loader::plan_json(plan).dump(); }

}  // namespace keraunos
