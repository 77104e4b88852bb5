// Makes a ModelSource from a file of any format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "host/model/model_source.h"
#include "keraunos/model.h"
#include "loader/files/hdf5.h"

namespace keraunos::loader {

class KerasModel;

/// The file and the options; for tests of large networks the weights can be synthetic.
struct LoadSource {
  std::filesystem::path path{};
  LoadOptions options{};
  std::optional<uint64_t> synthetic_weights{};  ///< seed: the file's weights are ignored
  bool for_evaluation = true;  ///< custom losses and metrics must be registered; false for programs that only predict
};

/// The format is found by content. ModelError: the file is at fault; UnsupportedError: it contains layers that cannot run, all of
/// them listed.
std::shared_ptr<const host::ModelSource> open_model(const LoadSource& source);
std::shared_ptr<const host::ModelSource> open_model(const std::filesystem::path& path, const LoadOptions& options);
/// For summary() only: unsupported layers are not refused, and an architecture in JSON needs no weights. ModelError as above.
std::shared_ptr<const KerasModel> describe_model(const LoadSource& source);
/// The file of a model's weights, whether or not the model can run. ModelError where there is none.
files::Hdf5File open_weights(const LoadSource& source);
/// The bytes of a file, which may be freed after the call.
std::shared_ptr<const host::ModelSource> open_model(std::span<const std::byte> bytes, const LoadOptions& options);

}  // namespace keraunos::loader
