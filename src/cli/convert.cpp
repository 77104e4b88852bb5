// keraunos convert: saves a model in the format of Keras 3.
#include <iostream>

#include "cli/commands.h"

namespace keraunos::cli {

int convert(const ConvertCommand& command) {
  const Model model = command.load();
  model.save(command.out);
  if (command.json)
    std::cout << files::Json::object({{"model", command.model}, {"out", command.out}}).dump() << '\n';
  else
    note("wrote " + command.out);
  return 0;
}

}  // namespace keraunos::cli
