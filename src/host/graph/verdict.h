// A device's answer to a support query.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace keraunos::host {

/// How well a device runs a node; the reason says why not fast.
struct Verdict {
  enum Speed : uint8_t { refused, slow, fast } speed = fast;
  std::string reason{};
};

inline Verdict refused(std::string reason) { return {Verdict::refused, std::move(reason)}; }
inline Verdict slow(std::string reason) { return {Verdict::slow, std::move(reason)}; }

}  // namespace keraunos::host
