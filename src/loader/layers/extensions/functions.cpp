#include "loader/layers/extensions/functions.h"

#include "loader/layers/extensions/binary_net.h"
#include "loader/layers/extensions/namesakes.h"

namespace keraunos::loader {

Value library_function(Builder& builder, std::string_view layer_class, std::string_view function, Value x) {
  if (layer_class == "BinaryDense" || layer_class == "TernaryDense") return binary_net_function(builder, function, x);
  return {};
}

Value replaced_function(Builder& builder, std::string_view layer_class, std::string_view function, Value x) {
  const bool is_transformer = layer_class == "TokenEmbedding" || layer_class == "EmbeddingRet";
  return is_transformer && function == kReplacedFunction ? builder.unary(Function::gelu_tanh, x) : Value{};
}

std::string library_of_namesake(std::string_view class_name, const files::Json& config) {
  const auto has = [&](std::string_view key) { return config.find(key) != nullptr; };
  if (class_name == "MultiHeadAttention" && has("head_num") && !has("num_heads")) return "keras_multi_head";
  if (class_name == "LayerNormalization" && has("epsilon") && !has("axis")) return "keras_layer_normalization";
  return {};
}

}  // namespace keraunos::loader
