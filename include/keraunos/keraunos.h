// Everything of Keraunos.
#pragma once

#include "keraunos/builder.h"
#include "keraunos/config.h"
#include "keraunos/dlpack.h"
#include "keraunos/dtype.h"
#include "keraunos/error.h"
#include "keraunos/evaluate.h"
#include "keraunos/executor.h"
#include "keraunos/function.h"
#include "keraunos/kernel.h"
#include "keraunos/layer.h"
#include "keraunos/model.h"
#include "keraunos/plan.h"
#include "keraunos/saved_config.h"
#include "keraunos/session.h"
#include "keraunos/stream.h"
#include "keraunos/tensor.h"
