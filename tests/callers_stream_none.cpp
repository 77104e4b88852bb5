#include "callers_stream.h"

namespace keraunos {
CallersStream::CallersStream() = default;
CallersStream::~CallersStream() = default;
void CallersStream::synchronize() const {}
}  // namespace keraunos
