// load_model(): the loader opens the file, the host puts it on a device.
#include "host/api/out_of_memory.h"
#include "host/model/model_state.h"
#include "keraunos/model.h"
#include "loader/open_model.h"

namespace keraunos {

Model load_model(const std::filesystem::path& path, const LoadOptions& options) {
  return host::with_memory_to("load this model", [&] { return host::make_model(loader::open_model(path, options), options); });
}

Model load_model(std::span<const std::byte> bytes, const LoadOptions& options) {
  return host::with_memory_to("load this model", [&] { return host::make_model(loader::open_model(bytes, options), options); });
}

}  // namespace keraunos
