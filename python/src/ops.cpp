// Calls of keraunos.ops while a layer is lowered: the Python function runs, and each call of an operation writes it to the graph.
#include "ops.h"

#include <pybind11/stl.h>

#include <set>

#include "arrays.h"
#include "gil.h"
#include "keraunos/expression.h"
#include "keraunos/saved_config.h"
#include "kernel.h"
#include "model.h"

namespace keraunos::python {
namespace py = pybind11;
namespace {

/// One run of a function. Tensors refer to it; they cannot be used once it has ended.
struct Trace {
  Lowering* lowering = nullptr;      ///< null after the end
  std::exception_ptr raised_here{};  ///< the last error of an operation
};
using TracePointer = std::shared_ptr<Trace>;

/// A tensor of a run.
struct Symbol {
  TracePointer trace;
  Value value;
};

Lowering& lowering_in(const Trace& trace) {
  if (trace.lowering == nullptr) throw UsageError("a tensor is used after the end of the function that it belongs to");
  return *trace.lowering;
}

int64_t integer_of(const py::handle& value) {
  int overflows = 0;
  const int64_t whole = PyLong_AsLongLongAndOverflow(value.ptr(), &overflows);
  if (overflows != 0) throw UsageError("the integer " + py::str(value).cast<std::string>() + " does not fit int64");
  return whole;
}

Arg arg_of(const py::handle& value, const TracePointer& trace) {
  if (value.is_none()) return {};
  if (py::isinstance<py::bool_>(value)) return {value.cast<bool>()};
  if (py::isinstance<py::int_>(value)) return {integer_of(value)};
  if (py::isinstance<py::float_>(value)) return {value.cast<double>()};
  if (py::isinstance<py::str>(value)) return {value.cast<std::string>()};
  if (py::isinstance<py::ellipsis>(value)) return {Arg::Ellipsis{}};
  if (py::isinstance<Symbol>(value)) {
    const auto& symbol = value.cast<const Symbol&>();
    if (symbol.trace != trace) throw UsageError("a tensor of another call is used");
    return {Traced{symbol.value, {}}};
  }
  if (py::isinstance<py::slice>(value)) {
    const auto part = [&](const char* name) { return arg_of(value.attr(name), trace); };
    return {std::make_shared<const Arg::Slice>(Arg::Slice{part("start"), part("stop"), part("step")})};
  }
  if (py::isinstance<py::dict>(value)) {
    Arg::Members members;
    for (const auto& [key, item] : value.cast<py::dict>()) members.push_back({key.cast<std::string>(), arg_of(item, trace)});
    return {std::move(members)};
  }
  if (!py::isinstance<py::list>(value) && !py::isinstance<py::tuple>(value))
    throw UsageError("an argument is of the type " + py::str(py::type::of(value).attr("__name__")).cast<std::string>());
  Arg::List list;
  for (const py::handle& item : value) list.push_back(arg_of(item, trace));
  return {std::move(list)};
}

py::object python_of(const Arg& arg, const TracePointer& trace) {
  if (const Traced* tensor = arg.tensor()) return py::cast(Symbol{trace, tensor->value});
  if (const auto* flag = std::get_if<bool>(&arg.value)) return py::bool_(*flag);
  if (const auto* whole = std::get_if<int64_t>(&arg.value)) return py::int_(*whole);
  if (const auto* real = std::get_if<double>(&arg.value)) return py::float_(*real);
  if (const auto* text = std::get_if<std::string>(&arg.value)) return py::str(*text);
  if (const auto* members = std::get_if<Arg::Members>(&arg.value)) {
    py::dict answer;
    for (const Arg::Member& member : *members) answer[py::str(member.name)] = python_of(member.value, trace);
    return answer;
  }
  if (arg.list() == nullptr) return py::none();
  py::list list;
  for (const Arg& item : *arg.list()) list.append(python_of(item, trace));
  return list;
}

/// The error is kept, because the function must not turn it into one of Python.
template <class Work>
auto written(const TracePointer& trace, const Work& work) -> decltype(work(lowering_in(*trace))) {
  try {
    return work(lowering_in(*trace));
  } catch (const Error&) {
    trace->raised_here = std::current_exception();
    throw;
  }
}

py::object call(const TracePointer& trace, const std::string& name, const py::list& arguments, const py::dict& keywords) {
  return written(trace, [&](Lowering& l) {
    std::vector<Arg> positional;
    for (const py::handle& argument : arguments) positional.push_back(arg_of(argument, trace));
    Arg::Members named = std::get<Arg::Members>(arg_of(keywords, trace).value);
    return python_of(call_function(l, name, std::move(positional), std::move(named)), trace);
  });
}

/// `array`: as NamedArrays takes it.
Symbol constant(const TracePointer& trace, const py::object& array) {
  return written(trace, [&](Lowering& l) {
    py::list entries;
    entries.append(py::make_tuple("", array));
    const NamedArrays arrays(entries);
    return Symbol{trace, l.constant(arrays.views()[0].second)};
  });
}

/// What traced.OpsFunction says about itself.
struct FunctionFacts {
  std::shared_ptr<PyObject> reference;  // weak
  std::string name;
  std::vector<std::string> weights;
  std::set<std::string> keys;
  bool passes_mask = false;
};

FunctionFacts facts_about(const py::handle& function) {
  return {.reference = kept(py::weakref(function)),
          .name = function.attr("__qualname__").cast<std::string>(),
          .weights = function.attr("weights").cast<std::vector<std::string>>(),
          .keys = function.attr("keys").cast<std::set<std::string>>(),
          .passes_mask = function.attr("supports_masking").cast<bool>()};
}

/// An error of an operation stays what it is, with the function's name; others are the function's own.
[[noreturn]] void raise_further(Lowering& l, const Trace& trace, const FunctionFacts& facts, const py::error_already_set& error) {
  if (trace.raised_here && error.matches(py::module_::import("keraunos.errors").attr("Error"))) {
    try {
      std::rethrow_exception(trace.raised_here);
    } catch (const UnsupportedError& refused) {
      l.refuse("in the function " + facts.name + ": " + (refused.items.empty() ? refused.what() : refused.items[0].reason));
    } catch (const UsageError& wrong) {
      l.refuse("in the function " + facts.name + ": " + wrong.what());
    }
  }
  py::object raised = error.value();
  if (error.trace()) PyException_SetTraceback(raised.ptr(), error.trace().ptr());
  throw PythonRaised("layer \"" + l.path() + "\": in the function " + facts.name, kept(std::move(raised)));
}

/// The tensors that the function returns for these arguments.
std::vector<Traced> traced(Lowering& l, const FunctionFacts& facts, const std::vector<Arg>& arguments,
                           const Arg::Members& keywords) {
  const py::gil_scoped_acquire gil;
  const auto trace = std::make_shared<Trace>(Trace{&l, {}});
  const auto end = [](Trace* running) { running->lowering = nullptr; };
  const std::unique_ptr<Trace, decltype(end)> until_end(trace.get(), end);
  const py::object function = py::reinterpret_borrow<py::object>(facts.reference.get())();
  if (function.is_none()) throw InternalError("a function of keraunos.ops was freed before its model");
  py::list positional;
  for (const Arg& argument : arguments) positional.append(python_of(argument, trace));
  const py::dict named = python_of({keywords}, trace);
  py::dict weights;
  for (const std::string& name : facts.weights) {
    Shape shape;
    for (const int64_t size : l.saved(name).dims()) shape.push_back({size});
    weights[py::str(name)] = Symbol{trace, l.weight(name, shape)};
  }
  try {
    std::vector<Traced> results;
    for (const py::handle& tensor : function.attr("_trace")(trace, config_text(l.config()), positional, named, weights))
      results.push_back(*arg_of(tensor, trace).tensor());
    return results;
  } catch (const py::error_already_set& error) {
    raise_further(l, *trace, facts, error);
  }
}

Value one_of(Lowering& l, const FunctionFacts& facts, const std::vector<Arg>& arguments, const Arg::Members& keywords) {
  const std::vector<Traced> results = traced(l, facts, arguments, keywords);
  if (results.size() != 1)
    l.refuse("the function " + facts.name + " returns " + std::to_string(results.size()) + " tensors, expected one");
  return results[0].value;
}

LayerDef layer_of_function(const FunctionFacts& facts, const std::string& name) {
  std::vector<WeightName> weights;
  for (const std::string& weight : facts.weights) weights.push_back({.name = weight});
  const auto lower = [facts](Lowering& l) {
    for (const Arg::Member& keyword : l.keywords()) l.keyword(keyword.name);  // marks it as read
    return traced(l, facts, l.arguments(), l.keywords());
  };
  return {.classes = {name},
          .keys = facts.keys,
          .weights = [weights](const Config&) { return weights; },
          .lower = lower,
          .passes_mask = facts.passes_mask};
}

}  // namespace

void add_ops_functions(CustomObjects& objects, const py::list& functions) {
  for (const py::handle& entry : functions) {
    const auto [role, name, function] = entry.cast<std::tuple<std::string, std::string, py::object>>();
    const FunctionFacts facts = facts_about(function);
    if (role == "layer") objects.replace(name, layer_of_function(facts, name));
    if (role == "class") objects.layer(layer_of_function(facts, name));
    if (role == "function")
      objects.function(name, [facts](Builder& builder, Value x) {
        return one_of(lowering_of(builder), facts, {{Traced{x, {}}}}, {});
      });
    if (role == "comparison") {
      const Comparison comparison = [facts](Lowering& l, Value y_true, Value y_pred) {
        return one_of(l, facts, {{Traced{y_true, {}}}, {Traced{y_pred, {}}}}, {});
      };
      objects.loss(name, comparison);
      objects.metric(name, comparison);
    }
  }
}

void bind_ops(py::module_& module) {
  py::class_<Symbol>(module, "Symbol")
      .def_property_readonly("shape",
                             [](const Symbol& symbol) {
                               const Dims dims = lowering_in(*symbol.trace).dims(symbol.value);
                               return py::tuple(py::cast(std::vector<int64_t>(dims.begin(), dims.end())));
                             })
      .def_property_readonly(
          "dtype", [](const Symbol& symbol) { return std::string(name_of(lowering_in(*symbol.trace).dtype(symbol.value))); });
  py::class_<Trace, TracePointer>(module, "Trace").def("call", &call).def("constant", &constant);
  module.def("ops_functions", &ops_functions);
}

}  // namespace keraunos::python
