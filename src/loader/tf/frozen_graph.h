// A frozen graph: a file that holds a GraphDef alone, with the variables' values as constants, as convert_variables_to_constants
// and tf.io.write_graph write it. It is computed as the function of a SavedModel's signature is.
#pragma once

#include <string>
#include <string_view>

#include "loader/files/bytes.h"
#include "loader/tf/function_model.h"

namespace keraunos::loader {

/// True where a file that begins with `bytes` is a binary GraphDef: its first field is a node that begins with its name. A
/// SavedModel begins with the number of its schema.
bool looks_like_graph(std::string_view bytes);
/// The same for a GraphDef or a SavedModel in text form (.pbtxt).
bool looks_like_graph_text(std::string_view bytes);

/// Inputs are the placeholders that the outputs need, in the order of the nodes. Outputs are the nodes that `outputs` lists
/// ("probabilities,logits:0"); where it is empty, those that no other node reads. ModelError where there are none.
std::shared_ptr<const FunctionModel> read_frozen_graph(const files::ByteSource& source, const std::string& outputs);

}  // namespace keraunos::loader
