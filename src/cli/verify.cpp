#include <iostream>

#include "cli/commands.h"
#include "golden/golden.h"
#include "loader/files/json.h"

namespace keraunos::cli {

int verify(const VerifyCommand& command) {
  const LoadOptions options = command.load_options();
  int64_t passed = 0, failed = 0;
  files::Json list = files::Json::array();
  for (const std::string& argument : command.cases) {
    const std::vector<std::filesystem::path> folders = golden::find_cases(argument);
    if (folders.empty()) throw UsageError("\"" + argument + "\" holds no case.json, and neither do its subfolders");
    for (const std::filesystem::path& folder : folders) {
      const golden::Outcome outcome = golden::run(golden::Case::read(folder, command.max_bytes), options);
      const bool good = outcome.kind == golden::Outcome::passed;
      (good ? passed : failed) += 1;
      if (command.json) {
        list.push_back(files::Json::object({{"case", folder.filename().string()},
                                            {"passed", good},
                                            {"message", outcome.message},
                                            {"error", outcome.largest_error}}));
      } else {
        std::cout << (good ? "pass " : "FAIL ") << folder.filename().string();
        if (good)
          std::cout << "  largest error " << outcome.largest_error << " of the tolerance\n";
        else
          std::cout << "  " << outcome.message << '\n';
      }
    }
  }
  if (command.json)
    std::cout << files::Json::object({{"passed", passed}, {"failed", failed}, {"cases", std::move(list)}}).dump() << '\n';
  else
    std::cout << passed << " passed, " << failed << " failed\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace keraunos::cli
