// What happens when somebody touches device memory that they may not: a kernel ends with a fault, host code dies with a sentence.
#pragma once

namespace standin {

/// Under ASan and TSan it does nothing: their reports are better, and end the process.
void catch_stray_accesses();
/// Lets this host thread survive the overflow of a fiber's stack.
void use_signal_stack();
bool lock_is_mine();

}  // namespace standin
