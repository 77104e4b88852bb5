// The contents of Keras's summary(), independent of the table's form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loader/keras/lowerer.h"

namespace keraunos::loader {

struct SummaryRow {
  std::string layer;                      ///< "dense (Dense)"
  std::string output_shape;               ///< "(None, 5)"
  std::optional<int64_t> parameters = 0;  ///< absent: unknown, for a layer that cannot run
  std::vector<std::string> connections;   ///< "x[0][0]"
};

/// A trainable variable as an optimizer uses it.
struct NamedVariable {
  std::string path;  ///< Keras 3's path: "dense/kernel", without the models and most wrappers around the layer
  const Tensor* tensor = nullptr;
};

struct SummaryTotals {
  int64_t parameters = 0;
  double bytes = 0;
};

/// Number of elements and bytes of all of them.
SummaryTotals totals_of(const std::vector<NamedVariable>& variables);

struct Summary {
  std::vector<SummaryRow> rows;
  bool is_chain = true;  ///< every layer follows the one before, so that connections are not shown
  SummaryTotals trainable, frozen;
  std::optional<SummaryTotals> optimizer;  ///< absent: not compiled, or a class whose variables are unknown
};

/// Call number `index`; calls that no output needs come after the others.
const Call& call_at(const Network& network, size_t index);
/// The tensors of a call in Keras's order, apart from constants.
std::vector<const Source*> operands_of(const Network& network, const Call& call);
/// True when no two calls have the same distance to the outputs, no call has several tensors, and no layer is called twice.
bool is_chain(const Network& network, int major);
/// The layers as the file lists them.
std::vector<size_t> listed_order(const Network& network);
/// The layers as Keras 2 sorts them when it builds the model again.
std::vector<size_t> keras2_order(const Network& network);

Summary summarise(const LayerGraph& graph, const std::map<std::string, LayerOutputs>& outputs);

/// False for a custom optimizer class, whose config does not state its variables.
bool is_keras_optimizer(const files::Json& optimizer);

/// The variables that Keras 3 counts for the file's optimizer.
std::optional<SummaryTotals> optimizer_totals(const LayerGraph& graph, const std::vector<NamedVariable>& trainable);

/// The table of Keras 2: columns of fixed width under rules of '_' and '='.
std::string keras2_table(const std::string& model, const Summary& summary);
/// The table of Keras 3, drawn with lines, for a terminal of `width` columns.
std::string keras3_table(const std::string& model, const Summary& summary, int width);

}  // namespace keraunos::loader
