// The facts that Keras's summary() shows, apart from how a table looks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loader/keras/lowerer.h"

namespace keraunos::loader {

struct SummaryRow {
  std::string layer;         ///< "dense (Dense)"
  std::string output_shape;  ///< "(None, 5)"
  int64_t parameters = 0;
  std::vector<std::string> connections;  ///< "x[0][0]"
};

struct SummaryTotals {
  int64_t parameters = 0;
  double bytes = 0;
};

struct Summary {
  std::vector<SummaryRow> rows;
  bool is_chain = true;  ///< every layer follows the one before: connections go without saying
  SummaryTotals trainable, frozen;
  std::optional<SummaryTotals> optimizer;  ///< none: not compiled, or a class of which Keraunos does not know the variables
};

Summary summarise(const LayerGraph& graph, const std::map<std::string, LayerOutputs>& outputs);

/// What Keras 3 counts for the optimizer of the file.
std::optional<SummaryTotals> optimizer_totals(const LayerGraph& graph, const std::vector<const Tensor*>& trainable);

/// The table of Keras 2: columns of fixed width under rules of '_' and '='.
std::string keras2_table(const std::string& model, const Summary& summary);
/// The table of Keras 3, drawn with lines, for a terminal of `width` columns.
std::string keras3_table(const std::string& model, const Summary& summary, int width);

}  // namespace keraunos::loader
