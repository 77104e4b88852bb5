// The keraunos program: parses the command line, runs one command, turns errors into exit codes.
//   0 done, 1 the model or its data is at fault, 2 wrong usage, 3 device trouble
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cli/commands.h"
#include "cli/text.h"
#include "loader/files/json.h"

namespace keraunos::cli {
namespace {

void add_model(CLI::App& command, ModelOptions& options) {
  command.add_option("MODEL", options.model, "a .keras file or folder, an HDF5 file, or an architecture JSON with --weights")
      ->required();
}

void add_running(CLI::App& command, ModelOptions& options) {
  command.add_option("--device", options.device, "auto, cpu, cuda or cuda:N")->capture_default_str();
  command.add_option("--precision", options.precision, "as_saved, float32, tf32, bfloat16 or float16")->capture_default_str();
  command.add_option("--threads", options.threads, "CPU threads of one call; 0: as many as cores")->capture_default_str();
}

void add_file(CLI::App& command, ModelOptions& options) {
  command.add_option("--weights", options.weights,
                     "weights in place of the file's own, or beside an architecture JSON: HDF5, .keras, a SavedModel or a "
                     "checkpoint; synthetic:SEED makes them up");
  command
      .add_option("--hdf5", options.hdf5,
                  "the reader of HDF5 files: strict (our own), or library (libhdf5, for trusted files that strict refuses)")
      ->capture_default_str();
  command.add_option("--max-bytes", options.max_bytes, "refuse files that need more memory than this while they are loaded")
      ->capture_default_str();
  command.add_option("--scratch", options.scratch, "a folder for a file that large weights are kept in instead of in memory");
  command.add_flag("--json", options.json, "one JSON object on stdout");
  command.add_option("--safe-mode", options.safe_mode, "true, or false: translate Lambda layers of .keras files too")
      ->capture_default_str();
  command.add_option("--replace", options.replacements,
                     "LAYER=EXPRESSION: what a layer computes, such as 'lambda_1=x / 127.5 - 1'; may be given several times");
  command.add_option("--recipe", options.recipes,
                     "take classes copied from an example as that example has them: keras_io, keras_io/EXAMPLE, …; may be given "
                     "several times");
  command.add_option("--signature", options.signature,
                     "of a SavedModel: compute the function of this signature, or this function of its objects as "
                     "'generate_one_step:1', not the model's layers; of a frozen graph: the outputs, as 'probabilities,best:1'");
  command.add_flag("--no-compile", options.no_compile, "do not read how the model was compiled");
}

int report(const std::exception& error, int code, bool json) {
  if (json) {
    files::Json object = files::Json::object({{"error", error.what()}, {"exit_code", int64_t{code}}});
    if (const auto* unsupported = dynamic_cast<const UnsupportedError*>(&error)) {
      files::Json items = files::Json::array();
      for (const UnsupportedError::Item& item : unsupported->items) items.push_back(item_json(item));
      object.set("unsupported", std::move(items));
    }
    std::cout << object.dump() << '\n';
  }
  std::cerr << "keraunos: " << without_controls(error.what()) << '\n';
  return code;
}

// CLI11's message describes the error; this adds what to try.
std::string complaint(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  if (!chosen.empty()) return std::string(error.what()) + "; see keraunos " + chosen[0]->get_name() + " --help";
  std::string names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names += (names.empty() ? "" : ", ") + command->get_name();
  const std::string found =
      argc > 1 ? std::string("there is no command \"") + argv[1] + '"' : std::string("a command is missing");
  return found + "; the commands are " + names + ", see keraunos --help";
}

int run(int argc, char** argv) {
  CLI::App app{"Predicts with saved Keras models."};
  app.require_subcommand(1);
  app.set_version_flag("--version", "keraunos 0.1.0");

  PredictCommand predicting;
  CLI::App* predict_app = app.add_subcommand("predict", "predict with arrays from a .npz or .npy file");
  add_model(*predict_app, predicting);
  predict_app->add_option("INPUTS", predicting.inputs, ".npz (keys: input names, or arr_0, arr_1, …) or .npy")->required();
  predict_app->add_option("OUTPUTS", predicting.outputs, ".npz with the outputs' names as keys")->required();
  predict_app->add_option("--batch-size", predicting.batch_size, "rows at a time; 0: automatic")->check(CLI::NonNegativeNumber);
  predict_app->add_option("--max-turns", predicting.max_turns, "turns of a loop that a condition on data ends")
      ->check(CLI::NonNegativeNumber);
  predict_app->add_option("--layer", predicting.layers, "write this layer's output instead; may be repeated");
  predict_app->add_flag("--progress", predicting.progress, "a progress bar also where stderr is no terminal");
  predict_app->add_option("--trace", predicting.trace,
                          "time the rows that are computed together, in two further runs, as a trace for ui.perfetto.dev");
  add_running(*predict_app, predicting);
  add_file(*predict_app, predicting);

  EvaluateCommand evaluating;
  CLI::App* evaluate_app = app.add_subcommand("evaluate", "loss and metrics of a compiled model, as Keras's evaluate");
  add_model(*evaluate_app, evaluating);
  evaluate_app->add_option("--inputs", evaluating.inputs, ".npz (keys: input names, or arr_0, arr_1, …) or .npy")->required();
  evaluate_app->add_option("--targets", evaluating.targets, ".npz (keys: output names, or arr_0, arr_1, …) or .npy")->required();
  evaluate_app->add_option("--sample-weight", evaluating.sample_weight,
                           "a weight for each row: .npz (keys: output names, or all) or .npy for all outputs");
  evaluate_app->add_option("--loss", evaluating.losses,
                           "NAME=EXPRESSION: what a custom loss computes, such as 'my_loss=K.mean(K.abs(y_true - y_pred), -1)'; "
                           "may be given several times");
  evaluate_app->add_option("--metric", evaluating.metrics,
                           "NAME=EXPRESSION: the same for a custom metric, the mean of its values");
  evaluate_app->add_option("--batch-size", evaluating.batch_size, "rows of a batch")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  add_running(*evaluate_app, evaluating);
  add_file(*evaluate_app, evaluating);

  ModelOptions summarising;
  CLI::App* summary_app = app.add_subcommand("summary", "Keras's table of layers");
  add_model(*summary_app, summarising);
  add_file(*summary_app, summarising);

  WeightsCommand weighing;
  CLI::App* weights_app = app.add_subcommand("weights", "list the weights, or write one");
  add_model(*weights_app, weighing);
  weights_app->add_option("PATH", weighing.path, "of one weight: dense_1/kernel");
  weights_app->add_option("OUT", weighing.out, ".npy to write it to");
  add_file(*weights_app, weighing);

  ConvertCommand converting;
  CLI::App* convert_app =
      app.add_subcommand("convert", "write a model of any format and Keras version as a .keras file of Keras 3");
  add_model(*convert_app, converting);
  convert_app->add_option("OUT", converting.out, "the .keras file to write")->required();
  convert_app->add_option("--quantize", converting.quantize, "int8 or int4: weights as Keras's Model.quantize() rounds them");
  add_file(*convert_app, converting);

  VerifyCommand verifying;
  CLI::App* verify_app = app.add_subcommand("verify", "replay recorded cases and compare with what Keras computed");
  verify_app->add_option("CASE", verifying.cases, "folders with a case.json")->required();
  add_running(*verify_app, verifying);
  verify_app->add_flag("--json", verifying.json, "one JSON object on stdout");

  BenchCommand benching;
  CLI::App* bench_app = app.add_subcommand("bench", "time predict calls");
  add_model(*bench_app, benching);
  bench_app->add_option("--batch", benching.batch, "rows of a call")->capture_default_str()->check(CLI::PositiveNumber);
  bench_app->add_option("--repeats", benching.repeats, "calls to time; 0: about two seconds of them")
      ->check(CLI::NonNegativeNumber);
  bench_app->add_option("--inputs", benching.inputs, ".npz or .npy to predict on instead of random numbers");
  add_running(*bench_app, benching);
  add_file(*bench_app, benching);

  InspectCommand inspecting;
  CLI::App* inspect_app = app.add_subcommand("inspect", "inputs, outputs, layers and the plan that runs");
  add_model(*inspect_app, inspecting);
  inspect_app->add_flag("--plan", inspecting.plan, "steps, kernels, memory, and why anything is not fast");
  inspect_app->add_option("--html", inspecting.html,
                          "write one page for a browser: the graph of layers, steps, memory, layers that cannot run");
  inspect_app->add_flag("--measure", inspecting.measure, "with --html: the time of each step");
  inspect_app->add_option("--inputs", inspecting.inputs,
                          "with --html: .npz or .npy to plan and measure for instead of random numbers");
  inspect_app->add_option("--batch", inspecting.batch, "rows to plan for")->capture_default_str()->check(CLI::PositiveNumber);
  add_running(*inspect_app, inspecting);
  add_file(*inspect_app, inspecting);

  ProfileCommand profiling;
  CLI::App* profile_app = app.add_subcommand("profile", "the time of each step and layer, the slowest first");
  add_model(*profile_app, profiling);
  profile_app->add_option("--inputs", profiling.inputs, ".npz or .npy to predict on instead of random numbers");
  profile_app->add_option("--batch", profiling.batch, "rows of a run, of random numbers")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  profile_app->add_option("--runs", profiling.runs, "runs to time")->capture_default_str()->check(CLI::PositiveNumber);
  profile_app->add_option("--top", profiling.top, "rows of a table; 0: all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  profile_app->add_option("--trace", profiling.trace, "write the last run as a trace for chrome://tracing and ui.perfetto.dev");
  profile_app->add_flag("--nvtx", profiling.nvtx, "on a GPU: each step in an NVTX range of its layer's name, for Nsight Systems");
  add_running(*profile_app, profiling);
  add_file(*profile_app, profiling);

  DiffCommand differing;
  CLI::App* diff_app =
      app.add_subcommand("diff", "compare two models layer by layer on the same inputs; exit code 1: they differ");
  add_model(*diff_app, differing);
  diff_app->add_option("OTHER", differing.other, "the model to compare with; may be the same file")->required();
  diff_app->add_option("INPUTS", differing.inputs, ".npz (keys: input names, or arr_0, arr_1, …) or .npy")->required();
  diff_app->add_option("--rtol", differing.rtol, "|a - b| may be atol + rtol * |b|")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  diff_app->add_option("--atol", differing.atol)->capture_default_str()->check(CLI::NonNegativeNumber);
  diff_app->add_option("--other-device", differing.other_device, "for OTHER; as --device unless given");
  diff_app->add_option("--other-precision", differing.other_precision, "for OTHER; as --precision unless given");
  diff_app->add_option("--batch-size", differing.batch_size, "rows at a time; 0: all together")->check(CLI::NonNegativeNumber);
  add_running(*diff_app, differing);
  add_file(*diff_app, differing);

  bool list_as_json = false;
  CLI::App* supported_app = app.add_subcommand("supported", "the layers and operations that files may contain");
  supported_app->add_flag("--json", list_as_json, "one JSON object on stdout");

  bool json = false;
  try {
    app.parse(argc, argv);
    json = predicting.json || evaluating.json || summarising.json || weighing.json || converting.json || verifying.json ||
           benching.json || inspecting.json || differing.json || profiling.json || list_as_json;
    if (*predict_app) return predict(predicting);
    if (*evaluate_app) return evaluate(evaluating);
    if (*summary_app) return summary(summarising);
    if (*weights_app) return weights(weighing);
    if (*convert_app) return convert(converting);
    if (*verify_app) return verify(verifying);
    if (*bench_app) return bench(benching);
    if (*diff_app) return diff(differing);
    if (*profile_app) return profile(profiling);
    if (*supported_app) return supported(list_as_json);
    return inspect(inspecting);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const bool as_json = std::any_of(argv, argv + argc, [](const char* word) { return std::string_view(word) == "--json"; });
    return report(UsageError(complaint(app, error, argc, argv)), 2, as_json);
  } catch (const DeviceError& error) {
    return report(error, 3, json);
  } catch (const UsageError& error) {
    return report(error, 2, json);
  } catch (const Error& error) {
    return report(error, 1, json);
  } catch (const std::bad_alloc&) {
    return report(Error("there is not enough memory for this model or batch; try a smaller --batch-size"), 1, json);
  } catch (const std::exception& error) {
    return report(Error(std::string("internal error, which should be reported with the model: ") + error.what()), 1, json);
  }
}

}  // namespace
}  // namespace keraunos::cli

int main(int argc, char** argv) { return keraunos::cli::run(argc, argv); }
