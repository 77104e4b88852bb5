// The expected tables are what Keras 2.15 and 3.15 print for these files (80 columns).
#include <gtest/gtest.h>

#include <fstream>

#include "loader/open_model.h"

namespace keraunos::loader {
namespace {

std::string summary_of(const std::string& name) { return open_model(std::string(KERAUNOS_CASES) + '/' + name, {})->summary(80); }

std::string expected(const std::string& name) {
  std::ifstream file(std::string(KERAUNOS_TEST_DATA) + "/keras/summary_" + name + ".txt");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Summary, IsThatOfKeras2) {
  for (const char* name :
       {"doc_example_k2", "lstm_encoder_decoder_k2", "topology_nested_twice_k2", "topology_frozen_parts_k2", "mha_cross_k2"}) {
    EXPECT_EQ(summary_of(std::string(name) + "/model.keras"), expected(name)) << name;
  }
}

TEST(Summary, IsThatOfKeras3) {
  for (const char* name :
       {"doc_example_k3", "lstm_encoder_decoder_k3", "topology_nested_twice_k3", "topology_frozen_parts_k3", "mha_cross_k3"}) {
    EXPECT_EQ(summary_of(std::string(name) + "/model.keras"), expected(name)) << name;
  }
}

}  // namespace
}  // namespace keraunos::loader
