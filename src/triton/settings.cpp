#include "triton/settings.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "keraunos/error.h"
#include "triton/dtypes.h"

namespace keraunos::triton {
namespace {

using nlohmann::ordered_json;

ordered_json parsed(std::string_view text) {
  ordered_json config = ordered_json::parse(text, nullptr, false);
  if (!config.is_object()) throw UsageError("the configuration is no JSON object: " + std::string(text.substr(0, 200)));
  return config;
}

int64_t whole(const std::string& text, const std::string& what, int64_t least) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || rest != end || value < least)
    throw UsageError(what + " expects a whole number of at least " + std::to_string(least) + ", found \"" + text + '"');
  return value;
}

// The JSON form of protocol buffers may write 64-bit numbers as texts.
int64_t number_in(const ordered_json& value, const std::string& what) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_string()) return whole(value.get<std::string>(), what, -1);
  throw UsageError(what + " expects a whole number, found " + value.dump());
}

Precision precision_named(const std::string& text) {
  constexpr std::pair<const char*, Precision> kKnown[] = {{"as_saved", Precision::as_saved},
                                                          {"float32", Precision::float32},
                                                          {"tf32", Precision::tf32},
                                                          {"bfloat16", Precision::bfloat16},
                                                          {"float16", Precision::float16}};
  for (const auto& [name, precision] : kKnown) {
    if (text == name) return precision;
  }
  throw UsageError("the parameter precision expects as_saved, float32, tf32, bfloat16 or float16, found \"" + text + '"');
}

void set_parameter(LoadOptions& options, const std::string& key, const std::string& value) {
  if (key == "precision") {
    options.precision = precision_named(value);
  } else if (key == "threads") {
    options.threads = static_cast<int>(std::min<int64_t>(whole(value, "the parameter threads", 0), 1 << 16));
  } else if (key == "safe_mode") {
    if (value != "true" && value != "false")
      throw UsageError("the parameter safe_mode expects true or false, found \"" + value + '"');
    options.safe_mode = value == "true";
  } else if (key == "signature") {
    options.signature = value;
  } else if (!key.starts_with("TRITON_")) {  // the server uses these
    throw UsageError("there is no parameter \"" + key + "\"; there are precision, threads, safe_mode, signature");
  }
}

std::optional<Device> device_of_groups(const ordered_json& config) {
  const ordered_json groups = config.value("instance_group", ordered_json::array());
  for (const ordered_json& group : groups) {
    const std::string kind = group.value("kind", "");
    if (kind == "KIND_CPU") return Device{};
    if (kind != "KIND_GPU") continue;
    const ordered_json gpus = group.value("gpus", ordered_json::array());
    return Device{Device::cuda, gpus.empty() ? 0 : static_cast<int>(number_in(gpus[0], "instance_group.gpus"))};
  }
  return std::nullopt;
}

}  // namespace

Settings settings_of(std::string_view text) {
  const ordered_json config = parsed(text);
  Settings settings;
  settings.file = config.value("default_model_filename", "");
  if (config.contains("max_batch_size")) settings.max_batch_size = number_in(config["max_batch_size"], "max_batch_size");
  settings.device = device_of_groups(config);
  settings.options.compile = false;  // the compilation is not needed
  const ordered_json parameters =
      config.value("parameters", ordered_json::object());  // a variable, because items() does not keep a temporary alive
  for (const auto& [key, value] : parameters.items()) set_parameter(settings.options, key, value.value("string_value", ""));
  return settings;
}

int64_t most_rows_of(std::string_view text) {
  constexpr int64_t kMostRows = 1024;
  const ordered_json config = parsed(text);
  int64_t most = kMostRows;
  const ordered_json settings = config.value("cmdline", ordered_json::object());
  for (const auto& [key, value] : settings.items()) {
    constexpr const char* kOfServer[] = {"auto-complete-config", "backend-directory", "default-max-batch-size",
                                         "min-compute-capability", "strict-model-config"};
    if (key == "max-batch-size")
      most = whole(value.get<std::string>(), "--backend-config=keraunos,max-batch-size", 1);
    else if (std::find(std::begin(kOfServer), std::end(kOfServer), key) == std::end(kOfServer))
      throw UsageError("--backend-config=keraunos," + key + ": there is no such setting; there is max-batch-size");
  }
  return most;
}

namespace {

// The configuration of an input or output. Its dims exclude the batch axis if Triton batches.
ordered_json port_json(const TensorSpec& spec, bool batched, bool is_input) {
  ordered_json port = {{"name", spec.name}, {"data_type", config_name_of(spec.dtype)}};
  if (is_input) port["format"] = "FORMAT_NONE";
  ordered_json dims = ordered_json::array();
  for (size_t i = batched ? 1 : 0; i < spec.shape.size(); ++i) dims.push_back(spec.shape[i].value_or(-1));
  if (dims.empty()) {  // a configuration cannot contain empty dims, so clients use one axis of extent 1
    port["dims"] = {1};
    port["reshape"] = {{"shape", ordered_json::array()}};
  } else {
    port["dims"] = std::move(dims);
  }
  return port;
}

ordered_json ports_json(const std::vector<TensorSpec>& specs, bool batched, bool are_inputs) {
  ordered_json ports = ordered_json::array();
  for (const TensorSpec& spec : specs) ports.push_back(port_json(spec, batched, are_inputs));
  return ports;
}

bool is_absent(const ordered_json& config, const char* key) { return !config.contains(key) || config[key].empty(); }

bool has_scheduler(const ordered_json& config) {
  return config.contains("dynamic_batching") || config.contains("sequence_batching") || config.contains("ensemble_scheduling");
}

}  // namespace

std::string completed(std::string_view text, const Described& model, int64_t most_rows) {
  ordered_json config = parsed(text);
  int64_t rows = config.contains("max_batch_size") ? number_in(config["max_batch_size"], "max_batch_size") : 0;
  if (rows == 0 && is_absent(config, "input") && is_absent(config, "output") && model.rows_are_independent)
    config["max_batch_size"] = rows = most_rows;
  if (is_absent(config, "input")) config["input"] = ports_json(model.inputs, rows > 0, true);
  if (is_absent(config, "output")) config["output"] = ports_json(model.outputs, rows > 0, false);
  if (rows > 1 && model.rows_are_independent && !has_scheduler(config)) config["dynamic_batching"] = ordered_json::object();
  return config.dump();
}

namespace {

const TensorSpec& spec_named(const std::vector<TensorSpec>& specs, const std::string& name, const std::string& kind) {
  std::string names;
  for (const TensorSpec& spec : specs) {
    if (spec.name == name) return spec;
    names += (names.empty() ? "\"" : ", \"") + spec.name + '"';
  }
  throw UsageError("the configuration names the " + kind + " \"" + name + "\", which the model does not have; it has " + names);
}

void check_port(const ordered_json& port, const TensorSpec& spec, bool batched, const std::string& kind) {
  const std::string what = "the configuration's " + kind + " \"" + spec.name + '"';
  if (const std::string type = port.value("data_type", ""); type != config_name_of(spec.dtype))
    throw UsageError(what + " is of " + type + ", the model's of " + config_name_of(spec.dtype));
  ordered_json dims = port.value("dims", ordered_json::array());
  if (port.contains("reshape")) dims = port["reshape"].value("shape", ordered_json::array());
  const size_t first = batched ? 1 : 0;
  bool fits = dims.size() + first == spec.shape.size();
  for (size_t i = 0; fits && i < dims.size(); ++i) {
    const int64_t size = number_in(dims[i], what + ": dims");
    fits = !spec.shape[i + first] || size == *spec.shape[i + first];
  }
  if (!fits)
    throw UsageError(what + " has dims " + dims.dump() + (batched ? " for each row" : "") + ", the model's is " +
                     spec.to_string());
}

void check_ports(const ordered_json& config, const char* key, const std::vector<TensorSpec>& specs, bool all, bool batched) {
  const ordered_json ports = config.value(key, ordered_json::array());
  for (const ordered_json& port : ports) {
    const std::string name = port.value("name", "");
    check_port(port, spec_named(specs, name, key), batched, key);
  }
  if (all && ports.size() != specs.size())
    throw UsageError("the configuration has " + std::to_string(ports.size()) + " inputs, the model " +
                     std::to_string(specs.size()) + ": each must be named once");
}

}  // namespace

void check_config(std::string_view text, const Described& model) {
  const ordered_json config = parsed(text);
  const int64_t rows = config.contains("max_batch_size") ? number_in(config["max_batch_size"], "max_batch_size") : 0;
  for (const TensorSpec& spec : model.inputs) {
    if (rows > 0 && (spec.shape.empty() || spec.shape[0]))
      throw UsageError("max_batch_size is " + std::to_string(rows) + ", but the input \"" + spec.name + "\" is " +
                       spec.to_string() + ", whose rows are not free: set max_batch_size to 0");
  }
  check_ports(config, "input", model.inputs, true, rows > 0);
  check_ports(config, "output", model.outputs, false, rows > 0);
}

}  // namespace keraunos::triton
