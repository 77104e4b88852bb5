#include "host/ops/pointwise.h"

#include "host/graph/row_rule.h"
#include "host/ops/program_rules.h"
#include "keraunos/error.h"

namespace keraunos::host {

std::string Pointwise::text() const { return "pointwise {" + to_string(program) + '}'; }

void Pointwise::mix(Hash& hash) const { hash.mix(hash_of(program)); }

void Pointwise::check(const NodeView& node) const {
  check_program(program);
  if (program.result() != node.out().dtype) throw UsageError("the program's result has a wrong dtype");
  check_inputs(program, 0, node, 0, node.out().shape);
}

int Pointwise::rows(const RowRule& rule) const { return rule.aligned(0); }

}  // namespace keraunos::host
