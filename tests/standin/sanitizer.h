// Informs the sanitizers. For TSan every CUDA thread and every queue of a stream is a separate thread: the stand-in, itself
// compiled without instrumentation, declares which of them runs and what orders them.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(STANDIN_THREAD_SANITIZER)
extern "C" {
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
void AnnotateIgnoreSyncBegin(const char* file, int line);
void AnnotateIgnoreSyncEnd(const char* file, int line);
}
#endif

namespace standin {

#if defined(STANDIN_THREAD_SANITIZER)
inline constexpr bool kThreadSanitizer = true;
#else
inline constexpr bool kThreadSanitizer = false;
#endif
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif

/// A synchronisation object: a thread that acquires it is ordered after all threads that released it before.
struct Token {
#if defined(STANDIN_THREAD_SANITIZER)
  void release() { __tsan_release(this); }
  void acquire() { __tsan_acquire(this); }
#else
  void release() {}
  void acquire() {}
#endif
  char unused = 0;
};

/// In such a scope TSan ignores the current thread: its accesses (the stand-in's state is under its lock) and its synchronisation
/// (that lock must not order the product's threads).
class Unobserved {
 public:
#if defined(STANDIN_THREAD_SANITIZER)
  Unobserved() {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
  }
  ~Unobserved() {
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
  /// Within such a scope, only these functions work on tokens.
  static void release(Token& token) {
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
    token.release();
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
  }
  static void acquire(Token& token) {
    AnnotateIgnoreSyncEnd(__FILE__, __LINE__);
    token.acquire();
    AnnotateIgnoreSyncBegin(__FILE__, __LINE__);
  }
#else
  Unobserved() {}
  ~Unobserved() {}
  static void release(Token&) {}
  static void acquire(Token&) {}
#endif
  Unobserved(const Unobserved&) = delete;
  Unobserved& operator=(const Unobserved&) = delete;
};

#if defined(STANDIN_THREAD_SANITIZER)
/// A thread for TSan. It inherits its creator's synchronisation, so all are created by one that has none.
inline void* new_observed_thread() {
  static void* const cradle = __tsan_create_fiber(0);
  void* const self = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(cradle, 1);
  void* const fresh = __tsan_create_fiber(0);
  __tsan_switch_to_fiber(self, 1);
  return fresh;
}
inline void* observed_thread() { return __tsan_get_current_fiber(); }
inline void observe(void* thread) { __tsan_switch_to_fiber(thread, 1); }
#else
inline void* new_observed_thread() { return nullptr; }
inline void* observed_thread() { return nullptr; }
inline void observe(void*) {}
#endif

/// In such a scope TSan attributes everything to another of its threads.
class ObservedAs {
 public:
  explicit ObservedAs(void* thread) : before_(observed_thread()) { observe(thread); }
  ~ObservedAs() { observe(before_); }
  ObservedAs(const ObservedAs&) = delete;
  ObservedAs& operator=(const ObservedAs&) = delete;

 private:
  void* before_;
};

inline void poison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_poison_memory_region(memory, bytes);
#endif
}
inline void unpoison([[maybe_unused]] const void* memory, [[maybe_unused]] size_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

}  // namespace standin
