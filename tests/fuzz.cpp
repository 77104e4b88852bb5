// Shipped models damaged at random, with fixed seeds: bits flipped, blocks removed, doubled or overwritten, files truncated, and
// configs whose JSON is edited value by value. Each must load (and then predict) or be refused with a message.
//   fuzz CASES [--rounds N] [--only SEED]      with KERAUNOS_SHOW set, what a seed does to which model
// Mutations run in processes of about a hundred, so that a crash names its seed and the others still run.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <random>
#include <sstream>
#include <vector>

#include "altered.h"
#include "child.h"
#include "keraunos/keraunos.h"
#include "predict_once.h"

// The library refuses impossible sizes; ASan must return null for them, as malloc does.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:max_allocation_size_mb=1024:handle_abort=1";
}

namespace {

namespace fs = std::filesystem;
using namespace keraunos;

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed * 0x9E3779B97F4A7C15u + 1) {}
  size_t below(size_t count) { return count == 0 ? 0 : static_cast<size_t>(engine_() % count); }
  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }

 private:
  std::mt19937_64 engine_;
};

void damage(std::string& bytes, Dice& dice) {
  const size_t at = dice.below(bytes.size()), length = std::min(1 + dice.below(64), bytes.size() - at);
  switch (dice.below(6)) {
    case 0: bytes.resize(at); return;
    case 1: bytes.erase(at, length); return;
    case 2: bytes.insert(at, bytes.substr(dice.below(bytes.size()), length)); return;
    case 3: std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), length, dice.below(2) == 0 ? '\0' : '\xFF'); return;
    case 4:
      for (size_t i = 0; i < length; ++i) bytes[at + i] = static_cast<char>(dice.below(256));
      return;
    default:
      for (size_t i = 0; i <= dice.below(8); ++i) bytes[dice.below(bytes.size())] ^= static_cast<char>(1u << dice.below(8));
  }
}

// A JSON text split into tokens, one of which is replaced, removed or doubled.
std::vector<std::string> tokens_of(const std::string& json) {
  std::vector<std::string> tokens;
  for (size_t i = 0; i < json.size();) {
    size_t end = i + 1;
    if (json[i] == '"') {
      while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
      ++end;
    } else if (std::string_view("{}[]:, \n").find(json[i]) == std::string_view::npos) {
      while (end < json.size() && std::string_view("{}[]:, \n\"").find(json[end]) == std::string_view::npos) ++end;
    }
    tokens.push_back(json.substr(i, end - i));
    i = end;
  }
  return tokens;
}

bool is_value(const std::string& token) {
  return token.size() > 1 || std::string_view("{}[]:, \n").find(token[0]) == std::string_view::npos;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::string edited(const std::string& json, Dice& dice) {
  static const std::string kExtremes =
      " 2147483648 4611686018427387904 3074457345618258603 -9223372036854775808 " + std::string(300, '7');
  static const std::vector<std::string> kNumbers = words_of("-2 -1 0 1 2 3 4 5 6 7 8 9" + kExtremes);
  static const std::vector<std::string> kOther = words_of(
      R"(0 1 -1 2 3 7 -7 0.5 null true false "" "relu" "same" "float16" [] [1] [2,2] [null,3] {} 1e300 NaN "channels_first" [[["x",0,0,{}]]])" +
      kExtremes);
  std::vector<std::string> tokens = tokens_of(json);
  std::vector<size_t> values;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (is_value(tokens[i])) values.push_back(i);
  }
  for (size_t edits = 1 + dice.below(2); edits > 0; --edits) {
    std::string& token = tokens[dice.one_of(values)];
    switch (dice.below(4)) {
      case 0: token = tokens[dice.one_of(values)]; break;  // a name or number from elsewhere in the file
      case 1: token = token.front() == '"' ? dice.one_of(kOther) : dice.one_of(kNumbers); break;
      default: token = dice.one_of(kOther);
    }
  }
  std::string text;
  for (const std::string& token : tokens) text += token;
  return text;
}

struct Subject {
  std::string name, bytes, config;
  fs::path weights;  // in addition to the config
};

// Empty, or a description of what the library did wrong.
std::string taken(const std::function<Model()>& load) {
  try {
    predict_once(load());
  } catch (const Error& error) {
    const std::string text = error.what();
    if (text.empty()) return "an error without words";
    if (text.find("internal error") != std::string::npos) return text;
  } catch (const std::exception& error) {
    return std::string("no error of the library: ") + error.what();
  }
  return {};
}

std::string mutate_and_load(const std::vector<Subject>& subjects, uint64_t seed) {
  Dice dice(seed);
  const Subject& subject = dice.one_of(subjects);
  const LoadOptions options{.device = Device{}, .threads = 1, .max_bytes = uint64_t{64} << 20};
  if (!subject.config.empty() && dice.below(2) == 0) {
    const std::string json = edited(subject.config, dice);
    if (std::getenv("KERAUNOS_SHOW") != nullptr) std::cout << subject.name << "\n" << subject.config << "\n" << json << std::endl;
    LoadOptions with_weights = options;
    with_weights.weights = subject.weights;
    return taken([&] { return load_model(std::as_bytes(std::span(json)), with_weights); });
  }
  std::string bytes = subject.bytes;
  for (size_t wounds = 1 + dice.below(3); wounds > 0 && !bytes.empty(); --wounds) damage(bytes, dice);
  if (std::getenv("KERAUNOS_SHOW") != nullptr) std::cout << subject.name << " bytes" << std::endl;
  return taken([&] { return load_model(std::as_bytes(std::span(bytes)), options); });
}

std::vector<Subject> subjects_of(const fs::path& cases, const Folder& folder) {
  std::vector<Subject> subjects;
  for (const char* name : {"doc_example_k2",
                           "doc_example_k3",
                           "doc_example_k3_deflated",
                           "doc_example_k2_h5",
                           "doc_example_k3_json",
                           "conv2d_bn_relu_k2",
                           "conv2d_bn_relu_k3_h5",
                           "depthwise_bn_relu6_k3",
                           "max_pooling2d_k2",
                           "lstm_masked_k2",
                           "gru_stacked_k3",
                           "bidirectional_states_k3",
                           "rnn_stacked_cells_k2",
                           "embedding_k3",
                           "mha_padded_causal_k3",
                           "mha_axes_k2",
                           "string_lookup_k3",
                           "text_int_k2",
                           "text_tf_idf_k3",
                           "topology_several_k2",
                           "topology_nested_twice_k3",
                           "topology_strange_names_k2_h5",
                           "ops_slices_k3",
                           "ops_shapes_k2",
                           "ops_products_k3",
                           "time_distributed_k3",
                           "normalization_adapted_k3",
                           "int8_dense_k3",
                           "mixed_float16_sequence_k2",
                           "layer_norm_rank4_k3",
                           "custom_layer_k3",
                           "conv1d_free_length_k2",
                           "function_frozen_function",
                           "function_frozen_session"}) {
    const fs::path archive = cases / name / "model.keras", hdf5 = cases / name / "model.h5", json = cases / name / "model.json";
    const fs::path graph = cases / name / "frozen_graph.pb";
    const fs::path file = fs::exists(archive) ? archive : fs::exists(hdf5) ? hdf5 : fs::exists(graph) ? graph : json;
    Subject subject{name, bytes_of_file(file), {}, {}};
    if (file == archive) {
      Archive parts(archive);
      subject.config = parts.config();
      subject.weights = folder.write(std::string(name) + ".weights.h5", parts.members["model.weights.h5"]);
    } else if (file == json) {
      subject.config = subject.bytes;
      subject.weights = cases / name / "weights.h5";
    }
    subjects.push_back(std::move(subject));
  }
  const fs::path yaml = cases.parent_path() / "data/saving/yaml/conv_lstm_stacked_k2_json.flow.yaml";
  subjects.push_back({"an architecture in YAML", bytes_of_file(yaml), {}, {}});
  return subjects;
}

constexpr uint64_t kTogether = 100;

// Runs seeds until one ends its process; returns how many ran.
uint64_t run_some(const std::vector<Subject>& subjects, uint64_t first, uint64_t last, int& bad) {
  const Ending ending = in_child({.seconds = 60}, [&](Report& report) {
    std::string said;
    for (uint64_t seed = first; seed < last; ++seed) {
      report.say(said + "@" + std::to_string(seed));
      if (const std::string trouble = mutate_and_load(subjects, seed); !trouble.empty())
        said += "seed " + std::to_string(seed) + ": " + trouble + '\n';
    }
    report.say(said + "@" + std::to_string(last));
  });
  const size_t mark = ending.text.rfind('@');
  const std::string said = ending.text.substr(0, mark);
  std::cout << said;
  bad += static_cast<int>(std::count(said.begin(), said.end(), '\n'));
  const uint64_t reached = mark == std::string::npos ? first : std::stoull(ending.text.substr(mark + 1));
  if (ending.sound) return last - first;
  ++bad;
  std::cout << "seed " << reached << ": " << ending.trouble << '\n';
  return reached - first + 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return 2;
  uint64_t first = 0, rounds = 4000;
  for (size_t i = 1; i + 1 < arguments.size(); i += 2) {
    if (arguments[i] == "--rounds") rounds = std::stoull(arguments[i + 1]);
    if (arguments[i] == "--only") first = std::stoull(arguments[i + 1]), rounds = 1;
  }
  const Folder folder;
  const std::vector<Subject> subjects = subjects_of(arguments[0], folder);
  int bad = 0;
  const uint64_t end = first + rounds;
  for (uint64_t seed = first; seed < end;) seed += run_some(subjects, seed, std::min(seed + kTogether, end), bad);
  std::cout << rounds << " mutations, " << bad << " bad\n";
  return bad == 0 ? 0 : 1;
}
