// Handles forbidden accesses to device memory: a kernel ends with a fault, host code ends the process with a message.
#pragma once

namespace standin {

/// Does nothing under ASan and TSan, whose reports are better and end the process.
void catch_stray_accesses();
/// Lets this host thread handle a stack overflow of a fiber.
void use_signal_stack();
bool lock_is_mine();

}  // namespace standin
