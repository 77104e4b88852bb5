// The contents of a SavedModel's lookup tables after its initialisation.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "loader/files/budget.h"
#include "loader/layers/text/key_values.h"
#include "loader/tf/function_library.h"
#include "loader/tf/meta_graph.h"

namespace keraunos::loader {

using LookupTables = std::map<std::string, std::shared_ptr<const text::KeyValues>>;

/// True for a node that makes a table, which other nodes read as a resource.
bool is_table(const GraphNode& node);

/// The values of keys, `otherwise` for keys that are not in the table. Refuses the layer where dtypes do not match the table.
Value found_in(Lowering& l, const GraphNode& node, const std::shared_ptr<const text::KeyValues>& table, Value keys,
               Value otherwise);

/// The tables that the initialisation fills, by the names of their nodes; files of words are searched in `folder`. ModelError
/// where keys and values do not match.
LookupTables lookup_tables_of(FunctionLibrary& functions, const MetaGraph& parts, const std::filesystem::path& folder,
                              const std::string& what, const files::SharedBudget& budget);

}  // namespace keraunos::loader
