// What stands around each function of the C interface: no exception leaves it, and no NULL is followed.
#pragma once

#include <span>

#include "keraunos.h"

namespace keraunos::c {

/// The status of the exception that is being handled; its description goes to `error` where somebody asks for it.
keraunos_status caught(keraunos_error** error) noexcept;

template <class Work>
keraunos_status guarded(keraunos_error** error, const Work& work) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    work();
    return KERAUNOS_OK;
  } catch (...) {
    return caught(error);
  }
}

[[noreturn]] void refuse_null(const char* argument);

template <class T>
T& given(T* argument, const char* name) {
  if (argument == nullptr) refuse_null(name);
  return *argument;
}

/// `count` elements, at NULL only where there are none.
template <class T>
std::span<T> array_of(T* elements, size_t count, const char* name) {
  if (count > 0) given(elements, name);
  return {elements, count};
}

/// Where a handle or a text is put: NULL until the work is done.
template <class T>
T*& cleared(T** result, const char* name) {
  given(result, name) = nullptr;
  return *result;
}

/// Puts a new object there.
template <class T>
void create(T** result, const char* name) {
  T*& place = cleared(result, name);  // by itself: the right side of an assignment comes first
  place = new T;
}

}  // namespace keraunos::c
