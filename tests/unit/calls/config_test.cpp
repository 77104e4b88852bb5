#include <gtest/gtest.h>

#include "altered.h"
#include "recorded.h"

namespace keraunos {
namespace {

TEST(ConfigOfAModel, MayHoldNumbersOfNumPy) {
  const Recorded recorded("relu_layer_k2");
  Archive archive(case_folder("relu_layer_k2") / "model.keras");
  change(archive.config(), "\"negative_slope\": 0.10000000149011612",
         R"("negative_slope": {"type": "ndarray", "value": 0.10000000149011612})");
  change(archive.config(), "\"max_value\": 3.0", R"("max_value": {"type": "ndarray", "value": [3.0]})");
  const Folder folder;
  const Model plain = recorded.load(), altered = load_for_test(archive.write(folder));
  EXPECT_TRUE(
      same(plain.predict(recorded.inputs(plain, recorded.rows())), altered.predict(recorded.inputs(altered, recorded.rows()))));
}

}  // namespace
}  // namespace keraunos
