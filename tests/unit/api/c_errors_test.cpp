// How the C interface reports exceptions, including those that a test in C cannot cause.
#include <gtest/gtest.h>

#include <new>

#include "c/guard.h"
#include "keraunos/error.h"

namespace keraunos {
namespace {

struct Described {
  keraunos_status status, kind;
  std::string message;
  size_t items;
};

template <class Throw>
Described described(const Throw& work) {
  keraunos_error* error = nullptr;
  const keraunos_status status = c::guarded(&error, work);
  Described result{status, keraunos_error_kind(error), keraunos_error_message(error), keraunos_error_item_count(error)};
  keraunos_error_free(error);
  EXPECT_EQ(c::guarded(nullptr, work), status);
  return result;
}

template <class E>
void becomes(const E& exception, keraunos_status expected, const std::string& words) {
  const Described found = described([&] { throw exception; });
  EXPECT_EQ(found.status, expected);
  EXPECT_EQ(found.kind, expected);
  EXPECT_NE(found.message.find(words), std::string::npos) << found.message;
}

TEST(CErrors, EachExceptionHasItsStatus) {
  becomes(ModelError("the file"), KERAUNOS_MODEL_ERROR, "the file");
  becomes(UnsupportedError("the layer", {{"a/b", "Lambda", "it is code"}}), KERAUNOS_UNSUPPORTED_ERROR, "the layer");
  becomes(UsageError("the call"), KERAUNOS_USAGE_ERROR, "the call");
  becomes(Cancelled("stopped"), KERAUNOS_CANCELLED, "stopped");
  becomes(DataError("the values"), KERAUNOS_DATA_ERROR, "the values");
  becomes(DeviceError("the device"), KERAUNOS_DEVICE_ERROR, "the device");
  becomes(InternalError("a rule"), KERAUNOS_INTERNAL_ERROR, "a rule");
  becomes(Error("anything"), KERAUNOS_INTERNAL_ERROR, "anything");
  becomes(std::bad_alloc(), KERAUNOS_OUT_OF_MEMORY, "out of memory");
  becomes(std::logic_error("of the standard library"), KERAUNOS_INTERNAL_ERROR, "of the standard library");
  becomes(7, KERAUNOS_INTERNAL_ERROR, "an unknown exception");
  EXPECT_EQ(described([] { throw UnsupportedError("two", {{}, {}}); }).items, 2u);
  EXPECT_EQ(described([] {}).status, KERAUNOS_OK);
}

TEST(CErrors, SuccessLeavesNoErrorBehind) {
  auto* error = reinterpret_cast<keraunos_error*>(uintptr_t{1});
  EXPECT_EQ(c::guarded(&error, [] {}), KERAUNOS_OK);
  EXPECT_EQ(error, nullptr);
}

}  // namespace
}  // namespace keraunos
