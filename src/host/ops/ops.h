// The closed set of operations, one header each: a plain struct whose comment names its operands in the order of Node::in. "?"
// marks an operand that may be absent. Shapes: N batch, C channels, B any batch axes. Below: functions that every operation
// answers.
#pragma once

#include <variant>
#include <vector>

#include "host/ops/attention.h"
#include "host/ops/branch.h"
#include "host/ops/call.h"
#include "host/ops/concat.h"
#include "host/ops/conv.h"
#include "host/ops/gather.h"
#include "host/ops/interleave.h"
#include "host/ops/layer_norm.h"
#include "host/ops/linear_algebra.h"
#include "host/ops/loop.h"
#include "host/ops/matmul.h"
#include "host/ops/pad.h"
#include "host/ops/pointwise.h"
#include "host/ops/pool.h"
#include "host/ops/recurrent.h"
#include "host/ops/reduce.h"
#include "host/ops/resample.h"
#include "host/ops/reshape.h"
#include "host/ops/scan.h"
#include "host/ops/scatter.h"
#include "host/ops/slice.h"
#include "host/ops/softmax.h"
#include "host/ops/sort.h"
#include "host/ops/transpose.h"

namespace keraunos::host {

using Op = std::variant<Pointwise, MatMul, Conv, Pool, Reduce, Softmax, LayerNorm, Reshape, Transpose, Slice, Concat, Pad, Gather,
                        Recurrent, Attention, Loop, Branch, Call, Resample, Interleave, Scatter, Sort, Scan, LinearAlgebra>;

/// The operation as text, for plans and messages: two texts are equal only when the operations are.
std::string describe(const Op& op);
/// Hashes the contents of the operation, never addresses.
uint64_t hash_of(const Op& op);
const OpTraits& traits_of(const Op& op);
/// UsageError with a message when operands or results do not fit the operation.
void check(const Op& op, const NodeView& node);
OpCost cost_of(const Op& op, const NodeView& node);
/// Empty for an operation that never sets an error word.
std::string fault_text(const Op& op, const NodeView& node);
/// The epilogue of a product; null for an operation that has none.
const Program* epilogue_of(const Op& op);
Program* epilogue_of(Op& op);
/// The kernel of a Call; null for other operations.
std::shared_ptr<const Kernel> kernel_of(const Op& op);
/// The graphs of an operation that holds some (OpTraits::is_nested), without the absent ones.
std::vector<const Graph*> graphs_of(const Op& op);
/// The same for replacing them; others may still hold the old graphs.
std::vector<GraphPointer*> graphs_of(Op& op);
/// The node's result may reuse the memory of this operand: it has the same shape and type, and the operation reads each element
/// before it writes it.
bool may_overwrite(const NodeView& node, size_t operand);

}  // namespace keraunos::host
