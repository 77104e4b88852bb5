// Wraps each function of the C interface: no exception leaves it, and no NULL is dereferenced.
#pragma once

#include <span>

#include "keraunos.h"

namespace keraunos::c {

/// The status of the exception that is being handled; its description is stored in `error` if the caller passed one.
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

/// `count` elements; NULL is allowed only for 0 elements.
template <class T>
std::span<T> array_of(T* elements, size_t count, const char* name) {
  if (count > 0) given(elements, name);
  return {elements, count};
}

/// The result pointer of a handle or a text, set to NULL until the work is done.
template <class T>
T*& cleared(T** result, const char* name) {
  given(result, name) = nullptr;
  return *result;
}

/// Stores a new object in the result pointer.
template <class T>
void create(T** result, const char* name) {
  T*& place = cleared(result, name);  // a separate statement, because the right side of an assignment is evaluated first
  place = new T;
}

}  // namespace keraunos::c
