// TensorFlow graphs as handwritten protobuf messages.
#pragma once

#include <string>
#include <vector>

namespace keraunos::graph_bytes {

// A field of a protobuf message that holds bytes; in these tests fewer than 2 MB.
inline std::string field(int number, const std::string& bytes) {
  std::string text(1, static_cast<char>(number << 3 | 2));
  size_t size = bytes.size();
  for (; size >= 128; size >>= 7) text += static_cast<char>((size & 127) | 128);
  return text + static_cast<char>(size) + bytes;
}

inline std::string node(const std::string& name, const std::string& op, const std::vector<std::string>& inputs,
                        const std::string& called = {}) {
  std::string text = field(1, name) + field(2, op);
  for (const std::string& input : inputs) text += field(3, input);
  if (!called.empty()) text += field(5, field(1, "f") + field(2, field(10, field(1, called))));
  return text;
}

// A function of x; its result "y" is an output of one of `nodes`.
inline std::string function(const std::string& name, const std::string& result, const std::vector<std::string>& nodes) {
  std::string text = field(1, field(1, name) + field(2, field(1, "x")) + field(3, field(1, "y")));
  for (const std::string& one : nodes) text += field(3, one);
  return text + field(4, field(1, "y") + field(2, result));
}

inline std::string graph(const std::vector<std::string>& nodes, const std::vector<std::string>& functions = {}) {
  std::string text, library;
  for (const std::string& one : nodes) text += field(1, one);
  for (const std::string& one : functions) library += field(1, one);
  return text + field(2, library);
}

}  // namespace keraunos::graph_bytes
