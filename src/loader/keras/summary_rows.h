// The facts that Keras's summary() shows, apart from how a table looks.
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
  std::optional<int64_t> parameters = 0;  ///< none: not known, of a layer that cannot run
  std::vector<std::string> connections;   ///< "x[0][0]"
};

/// A trainable variable as an optimizer sees it.
struct NamedVariable {
  std::string path;  ///< Keras 3's own: "dense/kernel", without the models and most wrappers around the layer
  const Tensor* tensor = nullptr;
};

struct SummaryTotals {
  int64_t parameters = 0;
  double bytes = 0;
};

/// Elements and bytes of all of them.
SummaryTotals totals_of(const std::vector<NamedVariable>& variables);

struct Summary {
  std::vector<SummaryRow> rows;
  bool is_chain = true;  ///< every layer follows the one before: connections go without saying
  SummaryTotals trainable, frozen;
  std::optional<SummaryTotals> optimizer;  ///< none: not compiled, or a class whose variables cannot be known
};

/// Call number `index` of the calls followed by those that no output needs.
const Call& call_at(const Network& network, size_t index);
/// The tensors of a call in Keras's order, apart from constants.
std::vector<const Source*> operands_of(const Network& network, const Call& call);
/// No two calls equally far from the outputs, no call of several tensors, no layer called twice.
bool is_chain(const Network& network, int major);
/// The layers as the file lists them.
std::vector<size_t> listed_order(const Network& network);
/// The layers as Keras 2 sorts them when it builds the model again.
std::vector<size_t> keras2_order(const Network& network);

Summary summarise(const LayerGraph& graph, const std::map<std::string, LayerOutputs>& outputs);

/// False for an optimizer class of the user's own, of which the config does not say what variables it makes.
bool is_keras_optimizer(const files::Json& optimizer);

/// What Keras 3 counts for the optimizer of the file.
std::optional<SummaryTotals> optimizer_totals(const LayerGraph& graph, const std::vector<NamedVariable>& trainable);

/// The table of Keras 2: columns of fixed width under rules of '_' and '='.
std::string keras2_table(const std::string& model, const Summary& summary);
/// The table of Keras 3, drawn with lines, for a terminal of `width` columns.
std::string keras3_table(const std::string& model, const Summary& summary, int width);

}  // namespace keraunos::loader
