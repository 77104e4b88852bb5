// Everything of Keraunos.
#pragma once

#include "keraunos/dlpack.h"
#include "keraunos/dtype.h"
#include "keraunos/error.h"
#include "keraunos/executor.h"
#include "keraunos/function.h"
#include "keraunos/layer.h"
#include "keraunos/loop.h"
#include "keraunos/model.h"
#include "keraunos/plan.h"
#include "keraunos/session.h"
#include "keraunos/stream.h"
#include "keraunos/tensor.h"
