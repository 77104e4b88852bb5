// The device that tests of the C interface run on, and its memory and streams as a caller of the library has them.
#pragma once

#include "keraunos.h"

extern const keraunos_device_kind device_under_test;

/// On the CPU there is no stream: NULL.
keraunos_stream new_stream(void);
void wait_for(keraunos_stream stream);
void end_stream(keraunos_stream stream);
/// Memory of the device, with a copy of `from` where that is not NULL.
void* device_memory(const void* from, size_t bytes);
void copy_to_host(void* to, const void* from, size_t bytes);
void free_device_memory(void* memory);
