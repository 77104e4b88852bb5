// A layer of the application's own, as a kernel for the CPU and one for CUDA: the class Wave of make_model.py.
#pragma once

#include <keraunos/keraunos.h>

#include <memory>

namespace example {

/// amplitude · sin(frequency · x). The kernel with a body for CUDA is made in wave_cuda.cu; builds without CUDA have wave_cpu.cpp
/// in its place.
std::shared_ptr<const keraunos::Kernel> make_wave(float frequency);

/// The definition that load_model() looks up for the class "Examples>Wave".
keraunos::LayerDef wave_layer();

}  // namespace example
