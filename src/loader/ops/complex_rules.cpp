#include "loader/ops/complex_rules.h"

#include <algorithm>

#include "loader/ops/argument_values.h"
#include "loader/ops/table.h"

namespace keraunos::loader {
namespace {

class ComplexCall {
 public:
  ComplexCall(Lowering& l, const Operation& operation, const std::string& name, const CallArguments& arguments)
      : l_(l), operation_(operation), name_(name), arguments_(arguments) {}

  // Indices and conditions are integers and booleans, which both parts share.
  std::vector<Traced> each_part() const {
    bool all_real = true;
    any_argument_is(arguments_.positional, arguments_.keywords, [&](const Arg& argument) {
      const Traced* traced = argument.tensor();
      if (traced == nullptr) return false;
      const Complex* parts = host::graph_of(l_).complex_of(traced->value);
      if (parts == nullptr && is_floating(l_.dtype(traced->value)))
        l_.refuse("gives " + name_ + " real and complex tensors, which TensorFlow does not take either");
      all_real = all_real && (parts == nullptr || !parts->imaginary);
      return false;
    });
    const std::vector<Traced> real = results([&](Value v) { return parts_of(l_, v).real; });
    std::vector<Traced> imaginary(real.size());
    if (!all_real) imaginary = results([&](Value v) { return is_complex(v) ? imaginary_of(l_, parts_of(l_, v)) : v; });
    std::vector<Traced> pairs;
    for (size_t i = 0; i < real.size(); ++i)
      pairs.push_back({host::graph_of(l_).add_complex({real[i].value, imaginary[i].value}), {}});
    return pairs;
  }

  std::vector<Traced> of_shape() const {
    return results([&](Value v) { return parts_of(l_, v).real; });
  }

  // (a + bi)(c + di) = ac − bd + (ad + bc)i
  std::vector<Traced> bilinear() const {
    OperationCall call(l_, operation_, name_, &arguments_);
    Complex a = complex_operand(call, 0), b = complex_operand(call, 1);
    const auto follows = [&](size_t parameter) { return call.find(parameter)->tensor() == nullptr; };
    if (follows(0)) a = complex_operand(call, 0, l_.dtype(b.real));
    if (follows(1)) b = complex_operand(call, 1, l_.dtype(a.real));
    const auto product = [&](Value x, Value y) { return x && y ? results(x, y) : Value{}; };
    const auto both = [&](Function combine, Value x, Value y) { return x && y ? l_.binary(combine, x, y) : x ? x : y; };
    const Value imaginary = product(a.imaginary, b.imaginary);
    return {{host::graph_of(l_).add_complex({both(Function::subtract, product(a.real, b.real), imaginary),
                                             both(Function::add, product(a.real, b.imaginary), product(a.imaginary, b.real))}),
             {}}};
  }

 private:
  bool is_complex(Value v) const { return host::graph_of(l_).complex_of(v) != nullptr; }

  std::vector<Traced> results(const std::function<Value(Value)>& change) const {
    const CallArguments real = with_tensors(arguments_, change);
    return lower_call(l_, operation_, name_, &real);
  }

  Value results(Value first, Value second) const {
    CallArguments real = arguments_;
    const Value operands[] = {first, second};
    for (size_t i = 0; i < 2; ++i) {
      if (i < real.positional.size()) {
        real.positional[i] = {Traced{operands[i], {}}};
        continue;
      }
      const auto names = alternatives(operation_.parameters.at(i));
      for (Arg::Member& member : real.keywords) {
        if (std::find(names.begin(), names.end(), member.name) != names.end()) member.value = {Traced{operands[i], {}}};
      }
    }
    return lower_call(l_, operation_, name_, &real).at(0).value;
  }

  Lowering& l_;
  const Operation& operation_;
  const std::string& name_;
  const CallArguments& arguments_;
};

std::vector<Traced> own_results(Lowering& l, const Operation& operation, const std::string& name, const CallArguments& arguments,
                                const ComplexRule& rule) {
  OperationCall call(l, operation, name, &arguments);
  std::vector<Traced> results;
  for (const Value v : rule.how == ComplexRule::How::own ? rule.body(call) : operation.body(call)) results.push_back({v, {}});
  call.refuse_unread();
  return results;
}

}  // namespace

bool takes_complex(Lowering& l, const std::vector<Arg>& positional, const Arg::Members& keywords) {
  const host::Graph& graph = host::graph_of(l);
  if (graph.complex.empty()) return false;
  return any_argument_is(positional, keywords, [&](const Arg& argument) {
    const Traced* traced = argument.tensor();
    return traced != nullptr && graph.complex_of(traced->value) != nullptr;
  });
}

bool names_complex(const std::vector<Arg>& positional, const Arg::Members& keywords) {
  return any_argument_is(positional, keywords, [](const Arg& argument) {
    const std::string* text = std::get_if<std::string>(&argument.value);
    return text != nullptr && (*text == "complex64" || *text == "complex128");
  });
}

std::vector<Traced> lower_complex(Lowering& l, const Operation& operation, const std::string& name,
                                  const CallArguments& arguments, const ComplexRule* rule) {
  if (rule == nullptr) l.refuse("gives " + name + " complex numbers, which are not supported there");
  for (const Arg::Member& member : arguments.keywords) {
    const bool conjugates = member.name == "conjugate" || member.name == "adjoint_a" || member.name == "adjoint_b";
    const bool* flag = std::get_if<bool>(&member.value.value);
    if (conjugates && (flag == nullptr || *flag))
      l.refuse("gives " + name + " complex numbers and " + member.name + " = True, which is not supported; use tf.math.conj");
  }
  switch (rule->how) {
    case ComplexRule::How::each_part: return ComplexCall(l, operation, name, arguments).each_part();
    case ComplexRule::How::bilinear: return ComplexCall(l, operation, name, arguments).bilinear();
    case ComplexRule::How::shape: return ComplexCall(l, operation, name, arguments).of_shape();
    case ComplexRule::How::own:
    case ComplexRule::How::itself: break;
  }
  return own_results(l, operation, name, arguments, *rule);
}

Complex parts_of(Lowering& l, Value v) {
  const Complex* parts = host::graph_of(l).complex_of(v);
  return parts == nullptr ? Complex{v, {}} : *parts;
}

Complex complex_operand(OperationCall& call, size_t parameter, std::optional<DType> like) {
  return parts_of(call.l, call.tensor(parameter, like));
}

Value complex_value(Lowering& l, Complex parts) { return host::graph_of(l).add_complex(parts); }

Value imaginary_of(Lowering& l, Complex x) {
  return x.imaginary ? x.imaginary : l.broadcast_to(l.scalar(0, l.dtype(x.real)), l.shape(x.real));
}

}  // namespace keraunos::loader
