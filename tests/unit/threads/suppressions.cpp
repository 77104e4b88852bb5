// False reports of ThreadSanitizer: it does not see glibc's lock around time zones (libzip converts dates); and the stand-in
// performs the work of a stream under the identity of that stream's queue, but on the stack of any host thread, so that the stack
// of one thread looks shared. Another program (keraunos_standin_unit) tests races between kernels; this one tests the host.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:tzset_internal\nrace:standin::Runtime::perform\nrace:tile<\n";
}
