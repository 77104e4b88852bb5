// keraunos convert: saves a model in the format of Keras 3.
#include <iostream>

#include "cli/commands.h"
#include "keraunos/error.h"

namespace keraunos::cli {
namespace {

Quantization quantization_named(const std::string& name) {
  if (name.empty()) return Quantization::none;
  if (name == "int8") return Quantization::int8;
  if (name == "int4") return Quantization::int4;
  throw UsageError("--quantize expects int8 or int4, found \"" + name + '"');
}

}  // namespace

int convert(const ConvertCommand& command) {
  const Quantization quantization = quantization_named(command.quantize);
  const Model model = command.load();
  files::Json warnings = files::Json::array();
  model.save(command.out, {.quantize = quantization, .warning = [&](const std::string& sentence) {
                             warnings.push_back(sentence);
                             note(command.model + ": " + sentence);
                           }});
  if (command.json)
    std::cout << files::Json::object({{"model", command.model}, {"out", command.out}, {"warnings", warnings}}).dump() << '\n';
  else
    note("wrote " + command.out);
  return 0;
}

}  // namespace keraunos::cli
