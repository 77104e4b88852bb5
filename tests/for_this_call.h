// A view of a temporary does not compile, since it would dangle; for a call in the same expression the temporary lives long
// enough, and this allows it.
#pragma once

namespace keraunos {

template <class T>
const T& for_this_call(const T& temporary) {
  return temporary;
}

}  // namespace keraunos
