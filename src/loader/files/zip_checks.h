// Refuses malformed and hostile zip archives before anything is read from them.
#pragma once

#include <vector>

#include "loader/files/zip.h"
#include "loader/files/zip_source.h"

namespace keraunos::files {

/// All members except folders. ModelError for everything that ZipArchive's constructor promises to refuse.
std::vector<ZipMember> checked_members(zip_t* archive, ZipInput& input);

}  // namespace keraunos::files
