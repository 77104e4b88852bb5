// The message of a call that must fail.
#pragma once

#include <string>

#include "keraunos/error.h"

namespace keraunos {

template <class Problem = Error, class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Problem& problem) {
    return problem.what();
  }
  return "nothing was thrown";
}

}  // namespace keraunos
