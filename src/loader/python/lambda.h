// Lambda layers: the byte code of a file becomes an expression, which is lowered like any layer.
#pragma once

#include <memory>
#include <string>

#include "keraunos/layer.h"
#include "loader/files/json.h"
#include "loader/python/expression.h"

namespace keraunos::loader::python {

/// What a Lambda's config holds that is code: [code, defaults, closure] of Keras 1 and 2 or the object "__lambda__"; nullptr
/// where `function` is a name or something else.
const Json* code_of_lambda(const Json& config);

/// The function of such a config. ModelError with the reason, and with the function's instructions as text where they could be
/// read, for code that is no straight-line expression of functions that are known here.
Formula translated_lambda(const Json& code);

/// The layer that calls a function on its inputs, as Keras's Lambda does: with `arguments` of the config, with its mask where the
/// function has a parameter of that name, and without handing a mask on.
std::shared_ptr<const LayerDef> lambda_layer(Formula function);

}  // namespace keraunos::loader::python
