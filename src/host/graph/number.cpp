#include "host/graph/number.h"

#include <charconv>

namespace keraunos::host {

std::string text_of(Number number) {
  char characters[32];
  const auto end = std::to_chars(characters, characters + sizeof characters, number.value).ptr;
  return {characters, end};
}

}  // namespace keraunos::host
