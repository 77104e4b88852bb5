// Models that accept some batch sizes only: they load, and the message about another size names the caller's size.
#include <gtest/gtest.h>

#include <cstring>

#include "altered.h"
#include "message_of.h"
#include "recorded.h"

namespace keraunos {
namespace {

std::string refusal(const std::string& name, int64_t rows, const PredictOptions& options = {}) {
  const Recorded recorded(name);
  const Model model = recorded.load();
  return message_of([&] { model.predict(recorded.inputs(model, rows), options); });
}

void holds(const std::string& message, const std::vector<std::string>& texts) {
  for (const std::string& text : texts) EXPECT_NE(message.find(text), std::string::npos) << text << " is not in: " << message;
}

std::string spec_of(const std::string& name) { return Recorded(name).load().outputs()[0].to_string(); }

TEST(BatchSizes, OutputsAreDeclaredAsKerasDoes) {
  EXPECT_EQ(spec_of("batches_fixed_reshape_k3"), "(4, 2) float32");
  EXPECT_EQ(spec_of("batches_folded_16_k2"), "(None, 14) float32");
  EXPECT_EQ(spec_of("batches_fixed_input_k3"), "(4, 2) float32");
  EXPECT_EQ(spec_of("batches_stateful_gru_k2"), "(2, 2) float32");
}

TEST(BatchSizes, OneThatDoesNotFitIsNamed) {
  holds(refusal("batches_fixed_reshape_k3", 3), {"\"x\" (3, 2, 3)", "reshape", "(4, 6)"});
  holds(refusal("batches_fixed_reshape_twice_k2", 8), {"\"x\" (8, 2, 3)", "(4, 6)"});
  holds(refusal("batches_folded_16_k3", 40, {.batch_size = 3}), {"\"x\" (3, 14)", "40 rows", "3 at a time, as batch_size says"});
  holds(refusal("batches_constant_7_k3", 14), {"\"x\" (14, 3)", "(7, 3)"});
}

TEST(BatchSizes, AStatefulModelNamesItsOwn) {
  holds(refusal("batches_stateful_lstm_k3", 5), {"rows, 5,", "stateful", "a batch of 2"});
  holds(refusal("batches_stateful_lstm_k2", 6, {.batch_size = 3}), {"batch_size is 3", "stateful", "a batch of 2"});
  holds(refusal("batches_stateful_lstm_k3", 0), {"stateful", "a batch of 2", "0 rows"});
}

// The length of "kept" depends on data.
TEST(BatchSizes, AStatefulModelMayGiveOtherLengths) {
  const Recorded recorded("function_states_of_lengths");
  const Model model = recorded.load();
  const Named found = model.predict(recorded.inputs(model, 7));
  EXPECT_EQ(found["kept"].dims(), (Dims{5}));
  EXPECT_EQ(found["seen"].dims(), (Dims{7}));
}

TEST(BatchSizes, AStatefulModelOfNoRowsTakesNone) {
  Archive archive(case_folder("batches_stateful_rnn_k3") / "model.keras");
  change(archive.members.at("config.json"), "\"batch_shape\": [2, ", "\"batch_shape\": [0, ");
  const Folder folder;
  const Model model = load_for_test(archive.write(folder));
  holds(message_of([&] { model.predict(Recorded("batches_stateful_rnn_k3").inputs(model, 2)); }),
        {"rows, 2,", "stateful", "a batch of 0"});
}

// An error of the file that does not depend on the sizes is reported at loading, without the sizes that loading probed.
TEST(BatchSizes, AShapeThatNeverFitsIsSaidWithoutAProbe) {
  Archive archive(case_folder("batches_fixed_reshape_k3") / "model.keras");
  change(archive.members.at("config.json"), "\"newshape\": [4, 6]", "\"newshape\": [4, 7]");
  const Folder folder;
  const std::string message = message_of([&] { load_for_test(archive.write(folder)); });
  holds(message, {"(4, 7)", "(None, "});
  EXPECT_EQ(message.find("(2, "), std::string::npos) << message;
}

// One batch size fits the reshape: with that size a weight has a wrong shape, which is the error of the file.
TEST(BatchSizes, AWrongWeightOfAModelOfOneSizeIsNamed) {
  Archive archive(case_folder("batches_fixed_reshape_k3") / "model.keras");
  change(archive.members.at("config.json"), "\"newshape\": [4, 6]", "\"newshape\": [4, 9]");
  const Folder folder;
  const std::string message = message_of([&] { load_for_test(archive.write(folder)); });
  holds(message, {"\"y\" (Dense)", "\"kernel\"", "(9, 2)", "(6, 2)"});
}

}  // namespace
}  // namespace keraunos
