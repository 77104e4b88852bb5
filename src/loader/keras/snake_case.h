// Keras names the groups of a `.keras` archive after classes: Conv2DTranspose → conv2d_transpose, PReLU → p_re_lu.
#pragma once

#include <string>
#include <string_view>

namespace keraunos::loader {

std::string snake_case(std::string_view class_name);

}  // namespace keraunos::loader
