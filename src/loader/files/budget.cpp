#include "loader/files/budget.h"

#include <string>

#include "keraunos/error.h"

namespace keraunos::files {

void MemoryBudget::take(uint64_t bytes, std::string_view what) {
  uint64_t before = used_.load();
  do {
    if (before <= limit_ && bytes <= limit_ - before) continue;
    throw ModelError(std::string(what) + " needs " + std::to_string(bytes) + " bytes of memory beside " + std::to_string(before) +
                     " that loading already takes, more than the limit of " + std::to_string(limit_) +
                     " bytes; if the file is to be trusted, raise LoadOptions::max_bytes (--max-bytes)");
  } while (!used_.compare_exchange_weak(before, before + bytes));
}

}  // namespace keraunos::files
