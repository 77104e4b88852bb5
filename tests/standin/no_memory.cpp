#include "standin/no_memory.h"

#include <atomic>

namespace standin {
namespace {

std::atomic<int64_t> calls_left = -1;  // below 0: memory is available
std::atomic<int64_t> objects = 0;

}  // namespace

void run_out_of_memory_after(int64_t calls) { calls_left = calls; }
bool ran_out_of_memory() { return calls_left < 0; }
bool lacks_memory() { return calls_left >= 0 && calls_left.fetch_sub(1) == 0; }

int64_t library_objects() { return objects; }
void count_library_object(int change) { objects += change; }

}  // namespace standin
