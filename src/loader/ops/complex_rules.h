// What operations of files do with complex operands. A complex tensor is a pair of real ones (host::Complex), so each rule
// computes with the bodies that operations have for real tensors.
#pragma once

#include "host/graph/graph.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {

using host::Complex;

struct ComplexRule {
  enum class How : uint8_t {
    each_part,  ///< the operation with the real parts, and with the imaginary parts
    bilinear,   ///< a product of its first two parameters: a function that is linear in each
    own,        ///< `body`
    shape,      ///< the operation with the real parts, whose shape alone it reads; real results
    itself,     ///< the operation's own body, which takes both kinds
  };
  /// Names of keras.ops ("Absolute") or of TensorFlow ("math.abs"), one of each operation.
  std::vector<std::string_view> operations;
  How how = How::each_part;
  std::function<std::vector<Value>(OperationCall&)> body{};
};

/// All rules; an operation that has none refuses complex operands.
const std::vector<ComplexRule>& complex_rules();

/// True where an argument is a complex tensor.
bool takes_complex(Lowering& l, const std::vector<Arg>& positional, const Arg::Members& keywords);
/// True where an argument names the dtype complex64 or complex128.
bool names_complex(const std::vector<Arg>& positional, const Arg::Members& keywords);

/// The results of a call whose arguments involve complex numbers. `rule` is nullptr where the operation has none.
std::vector<Traced> lower_complex(Lowering& l, const Operation& operation, const std::string& name,
                                  const CallArguments& arguments, const ComplexRule* rule);

/// The parts of an operand; a real one has no imaginary part. A Python number takes the dtype `like`.
Complex complex_operand(OperationCall& call, size_t parameter, std::optional<DType> like = std::nullopt);

/// The parts of a value; a real one has no imaginary part.
Complex parts_of(Lowering& l, Value v);

/// A complex tensor, or the real part where there is no other.
Value complex_value(Lowering& l, Complex parts);

/// The imaginary part, zeros where it is absent.
Value imaginary_of(Lowering& l, Complex x);

}  // namespace keraunos::loader
