// The protobuf message tf.train.Example: named lists of texts, numbers or integers. From tensorflow/core/example/example.proto.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <variant>
#include <vector>

namespace keraunos::files {

using ExampleTexts = std::vector<std::string_view>;
using ExampleReals = std::vector<float>;
using ExampleIntegers = std::vector<int64_t>;
/// The values of one feature; without a list: none are stated.
using ExampleValues = std::variant<std::monostate, ExampleTexts, ExampleReals, ExampleIntegers>;

/// The features of a serialised Example, by name; of equal names the last. Texts are parts of the message, which the caller
/// keeps. ModelError with `what` where the message is damaged.
std::map<std::string_view, ExampleValues> features_of_example(std::string_view message, std::string_view what);

}  // namespace keraunos::files
