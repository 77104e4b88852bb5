// Lowering::once: an object that a layer makes from its config is made once, however many shapes the model is called with.
#include <gtest/gtest.h>

#include "recorded.h"

namespace keraunos {
namespace {

TEST(Once, IsOnceForAllShapesAndSelections) {
  int made = 0, lowered = 0;
  LayerDef own{
      .classes = {"Softmax"}, .keys = {"axis"}, .weights = {}, .children = {}, .lower = [&](Lowering& l) -> std::vector<Traced> {
        ++lowered;
        const auto factor = l.once("factor", [&] {
          ++made;
          return 3.0;
        });
        return {{l.multiply(l.input().value, *factor), {}}};
      }};
  CustomObjects custom;
  custom.replace("softmax", std::move(own));
  const Recorded recorded("doc_example_k3");
  const Model model =
      load_model(case_folder("doc_example_k3") / "model.keras", {.custom_objects = custom, .device = device_under_test()});
  for (int64_t rows = 1; rows < 4; ++rows) model.predict(recorded.inputs(model, rows));
  const Model selected = model.with_outputs({"softmax"});
  selected.predict(recorded.inputs(selected, 5));
  EXPECT_GE(lowered, 4);
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace keraunos
