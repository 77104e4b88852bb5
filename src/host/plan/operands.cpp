#include "host/plan/planning.h"

namespace keraunos::host {
namespace {

Slot constant_slot(Planning& planning, const ValueInfo& info, Place place) {
  int64_t* const made = &planning.plan->constant_bytes;
  const bool on_host = place == Place::host && planning.apart();
  const std::shared_ptr<const void> memory = on_host ? planning.store.on_host(info, made) : planning.store.on_device(info, made);
  planning.plan->constants.push_back({memory, bytes_of(info)});
  return {.kind = Slot::constant, .pointer = memory.get()};
}

void copy_to(Planning& planning, int root, Place place) {
  const bool to_host = place == Place::host;
  const ValueInfo& info = planning.graph.info({root});
  const int64_t bytes = bytes_of(info);
  const Slot from = planning.buffers.read(root, to_host ? Place::device : Place::host);
  const Buffer here = planning.buffers.fresh(bytes, place);
  planning.buffers.at(root, place) = here;
  planning.plan->steps.push_back({.kind = to_host ? PlannedStep::to_host : PlannedStep::to_device,
                                  .in = {from},
                                  .out = {here.slot},
                                  .in_types = {type_of(info)},
                                  .out_types = {type_of(info)},
                                  .bytes = bytes,
                                  .bytes_read = bytes,
                                  .text = to_host ? "copy to the host" : "copy to the device"});
}

}  // namespace

Slot operand_slot(Planning& planning, Value operand, Place place) {
  const int root = planning.lives.root(operand);
  if (planning.graph.is_constant({root})) return constant_slot(planning, planning.graph.info({root}), place);
  if (!planning.buffers.at(root, place).made) copy_to(planning, root, place);
  return planning.buffers.read(root, place);
}

}  // namespace keraunos::host
