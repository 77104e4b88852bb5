// LevelDB's table of sorted keys, in which TensorFlow's checkpoints store their index: blocks of keys that share prefixes, each
// with a checksum. https://github.com/google/leveldb/blob/main/doc/table_format.md
#pragma once

#include <map>
#include <string>

#include "loader/files/bytes.h"

namespace keraunos::files {

/// All keys and values of a table. ModelError for damage, for compressed blocks and for more than the budget allows.
std::map<std::string, std::string> read_sorted_table(const ByteSource& source);

}  // namespace keraunos::files
