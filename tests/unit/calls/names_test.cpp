// The names of a model's inputs and outputs, and custom classes for a graph that the file holds.
#include <gtest/gtest.h>

#include "altered.h"
#include "recorded.h"

namespace keraunos {
namespace {

const std::vector<float> kElements{1, 2, 3, 4, 5, 6};

TensorView elements_of(const Dims& dims) { return {std::span(kElements).first(static_cast<size_t>(dims.elements())), dims}; }

std::vector<std::string> names_of(const std::vector<TensorSpec>& specs) {
  std::vector<std::string> names;
  for (const TensorSpec& spec : specs) names.push_back(spec.name);
  return names;
}

using Names = std::vector<std::string>;

// {"zeta": the InputLayer tensor_b, "tensor_b": the InputLayer b}: a key takes precedence over the name of another InputLayer.
TEST(Names, OfDictionariesAreTheirKeys) {
  for (const char* name :
       {"topology_keys_apart_k2", "topology_keys_apart_k2_h5", "topology_keys_apart_k3", "topology_keys_apart_k3_h5"}) {
    const Model model = Recorded(name).load();
    EXPECT_EQ(names_of(model.inputs()), (Names{"tensor_b", "zeta"}));  // sorted, as Keras flattens them
    EXPECT_EQ(model.inputs()[0].input_layer, "b");
    EXPECT_EQ(names_of(model.outputs()), (Names{"z_first", "a_second"}));  // as Keras's predict lists them
    const Named by_key = model.predict({{"zeta", elements_of({1, 2})}, {"tensor_b", elements_of({1, 3})}});
    EXPECT_EQ(by_key[0].second.dims(), (Dims{1, 1}));
    EXPECT_EQ(by_key[1].second.dims(), (Dims{1, 2}));
    EXPECT_TRUE(same(by_key, model.predict({{"b", elements_of({1, 3})}, {"zeta", elements_of({1, 2})}})));
    const std::string twice = complaint_of<UsageError>([&] {
      model.predict({{"b", elements_of({1, 3})}, {"tensor_b", elements_of({1, 3})}, {"zeta", elements_of({1, 2})}});
    });
    expect_sentence(twice, {"\"tensor_b\"", "2 times"});
  }
}

TEST(Names, OfNestedDictionariesAreTheKeysOnTheWay) {
  const Model model = Recorded("topology_keys_inside_k3").load();
  EXPECT_EQ(names_of(model.inputs()), (Names{"first.0", "second.x", "second.y"}));
  EXPECT_EQ(names_of(model.outputs()), (Names{"out.r", "out.l", "all.0", "all.1"}));
  EXPECT_EQ(names_of(Recorded("topology_keys_in_list_k3").load().outputs()), (Names{"one", "1.k", "1.j"}));
}

// A subclass runs as the graph in the file; its registered class may compute something else with that graph.
TEST(Names, OfASubclassMayStandForAComputationAroundItsGraph) {
  const auto doubled = [](Lowering& l) {
    const std::vector<Traced> results = l.call_child("graph", {l.arguments()[0]});
    return std::vector<Traced>{{l.multiply(results.at(0).value, 2), {}}};
  };
  CustomObjects custom;
  custom.layer({.classes = {"Mine>Trained", "Trained", "Mine>Chain", "Chain"},
                .keys = {},
                .weights = {},
                .children = {},
                .lower = doubled});
  for (const char* name : {"topology_subclass_k2", "topology_subclass_k2_h5", "topology_subclass_k3", "topology_subclass_k3_h5",
                           "topology_subclass_of_sequential_k3", "topology_subclass_of_sequential_k2_h5"}) {
    const std::string file = std::string(name).ends_with("h5") ? "model.h5" : "model.keras";
    const Model plain = load_for_test(case_folder(name) / file);
    const Model twice = load_model(case_folder(name) / file,
                                   {.custom_objects = custom, .device = device_under_test(), .precision = Precision::float32});
    const Tensor once = plain.predict(elements_of({2, 3})), found = twice.predict(elements_of({2, 3}));
    ASSERT_EQ(once.dims(), found.dims());
    for (size_t i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(found.values<float>()[i], 2 * once.values<float>()[i]) << name;
  }
}

}  // namespace
}  // namespace keraunos
