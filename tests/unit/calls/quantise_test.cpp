// Model::save with SaveOptions::quantize: what real Keras 3.15 wrote after Model.quantize() (tests/saving/record_quantised.py).
#include <gtest/gtest.h>
#include <unistd.h>

#include "loader/files/json.h"
#include "loader/files/zip.h"
#include "recorded.h"
#include "unit/expect_error.h"

namespace keraunos {
namespace {

using files::Json;

struct Mode {
  Quantization quantize;
  std::string name;
};

class QuantisedFiles : public testing::Test {
 protected:
  QuantisedFiles() { std::filesystem::create_directories(folder_); }
  ~QuantisedFiles() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path file(const std::string& name) const { return folder_ / name; }

 private:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("keraunos_quantise_" + std::to_string(::getpid()));
};

class Quantise : public QuantisedFiles, public testing::WithParamInterface<Mode> {};

std::filesystem::path of_keras(const std::string& mode) { return data_folder() / "saving" / ("quantise_" + mode + ".keras"); }

Json config_in(const std::filesystem::path& archive) {
  return Json::parse(files::ZipArchive(files::open_file(archive.string())).read_text("config.json"), archive.string());
}

// Without the numbers of Python objects, which differ from run to run.
Json without_ids(const Json& json) {
  if (json.is_array()) {
    Json list = Json::array();
    for (const Json& item : json.items()) list.push_back(without_ids(item));
    return list;
  }
  if (!json.is_object()) return json;
  std::map<std::string, Json> sorted;
  for (const auto& [key, value] : json.members()) {
    if (key != "shared_object_id") sorted.emplace(key, without_ids(value));
  }
  Json object = Json::object();
  for (auto& [key, value] : sorted) object.set(key, std::move(value));
  return object;
}

Tensor ids() {
  Tensor tensor(DType::int32, Dims{4, 26});
  for (size_t i = 0; i < 104; ++i) tensor.mutable_values<int32_t>()[i] = static_cast<int32_t>(i * 7 % 5);
  return tensor;
}

TEST_P(Quantise, WritesWhatKerasWrites) {
  load_for_test(of_keras("float")).save(file("ours.keras"), {.quantize = GetParam().quantize});
  const Model ours = load_for_test(file("ours.keras")), expected = load_for_test(of_keras(GetParam().name));
  EXPECT_EQ(without_ids(config_in(file("ours.keras"))).pretty(), without_ids(config_in(of_keras(GetParam().name))).pretty());
  const std::vector<TensorSpec> weights = expected.weights();
  ASSERT_EQ(ours.weights().size(), weights.size());
  for (const TensorSpec& spec : weights) {
    const size_t slash = spec.name.rfind('/');
    const std::string layer = spec.name.substr(0, slash), name = spec.name.substr(slash + 1);
    EXPECT_TRUE(same(ours.get_layer(layer).weight(name), expected.get_layer(layer).weight(name))) << spec.name;
  }
  const Tensor x = ids();
  EXPECT_TRUE(same(ours.predict(x), expected.predict(x)));
}

INSTANTIATE_TEST_SUITE_P(Modes, Quantise, testing::Values(Mode{Quantization::int8, "int8"}, Mode{Quantization::int4, "int4"}),
                         [](const auto& test) { return test.param.name; });

TEST_F(QuantisedFiles, SaysWhichLayersStayAsTheyAre) {
  std::vector<std::string> warnings;
  const SaveOptions options{.quantize = Quantization::int8,
                            .warning = [&](const std::string& text) { warnings.push_back(text); }};
  const Model model = Recorded("mha_padded_cross_k2").load();
  model.save(file("of_keras2.keras"), options);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("would not load or not run them quantised: \""), std::string::npos) << warnings[0];
  const Model saved = load_for_test(file("of_keras2.keras"));
  const std::vector<TensorSpec> specs = saved.weights();
  const auto integers =
      std::count_if(specs.begin(), specs.end(), [](const TensorSpec& spec) { return spec.dtype == DType::int8; });
  EXPECT_GT(integers, 0);
  EXPECT_EQ(warnings[0].find("embedding\""), std::string::npos);
  expect_error<UsageError>([&] { Recorded("mha_k3").load().save(file("a.keras"), options); }, "has no layer that is quantised");
  warnings.clear();
  Recorded("topology_in_wrapper_and_beside_k3").load().save(file("shared.keras"), options);
  EXPECT_EQ(load_for_test(file("shared.keras")).weights().size(),
            Recorded("topology_in_wrapper_and_beside_k3").load().weights().size() + 1)
      << "one Dense is quantised, the one in a wrapper is not";
  expect_error<UsageError>([&] { load_for_test(of_keras("int8")).save(file("a.keras"), options); }, "is quantised already");
  EXPECT_FALSE(std::filesystem::exists(file("a.keras")));
}

}  // namespace
}  // namespace keraunos
