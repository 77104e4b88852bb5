// The objects that recorded cases need registered: their case.json states them as text.
#pragma once

#include <atomic>

#include "keraunos/model.h"

namespace keraunos {

/// Shop>Wobble: y = amplitude · x + sin(frequency · x); config: frequency; one weight amplitude (features). Its sine runs in a
/// custom Kernel with implementations for the CPU and for CUDA. Shop>MinimalGatedCell: a recurrent cell with the states h and m;
/// config: units, decay; weights kernel (features, 2·units), recurrent_kernel (units, 2·units) and bias (2·units), each for a
/// forget gate f and a candidate c: f = sigmoid(x·W + h·U + b), c = tanh(x·W + (f·h)·U + b), h = (1 − f)·h + f·c, m = decay·m +
/// (1 − decay)·h; its output is (h, m) concatenated. Shop>MinimalGatedUnit: an RNN that creates this cell; Shop>SmoothedSteps: s
/// = s + rate·(x − s) over the steps, from bias; both are recurrent layers as a user writes them. Losses Shop>tilted, Shop>Tilted
/// and Shop>whole, metrics Shop>within, Shop>LargestError and Shop>WeightedError: case.json of evaluate_custom. `sine_launches`,
/// if not null, counts how often the CUDA implementation of the sine is enqueued.
CustomObjects case_objects(std::atomic<int>* sine_launches = nullptr);

}  // namespace keraunos
