// Text and hash of operations: one overload of each per op, so that a forgotten op is a compile error.
#include <sstream>

#include "host/graph/graph.h"
#include "host/graph/hash.h"

namespace keraunos::host {
namespace {

template <class Range>
std::string list(const Range& values) {
  std::ostringstream text;
  text << '[';
  bool first = true;
  for (const auto& value : values) {
    text << (first ? "" : ",") << value;
    first = false;
  }
  text << ']';
  return text.str();
}

std::string window_text(const Window& w) {
  return "size=" + list(w.size) + " stride=" + list(w.stride) + " dilation=" + list(w.dilation) + " low=" + list(w.low) + " high=" + list(w.high);
}

std::string epilogue_text(const Program& program) { return program.empty() ? "" : " then {" + to_string(program) + "}"; }

struct Describe {
  std::string operator()(const Pointwise& op) const { return "pointwise {" + to_string(op.program) + "}"; }
  std::string operator()(const MatMul& op) const {
    return std::string("matmul") + (op.transpose_a ? " a^T" : "") + (op.transpose_b ? " b^T" : "") + epilogue_text(op.epilogue);
  }
  std::string operator()(const Conv& op) const {
    return "conv " + window_text(op.window) + " groups=" + std::to_string(op.groups) + epilogue_text(op.epilogue);
  }
  std::string operator()(const Pool& op) const {
    return std::string(op.kind == Pool::maximum ? "max_pool " : "average_pool ") + window_text(op.window);
  }
  std::string operator()(const Reduce& op) const {
    constexpr const char* names[] = {"sum", "mean", "product", "maximum", "minimum", "any", "all"};
    return std::string("reduce_") + names[static_cast<int>(op.kind)] + " axes=" + list(op.axes);
  }
  std::string operator()(const Softmax& op) const { return op.log ? "log_softmax" : "softmax"; }
  std::string operator()(const LayerNorm& op) const {
    return "layer_norm axes=" + std::to_string(op.axes) + " epsilon=" + std::to_string(op.epsilon);
  }
  std::string operator()(const Reshape&) const { return "reshape"; }
  std::string operator()(const Transpose& op) const { return "transpose " + list(op.permutation); }
  std::string operator()(const Slice& op) const { return "slice start=" + list(op.start) + " step=" + list(op.step); }
  std::string operator()(const Concat& op) const { return "concat axis=" + std::to_string(op.axis); }
  std::string operator()(const Pad& op) const {
    return "pad low=" + list(op.low) + " high=" + list(op.high) + " value=" + std::to_string(op.value);
  }
  std::string operator()(const Gather& op) const { return "gather axis=" + std::to_string(op.axis); }
  std::string operator()(const Recurrent& op) const {
    constexpr const char* names[] = {"simple_rnn", "gru", "lstm"};
    std::string text = names[op.kind];
    text += ' ' + std::string(name_of(op.activation.function));
    if (op.kind != Recurrent::simple) text += ' ' + std::string(name_of(op.recurrent_activation.function));
    if (op.go_backwards) text += " backwards";
    return text + (op.return_sequences ? " sequences" : " last");
  }
  std::string operator()(const Attention& op) const {
    return "attention scale=" + std::to_string(op.scale) + (op.causal ? " causal" : "");
  }
  std::string operator()(const Loop& op) const { return std::string("loop") + (op.backwards ? " backwards" : ""); }
  std::string operator()(const Call& op) const { return "call " + op.kernel->name() + ' ' + op.kernel->parameters(); }
};

void mix_window(Hash& hash, const Window& w) {
  hash.range(w.size).range(w.stride).range(w.dilation).range(w.low).range(w.high);
}

struct Mix {
  Hash& hash;
  void operator()(const Pointwise& op) const { hash.mix(hash_of(op.program)); }
  void operator()(const MatMul& op) const { hash.mix(op.transpose_a).mix(op.transpose_b).mix(hash_of(op.epilogue)); }
  void operator()(const Conv& op) const {
    mix_window(hash, op.window);
    hash.mix(op.groups).mix(hash_of(op.epilogue));
  }
  void operator()(const Pool& op) const {
    hash.mix(op.kind);
    mix_window(hash, op.window);
  }
  void operator()(const Reduce& op) const { hash.mix(op.kind).range(op.axes).mix(op.keep_dims); }
  void operator()(const Softmax& op) const { hash.mix(op.log); }
  void operator()(const LayerNorm& op) const { hash.mix(op.axes).mix(op.epsilon); }
  void operator()(const Reshape&) const {}
  void operator()(const Transpose& op) const { hash.range(op.permutation); }
  void operator()(const Slice& op) const { hash.range(op.start).range(op.step); }
  void operator()(const Concat& op) const { hash.mix(op.axis); }
  void operator()(const Pad& op) const { hash.range(op.low).range(op.high).mix(op.value); }
  void operator()(const Gather& op) const { hash.mix(op.axis); }
  void operator()(const Recurrent& op) const {
    hash.mix(op.kind).mix(op.activation.function).mix(op.activation.immediate);
    hash.mix(op.recurrent_activation.function).mix(op.recurrent_activation.immediate);
    hash.mix(op.reset_after).mix(op.go_backwards).mix(op.return_sequences).mix(op.zero_output_for_mask);
  }
  void operator()(const Attention& op) const {
    hash.mix(op.scale).mix(op.causal).mix(op.window.value_or(-1)).mix(op.zero_masked).mix(op.return_scores);
  }
  void operator()(const Loop& op) const { hash.mix(op.body.get()).mix(op.carried).mix(op.sliced).mix(op.stacked).mix(op.backwards); }
  void operator()(const Call& op) const { hash.text(op.kernel->name()).text(op.kernel->parameters()); }
};

std::string type_text(const ValueInfo& info) { return std::string(name_of(info.dtype)) + dims_of(info.shape).to_string(); }

}  // namespace

std::string describe(const Op& op) { return std::visit(Describe{}, op); }

uint64_t hash_of(const Op& op) {
  Hash hash;
  hash.mix(op.index());
  std::visit(Mix{hash}, op);
  return hash.value();
}

std::string to_string(const Graph& graph) {
  std::ostringstream text;
  for (Value v : graph.inputs) text << '%' << v.id << " = input : " << type_text(graph.info(v)) << '\n';
  for (const Node& node : graph.nodes) {
    for (size_t i = 0; i < node.out.size(); ++i) text << (i ? ", %" : "%") << node.out[i].id;
    text << " = " << describe(node.op);
    for (Value v : node.in) {
      text << (v ? (graph.is_constant(v) ? " $" : " %") : " -");
      if (v) text << v.id;
    }
    text << " :";
    for (Value v : node.out) text << ' ' << type_text(graph.info(v));
    text << (node.place == Place::host ? "  on the host" : "") << "  # " << node.origin << '\n';
  }
  text << "return";
  for (Value v : graph.outputs) text << " %" << v.id;
  text << '\n';
  return text.str();
}

}  // namespace keraunos::host
