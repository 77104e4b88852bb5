#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iostream>

#include "cli/commands.h"
#include "cli/trace.h"
#include "loader/files/json.h"
#include "loader/files/npy.h"

namespace keraunos::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string bar(int64_t done, int64_t total, Clock::duration since) {
  constexpr int64_t kMarks = 40;
  const auto marks = static_cast<size_t>(kMarks * done / std::max<int64_t>(total, 1));
  const double seconds = std::chrono::duration<double>(since).count();
  return '[' + std::string(marks, '#') + std::string(static_cast<size_t>(kMarks) - marks, '.') + "] " + std::to_string(done) +
         '/' + std::to_string(total) + " rows, " + std::to_string(static_cast<int64_t>(static_cast<double>(done) / seconds)) +
         " rows/s";
}

// On a terminal this draws a bar, at most ten times a second, for predictions that take half a second or longer. For a file or
// pipe it writes nothing, or with `asked` one line per second and one at the end.
std::function<void(int64_t, int64_t)> progress_bar(bool asked) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  if (!terminal && !asked) return {};
  const Clock::time_point begun = Clock::now();
  auto drawn = std::make_shared<Clock::time_point>(begun);
  return [=](int64_t done, int64_t total) {
    const Clock::time_point now = Clock::now();
    const bool ends = done == total, waits = now - *drawn < std::chrono::milliseconds(terminal ? 100 : 1000);
    if (!asked && now - begun < std::chrono::milliseconds(500)) return;
    if (waits && !ends) return;
    *drawn = now;
    std::cerr << (terminal ? "\r" : "") << bar(done, total, now - begun) << (ends || !terminal ? "\n" : " ") << std::flush;
  };
}

// The number of rows that predict() computes together, so that a trace needs no more memory than the prediction.
NamedViews rows_of_a_piece(const Model& model, const NamedViews& inputs) {
  std::vector<Dims> dims;
  for (const auto& [name, view] : inputs) dims.push_back(view.dims);
  const PlanDescription plan = model.describe_plan(dims);
  NamedViews piece = inputs;
  for (auto& [name, view] : piece) {
    std::vector<int64_t> sizes(view.dims.begin(), view.dims.end());
    if (plan.rows_at_a_time < plan.rows) sizes.at(0) = plan.rows_at_a_time;
    view.dims = Dims(sizes);
  }
  return piece;
}

void trace(const Model& model, const NamedViews& inputs, const std::string& file) {
  const Profile profile = profiled(model, rows_of_a_piece(model, inputs), {.runs = 1, .warm_up = 1});
  write_trace(file, model.name(), profile);
}

files::Json shape_of(const Tensor& tensor) {
  files::Json shape = files::Json::array();
  for (int64_t size : tensor.dims()) shape.push_back(size);
  return shape;
}

}  // namespace

int predict(const PredictCommand& command) {
  files::refuse_unwritable(command.outputs);  // checked before the computation
  if (!command.trace.empty()) files::refuse_unwritable(command.trace);
  Model model = command.load();
  const Named arrays = files::read_arrays(command.inputs, std::make_shared<files::MemoryBudget>(command.max_bytes));
  const NamedViews inputs = inputs_for(model, arrays, command.inputs);
  if (!command.layers.empty()) model = model.with_outputs(command.layers);
  const PredictOptions options{
      .batch_size = command.batch_size, .progress = progress_bar(command.progress), .max_turns = command.max_turns};
  if (!command.trace.empty()) trace(model, inputs, command.trace);
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
