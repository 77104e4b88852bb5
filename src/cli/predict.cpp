#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>

#include "cli/commands.h"
#include "loader/files/json.h"
#include "loader/files/npy.h"

namespace keraunos::cli {
namespace {

// A bar of 40 marks on a terminal, redrawn at most ten times a second; nothing into a file or pipe.
std::function<void(int64_t, int64_t)> progress_bar() {
  if (isatty(STDERR_FILENO) == 0) return {};
  const auto begun = std::chrono::steady_clock::now();
  auto drawn = std::make_shared<std::chrono::steady_clock::time_point>(begun);
  return [begun, drawn](int64_t done, int64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (now - begun < std::chrono::milliseconds(500) || (now - *drawn < std::chrono::milliseconds(100) && done < total)) return;
    *drawn = now;
    constexpr int64_t kMarks = 40;
    const auto marks = static_cast<size_t>(kMarks * done / std::max<int64_t>(total, 1));
    const double seconds = std::chrono::duration<double>(now - begun).count();
    std::cerr << "\r[" << std::string(marks, '#') << std::string(static_cast<size_t>(kMarks) - marks, '.') << "] " << done << '/'
              << total << " rows, " << static_cast<int64_t>(static_cast<double>(done) / seconds) << " rows/s "
              << (done == total ? "\n" : "") << std::flush;
  };
}

files::Json shape_of(const Tensor& tensor) {
  files::Json shape = files::Json::array();
  for (int64_t size : tensor.dims()) shape.push_back(size);
  return shape;
}

}  // namespace

int predict(const PredictCommand& command) {
  files::refuse_unwritable(command.outputs);  // checked before the computation
  Model model = command.load();
  const Named arrays = files::read_arrays(command.inputs, std::make_shared<files::MemoryBudget>(command.max_bytes));
  const NamedViews inputs = inputs_for(model, arrays, command.inputs);
  if (!command.layers.empty()) model = model.with_outputs(command.layers);
  const PredictOptions options{.batch_size = command.batch_size, .progress = progress_bar()};
  const Named outputs = predicted(model, inputs, options);
  files::write_npz(command.outputs, outputs);
  if (command.json) {
    files::Json shapes = files::Json::object();
    for (const auto& [name, tensor] : outputs) shapes.set(name, shape_of(tensor));
    std::cout << files::Json::object(
                     {{"device", model.device().to_string()}, {"outputs", std::move(shapes)}, {"written", command.outputs}})
                     .dump()
              << '\n';
  } else {
    for (const auto& [name, tensor] : outputs) {
      note(name + ' ' + tensor.dims().to_string() + ' ' + std::string(name_of(tensor.dtype())) + " computed on " +
           model.device().to_string());
    }
  }
  return 0;
}

}  // namespace keraunos::cli
