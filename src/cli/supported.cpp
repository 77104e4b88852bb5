// Lists the classes that files may contain.
#include "loader/supported.h"

#include <iostream>

#include "cli/commands.h"

namespace keraunos::cli {
namespace {

files::Json list_of(const std::vector<std::string>& names) {
  files::Json list = files::Json::array();
  for (const std::string& name : names) list.push_back(name);
  return list;
}

void print(const char* title, const std::vector<std::string>& names) {
  constexpr size_t kWidth = 100;
  std::cout << title << " (" << names.size() << ")\n";
  std::string line = " ";
  for (const std::string& name : names) {
    if (line.size() + name.size() > kWidth) std::cout << line << '\n', line = " ";
    line += ' ' + name;
  }
  std::cout << line << '\n';
}

}  // namespace

int supported(bool json) {
  const loader::SupportedNames names = loader::supported_names();
  if (json) {
    std::cout << files::Json::object({{"layers", list_of(names.layers)},
                                      {"operations", list_of(names.operations)},
                                      {"functions", list_of(names.functions)},
                                      {"extensions", list_of(names.extensions)},
                                      {"recipes", list_of(names.recipes)}})
                     .dump()
              << '\n';
    return 0;
  }
  print("layers", names.layers);
  print("operations of keras.ops", names.operations);
  print("functions of TensorFlow", names.functions);
  print("layers of other libraries", names.extensions);
  print("recipes for copied classes (--recipe)", names.recipes);
  return 0;
}

}  // namespace keraunos::cli
