// Error messages are part of the interface: tests check their words.
#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "keraunos/error.h"

namespace keraunos {

/// `call` must throw an E whose message contains `words`.
template <class E = ModelError, class Call>
void expect_error(const Call& call, std::string_view words) {
  try {
    call();
    ADD_FAILURE() << "nothing was thrown; expected: " << words;
  } catch (const E& error) {
    EXPECT_NE(std::string_view(error.what()).find(words), std::string_view::npos) << error.what() << "\nexpected: " << words;
  }
}

}  // namespace keraunos
