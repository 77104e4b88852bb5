// What ThreadSanitizer reports although it is none: glibc's lock around time zones (libzip converts dates) is invisible to it;
// and the stand-in performs what a stream holds under the identity of that stream's queue, but on the stack of whichever host
// thread drives it, so that the stack of one thread looks shared. What kernels do to each other is another program's test
// (keraunos_standin_unit); this one is about the host.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:tzset_internal\nrace:standin::Runtime::perform\nrace:tile<\n";
}
