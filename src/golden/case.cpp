#include <algorithm>

#include "golden/golden.h"
#include "loader/files/bytes.h"
#include "loader/files/json.h"

namespace keraunos::golden {
namespace {

std::string text_of(const files::Json& json, const char* key) {
  const files::Json* found = json.find(key);
  return found != nullptr && found->is_string() ? found->as_string() : std::string{};
}

std::optional<Evaluated> evaluated_in(const files::Json& json, const std::filesystem::path& folder) {
  const files::Json* scores = json.find("evaluate");
  const std::string targets = text_of(json, "y");
  if (scores == nullptr || !scores->is_object() || targets.empty()) return std::nullopt;
  Evaluated evaluated{.targets = folder / targets};
  if (const std::string weights = text_of(json, "sample_weight"); !weights.empty()) evaluated.weights = folder / weights;
  if (const files::Json* rows = json.find("evaluate_batch_size"); rows != nullptr && rows->is_int())
    evaluated.batch_size = rows->as_int();
  const files::Json* ordered = json.find("evaluate_in_order");
  evaluated.in_order = ordered != nullptr && ordered->is_bool() && ordered->as_bool();
  for (const auto& [name, value] : scores->members()) {
    std::vector<double> numbers;
    if (value.is_number()) numbers.push_back(value.as_double());
    if (value.is_array())
      for (const files::Json& number : value.items()) numbers.push_back(number.as_double());
    evaluated.scores.emplace_back(name, std::move(numbers));
  }
  return evaluated;
}

}  // namespace

Case Case::read(const std::filesystem::path& folder, uint64_t max_bytes) {
  const std::filesystem::path file = folder / "case.json";
  const auto budget = std::make_shared<files::MemoryBudget>(max_bytes);
  const files::Json json =
      files::Json::parse(files::read_text(*files::open_file(file.string(), budget)), file.string(), budget.get());
  Case golden;
  golden.folder = folder;
  golden.model = folder / text_of(json, "model");
  const std::string weights = text_of(json, "weights");
  if (weights.starts_with("synthetic:")) {
    golden.synthetic = true;
    golden.synthetic_seed = std::stoull(weights.substr(10));
  } else if (!weights.empty()) {
    golden.weights = folder / weights;
  }
  if (const files::Json* calls = json.find("calls")) {
    for (const files::Json& call : calls->items())
      golden.calls.push_back({folder / text_of(call, "inputs"), folder / text_of(call, "outputs")});
  } else if (!text_of(json, "inputs").empty()) {
    golden.calls.push_back({folder / text_of(json, "inputs"), folder / text_of(json, "outputs")});
  }
  golden.evaluated = evaluated_in(json, folder);
  if (const files::Json* rtol = json.find("rtol")) golden.rtol = rtol->as_double();
  if (const files::Json* level = json.find("level")) golden.level = level->as_double();
  if (const files::Json* atol = json.find("atol")) golden.atol = atol->as_double();
  if (const files::Json* rows = json.find("batch_size"); rows && rows->is_int()) golden.batch_size = rows->as_int();
  if (const files::Json* expected = json.find("expect_plan")) {
    for (const files::Json& line : expected->items()) golden.expect_plan.push_back(line.as_string());
  }
  if (const files::Json* classes = json.find("classes")) {
    for (const files::Json& name : classes->items()) golden.classes.push_back(name.as_string());
  }
  if (const std::string text = text_of(json, "expect_error"); !text.empty()) golden.expect_error.push_back(text);
  if (const files::Json* further = json.find("expect_also")) {
    for (const files::Json& text : further->items()) golden.expect_error.push_back(text.as_string());
  }
  if (const files::Json* safe = json.find("safe_mode")) golden.safe_mode = safe->as_bool();
  golden.signature = text_of(json, "signature");
  golden.custom_objects = text_of(json, "custom_objects");
  golden.recipe = text_of(json, "recipe");
  golden.only_on_cpu = text_of(json, "only_on_cpu");
  return golden;
}

std::vector<std::filesystem::path> find_cases(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> folders;
  if (!std::filesystem::is_directory(root)) return folders;
  if (std::filesystem::exists(root / "case.json")) return {root};
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (std::filesystem::exists(entry.path() / "case.json")) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace keraunos::golden
