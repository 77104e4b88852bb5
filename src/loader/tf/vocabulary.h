// Vocabularies of a SavedModel: no file lists them; functions fill tables from constants of the graph.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "loader/keras/layer_graph.h"
#include "loader/tf/object_graph.h"

namespace keraunos::loader {

/// `graph` is the message GraphDef inside `text`, which the result keeps alive. The inner path of a layer consists of the edges
/// to its object.
Assets vocabularies_of(std::shared_ptr<const std::string> text, std::string_view graph,
                       std::shared_ptr<const ObjectGraph> objects, const std::string& what);

}  // namespace keraunos::loader
