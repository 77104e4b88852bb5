// A session of the C interface allocates nothing for a shape that it has run before, as keraunos.h promises.
#include <gtest/gtest.h>

#include "keraunos.h"
#include "recorded.h"
#include "unit/allocations/heap.h"

namespace keraunos {
namespace {

keraunos_session* session_of(const std::filesystem::path& file) {
  keraunos_load_options* options = nullptr;
  keraunos_model* model = nullptr;
  keraunos_session* session = nullptr;
  EXPECT_EQ(keraunos_load_options_create(&options, nullptr), KERAUNOS_OK);
  EXPECT_EQ(keraunos_load_options_set_device(options, KERAUNOS_CPU, 0, nullptr), KERAUNOS_OK);
  EXPECT_EQ(keraunos_load(file.c_str(), options, &model, nullptr), KERAUNOS_OK);
  EXPECT_EQ(keraunos_session_create(model, &session, nullptr), KERAUNOS_OK);
  keraunos_load_options_free(options);
  keraunos_model_free(model);
  return session;
}

TEST(CSession, AllocatesNothingForAShapeThatWasReserved) {
  keraunos_session* session = session_of(case_folder("doc_example_k3") / "model.keras");
  const float in[6] = {1, 2, 3, 4, 5, 6};
  float out[10];
  const keraunos_shape shape{.rank = 2, .dims = {2, 3}};
  keraunos_view x{};
  x.data = in, x.rank = 2, x.dims[0] = 2, x.dims[1] = 3;
  keraunos_buffer y{};
  y.data = out, y.rank = 2, y.dims[0] = 2, y.dims[1] = 5;
  ASSERT_EQ(keraunos_session_reserve(session, &shape, 1, nullptr), KERAUNOS_OK);
  ASSERT_EQ(keraunos_session_run(session, &x, 1, &y, 1, nullptr), KERAUNOS_OK);
  const int64_t before = heap::allocations();
  for (int call = 0; call < 10; ++call) ASSERT_EQ(keraunos_session_run(session, &x, 1, &y, 1, nullptr), KERAUNOS_OK);
  EXPECT_EQ(heap::allocations(), before);
  keraunos_session_free(session);
}

}  // namespace
}  // namespace keraunos
