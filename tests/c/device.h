// The device of the tests of the C interface, with memory and streams as a caller of the library makes them.
#pragma once

#include "keraunos.h"

extern const keraunos_device_kind device_under_test;

/// A new stream; NULL on the CPU.
keraunos_stream new_stream(void);
void wait_for(keraunos_stream stream);
void end_stream(keraunos_stream stream);
/// Memory of the device, with a copy of `from` unless that is NULL.
void* device_memory(const void* from, size_t bytes);
void copy_to_host(void* to, const void* from, size_t bytes);
void free_device_memory(void* memory);
