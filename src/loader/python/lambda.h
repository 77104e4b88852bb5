// Lambda layers: the byte code in a file is translated into an expression, which is lowered like a layer.
#pragma once

#include <memory>
#include <string>

#include "keraunos/layer.h"
#include "loader/files/json.h"
#include "loader/python/expression.h"

namespace keraunos::loader::python {

/// The code in a Lambda's config: [code, defaults, closure] of Keras 1 and 2 or the object "__lambda__"; nullptr where `function`
/// is a name or something else.
const Json* code_of_lambda(const Json& config);

/// The function of such a config. ModelError for code that is no straight-line expression of supported functions, with the
/// reason, and with the instructions as text if they could be read.
Formula translated_lambda(const Json& code);

/// The layer that calls a function on its inputs, as Keras's Lambda does: with `arguments` of the config, with the mask if the
/// function has a parameter of that name, and without passing a mask on.
std::shared_ptr<const LayerDef> lambda_layer(Formula function);

}  // namespace keraunos::loader::python
