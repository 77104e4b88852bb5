// cuBLASLt and cuDNN run out of memory at each of their calls in turn: the caller gets an error, nothing is leaked, and the same
// call works when there is memory again.
#include "standin/no_memory.h"

#include "altered.h"
#include "fixture.h"
#include "folders.h"
#include "golden/golden.h"
#include "keraunos/keraunos.h"
#include "loader/files/npy.h"

namespace keraunos::cuda::tests {
namespace {

struct Failing {
  const char *name, *library;
};

class NoMemory : public testing::TestWithParam<Failing> {
 protected:
  std::filesystem::path folder = cases_folder() / GetParam().name;
  Named inputs = files::read_npz((folder / "inputs.npz").string());

  Model load() const {
    return load_model(folder / "model.keras",
                      {.device = keraunos::Device{.kind = keraunos::Device::cuda}, .precision = Precision::float32});
  }
  std::vector<float> predict(const Model& model) const {
    const Tensor y = model.predict(inputs.at(0).second);
    return {y.values<float>().begin(), y.values<float>().end()};
  }
};

// A call may plan, capture or replay; three calls reach the libraries in each way.
TEST_P(NoMemory, InsideALibraryIsHeardOfAndGone) {
  constexpr int kCalls = 3;
  const std::vector<float> expected = predict(load());
  const int64_t before = standin::library_objects();
  int64_t failures = 0;
  for (bool done = false; !done; ++failures) {
    ASSERT_LT(failures, 1000);
    {
      standin::run_out_of_memory_after(failures);
      std::optional<Model> model;
      bool heard = false;
      for (int call = 0; call < kCalls; ++call) {
        try {
          if (!model) model.emplace(load());
          EXPECT_EQ(predict(*model), expected);
        } catch (const DeviceError& error) {
          heard = true;
          ASSERT_TRUE(standin::ran_out_of_memory()) << error.what();
          expect_sentence(error.what(), {GetParam().library, "ALLOC", "not enough memory", "smaller batch"});
          if (!model) model.emplace(load());
          EXPECT_EQ(predict(*model), expected) << "behind failure " << failures;
        }
      }
      done = !standin::ran_out_of_memory();
      EXPECT_NE(heard, done) << "failure " << failures << " was passed over";
      standin::run_out_of_memory_after(-1);
    }
    EXPECT_EQ(standin::library_objects(), before) << "behind failure " << failures;
  }
  EXPECT_GT(failures, 2);  // a handle and a plan at least
}

INSTANTIATE_TEST_SUITE_P(OfLibraries, NoMemory,
                         testing::Values(Failing{"lstm_long_k3", "cuBLASLt"}, Failing{"conv2d_32_to_32_k3", "cuDNN"}),
                         [](const auto& tested) { return std::string(tested.param.library); });

}  // namespace
}  // namespace keraunos::cuda::tests
