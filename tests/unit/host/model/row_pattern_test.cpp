// The graph that RowPattern makes for a number of rows equals the graph that lowering, passes and folding make for it. This is
// checked for all recorded models; RowPattern makes no graph where the batch affects more than the rows.
#include "host/model/row_pattern.h"

#include <gtest/gtest.h>

#include "folders.h"
#include "golden/golden.h"
#include "host/constants/constant_store.h"
#include "host/passes/passes.h"
#include "keraunos/error.h"
#include "kernels/cpu/device.h"
#include "loader/open_model.h"
#include "sanitized.h"

namespace keraunos::host {
namespace {

class RowPatternTest : public testing::Test {
 protected:
  Graph ready(Graph graph) {
    validate(graph);
    optimise(graph);
    store_.fold(graph);
    return graph;
  }
  std::optional<RowPattern> pattern(const std::function<void(Graph&, int64_t rows)>& lower) {
    const auto made = [&](int64_t rows) {
      Graph graph;
      graph.inputs = {graph.add_value({.shape = {{rows}, {4}}, .dtype = DType::float32})};
      lower(graph, rows);
      return ready(std::move(graph));
    };
    return RowPattern::of(made(kProbeBatch), made(kOtherProbeBatch));
  }

  std::shared_ptr<DeviceRuntime> cpu_ = cpu::make_cpu_device({.threads = 1});
  ConstantStore store_{cpu_, cpu_};
};

std::string text_of(const Graph& graph) {
  std::string text = to_string(graph);
  for (const Node& node : graph.nodes) text += std::to_string(hash_of(node.op)) + ' ';
  return text;
}

// No value where the model refuses so many rows, or ends in a segment.
std::optional<Graph> lowered(const ModelSource& source, int64_t rows) {
  std::vector<TensorType> types;
  for (const TensorSpec& input : source.inputs()) {
    std::vector<int64_t> sizes;
    for (size_t axis = 0; axis < input.shape.size(); ++axis) sizes.push_back(axis == 0 ? rows : input.shape[axis].value_or(9));
    types.push_back({input.dtype, Dims(sizes)});
  }
  try {
    Graph graph = source.lower(types, {});
    return graph.pending ? std::nullopt : std::optional(std::move(graph));
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::shared_ptr<const ModelSource> opened(const std::filesystem::path& folder) {
  try {
    const golden::Case golden = golden::Case::read(folder);
    LoadOptions options;
    options.weights = golden.weights;
    return loader::open_model(golden.model, options);
  } catch (const Error&) {
    return nullptr;  // a case that must be refused, or needs custom layers
  }
}

TEST_F(RowPatternTest, GivesWhatLoweringGivesForEveryRecordedModel) {
  int patterns = 0, met = 0;
  for (const auto& entry : std::filesystem::directory_iterator(cases_folder())) {
    if (kSanitized && ++met % 8 != 0) continue;
    const auto source = opened(entry.path());
    if (source == nullptr) continue;
    std::optional<Graph> one = lowered(*source, kProbeBatch), other = lowered(*source, kOtherProbeBatch);
    if (!one || !other || !rows_of(*one, *other).local) continue;
    const auto pattern = RowPattern::of(ready(std::move(*one)), ready(std::move(*other)));
    if (!pattern) continue;
    ++patterns;
    for (const int64_t rows : {2, 14, 77}) {
      std::optional<Graph> expected = lowered(*source, rows);
      ASSERT_TRUE(expected) << entry.path() << ": " << rows;
      EXPECT_EQ(text_of(pattern->for_rows(rows)), text_of(ready(std::move(*expected)))) << entry.path() << ": " << rows;
    }
  }
  EXPECT_GE(patterns, kSanitized ? 80 : 800);
}

TEST_F(RowPatternTest, IsMadeOfIndependentRowsOnly) {
  const auto tensor = [](Dims dims) {
    auto result = std::make_shared<Tensor>(DType::float32, dims);
    std::fill_n(static_cast<float*>(result->data()), dims.elements(), 1.0f);
    return result;
  };
  const auto weights = tensor({4, 4});
  EXPECT_TRUE(pattern([&](Graph& graph, int64_t) {
    Builder b(graph);
    graph.outputs = {b.matmul(graph.inputs[0], b.constant(weights))};
  }));
  EXPECT_FALSE(pattern([](Graph& graph, int64_t) {
    Builder b(graph);
    graph.outputs = {b.subtract(graph.inputs[0], b.reduce(Reduction::mean, graph.inputs[0], std::array{0}, true))};
  })) << "rows meet";
  EXPECT_FALSE(pattern([](Graph& graph, int64_t rows) {
    Builder b(graph);
    graph.outputs = {b.multiply(graph.inputs[0], static_cast<double>(rows))};
  })) << "an operation knows the batch";
  EXPECT_FALSE(pattern([&](Graph& graph, int64_t rows) {
    Builder b(graph);
    graph.outputs = {b.add(graph.inputs[0], b.constant(tensor({rows, 4})))};
  })) << "a constant has a row for each row";
}

TEST_F(RowPatternTest, RefusesTensorsThatAreTooLarge) {
  const auto doubled = pattern([](Graph& graph, int64_t) {
    Builder b(graph);
    graph.outputs = {b.multiply(graph.inputs[0], 2.0)};
  });
  ASSERT_TRUE(doubled);
  EXPECT_THROW(doubled->for_rows(int64_t{1} << 45), UsageError);
}

}  // namespace
}  // namespace keraunos::host
