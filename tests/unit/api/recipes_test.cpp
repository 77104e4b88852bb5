// CustomObjects::recipe: what it takes, and that layers of the caller's own come first. What recipes compute, and files that they
// refuse, are recorded cases (recipe_…).
#include "loader/recipes/recipes.h"

#include <gtest/gtest.h>

#include "altered.h"
#include "folders.h"
#include "keraunos/keraunos.h"
#include "loader/layers/table.h"
#include "message_of.h"

namespace keraunos {
namespace {

TEST(Recipe, NamesTheRecipesThereAre) {
  CustomObjects objects;
  expect_sentence(message_of<UsageError>([&] { objects.recipe("keras"); }),
                  {"no recipe \"keras\"", "keras_io/captcha_ocr", "vit_keras"});
  EXPECT_TRUE(objects.layers.empty());
}

TEST(Recipe, IsKnownByNoClassAlone) {
  for (const std::string& name : loader::recipe_names()) {
    for (const auto& def : loader::layers_of_recipe(name)) {
      for (const std::string& class_name : def->classes) {
        const LayerDef* known = loader::find_layer(class_name);
        EXPECT_NE(known, def.get()) << class_name;
      }
    }
  }
}

TEST(Recipe, ComesAfterLayersOfTheCaller) {
  const auto folder = cases_folder() / "recipe_vit_k3";
  LoadOptions options{.device = Device{}};
  options.custom_objects.recipe("keras_io");
  options.custom_objects.layer(
      {.classes = {"PatchEncoder"}, .lower = [](Lowering& l) -> std::vector<Traced> { l.refuse("is mine"); }});
  expect_sentence(message_of<UnsupportedError>([&] { static_cast<void>(load_model(folder / "model.keras", options)); }),
                  {"encoder", "is mine"});
}

TEST(Recipe, TakesTheNarrowerOneWhereSeveralAreNamed) {
  const auto folder = cases_folder() / "recipe_gpt_k3";
  LoadOptions options{.device = Device{}};
  options.custom_objects.recipe("vit_keras").recipe("keras_io/text_generation_with_miniature_gpt");
  EXPECT_EQ(load_model(folder / "model.keras", options).get_layer("block").class_name(), "TransformerBlock");
}

}  // namespace
}  // namespace keraunos
