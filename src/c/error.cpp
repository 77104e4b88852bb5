// Converts exceptions to statuses and error objects.
#include <new>

#include "c/guard.h"
#include "c/objects.h"

namespace keraunos::c {
namespace {

// A static object, for errors when there is no memory.
keraunos_error& no_memory() {
  static keraunos_error error{KERAUNOS_OUT_OF_MEMORY, "out of memory"};
  return error;
}

keraunos_status describe(keraunos_error** error, keraunos_status kind, const char* message,
                         const std::vector<UnsupportedError::Item>& items = {}) noexcept {
  if (error == nullptr) return kind;
  try {
    *error = new keraunos_error{kind, message, items};
  } catch (...) {
    *error = &no_memory();
  }
  return kind;
}

}  // namespace

keraunos_status caught(keraunos_error** error) noexcept {
  try {
    throw;
  } catch (const UnsupportedError& e) {
    return describe(error, KERAUNOS_UNSUPPORTED_ERROR, e.what(), e.items);
  } catch (const ModelError& e) {
    return describe(error, KERAUNOS_MODEL_ERROR, e.what());
  } catch (const UsageError& e) {
    return describe(error, KERAUNOS_USAGE_ERROR, e.what());
  } catch (const Cancelled& e) {
    return describe(error, KERAUNOS_CANCELLED, e.what());
  } catch (const DataError& e) {
    return describe(error, KERAUNOS_DATA_ERROR, e.what());
  } catch (const DeviceError& e) {
    return describe(error, KERAUNOS_DEVICE_ERROR, e.what());
  } catch (const std::bad_alloc&) {
    return describe(error, KERAUNOS_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& e) {
    return describe(error, KERAUNOS_INTERNAL_ERROR, e.what());
  } catch (...) {
    return describe(error, KERAUNOS_INTERNAL_ERROR, "an unknown exception");
  }
}

void refuse_null(const char* argument) { throw UsageError("the argument `" + std::string(argument) + "` is NULL"); }

}  // namespace keraunos::c

using keraunos::c::no_memory;

keraunos_status keraunos_error_kind(const keraunos_error* error) { return error == nullptr ? KERAUNOS_OK : error->kind; }

const char* keraunos_error_message(const keraunos_error* error) { return error == nullptr ? "" : error->message.c_str(); }

size_t keraunos_error_item_count(const keraunos_error* error) { return error == nullptr ? 0 : error->items.size(); }

void keraunos_error_item(const keraunos_error* error, size_t index, const char** layer, const char** class_name,
                         const char** reason) {
  const auto* item = index < keraunos_error_item_count(error) ? &error->items[index] : nullptr;
  if (layer != nullptr) *layer = item == nullptr ? nullptr : item->layer.c_str();
  if (class_name != nullptr) *class_name = item == nullptr ? nullptr : item->class_name.c_str();
  if (reason != nullptr) *reason = item == nullptr ? nullptr : item->reason.c_str();
}

void keraunos_error_free(keraunos_error* error) {
  if (error != &no_memory()) delete error;
}
