#include "host/ops/call.h"

#include <typeinfo>

#include "host/graph/row_rule.h"
#include "keraunos/error.h"

namespace keraunos::host {

bool operator==(const Call& a, const Call& b) {
  if (a.kernel == b.kernel) return true;
  if (a.kernel == nullptr || b.kernel == nullptr) return false;
  const Kernel &first = *a.kernel, &second = *b.kernel;
  return typeid(first) == typeid(second) && first.name() == second.name() && first.parameters() == second.parameters();
}

std::string Call::text() const { return kernel == nullptr ? "call" : "call " + kernel->name() + ' ' + kernel->parameters(); }

void Call::mix(Hash& hash) const {
  if (kernel != nullptr) hash.text(kernel->name()).text(kernel->parameters());
}

void Call::check(const NodeView&) const {
  if (kernel == nullptr) throw UsageError("a call without a kernel");
}

int Call::rows(const RowRule& rule) const {
  const int found = rule.leading();
  return found == RowRule::kNone || kernel->rows_are_local() ? found : RowRule::kMixed;
}

}  // namespace keraunos::host
