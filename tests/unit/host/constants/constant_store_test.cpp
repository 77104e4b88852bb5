// Which constants folding keeps and which it computes again. The tests compare sizes of memory, not numbers.
#include "host/constants/constant_store.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "host/graph/contents.h"
#include "kernels/cpu/device.h"

namespace keraunos::host {
namespace {

class ConstantStoreTest : public ::testing::Test {
 protected:
  struct Scaled {
    Graph graph{};
    Value result{};
  };
  // weights · scale, folded, as a BatchNormalization scales a kernel.
  Scaled scaled(const std::shared_ptr<const Tensor>& weights) {
    Scaled s;
    Builder builder(s.graph);
    s.result = builder.multiply(builder.constant(weights), builder.constant(scale_));
    s.graph.outputs = {s.result};
    store_.fold(s.graph);
    return s;
  }
  static std::shared_ptr<const Tensor> filled(Dims dims, float value) {
    auto tensor = std::make_shared<Tensor>(DType::float32, dims);
    std::fill_n(static_cast<float*>(tensor->data()), dims.elements(), value);
    return tensor;
  }

  std::shared_ptr<DeviceRuntime> cpu_ = cpu::make_cpu_device({.threads = 1});
  ConstantStore store_{cpu_, cpu_};
  std::shared_ptr<const Tensor> scale_ = filled({64}, 2), large_ = filled({1024, 64}, 3), small_ = filled({2, 64}, 3);
};

TEST_F(ConstantStoreTest, ALargeResultIsComputedWhenAskedForAndForgottenWhenNobodyHoldsIt) {
  const Scaled s = scaled(large_);
  EXPECT_TRUE(s.graph.nodes.empty());
  const ValueInfo& info = s.graph.info(s.result);
  EXPECT_TRUE(s.graph.is_constant(s.result));
  EXPECT_EQ(info.constant, nullptr);
  std::weak_ptr<const Tensor> seen;
  {
    const auto held = store_.contents(info);
    EXPECT_EQ(held->values<float>()[1000], 6);
    EXPECT_EQ(store_.contents(info), held);
    EXPECT_EQ(store_.on_device(info).get(), held->data());
    seen = held;
  }
  EXPECT_TRUE(seen.expired());
  EXPECT_EQ(store_.contents(info)->values<float>()[0], 6);
}

TEST_F(ConstantStoreTest, ASmallResultIsThereAtOnceAndShared) {
  const Scaled first = scaled(small_), second = scaled(small_);
  ASSERT_NE(first.graph.info(first.result).constant, nullptr);
  EXPECT_EQ(first.graph.info(first.result).constant, second.graph.info(second.result).constant);
}

TEST_F(ConstantStoreTest, APackingIsMadeOnceForAllPlans) {
  int made = 0;
  const auto make = [&](const Tensor& contents) {
    ++made;
    EXPECT_EQ(contents.values<float>()[0], 6);
    return std::make_shared<const int>(made);
  };
  const Scaled first = scaled(large_), second = scaled(large_), other = scaled(filled({1024, 64}, 3));
  const auto packed = store_.packed(first.graph.info(first.result), "panels", make);
  EXPECT_EQ(store_.packed(second.graph.info(second.result), "panels", make), packed);
  EXPECT_EQ(made, 1);
  EXPECT_NE(store_.packed(second.graph.info(second.result), "other panels", make), packed);
  EXPECT_EQ(store_.packed(other.graph.info(other.result), "panels", make), packed) << "other weights that are equal";
  EXPECT_EQ(made, 2);
}

// Two constants whose hashes are equal, because the hash covers only a part of their contents.
TEST_F(ConstantStoreTest, WeightsThatDifferInOneElementAreTwoConstants) {
  const auto almost = std::make_shared<Tensor>(Tensor::copy_of(*large_));
  almost->mutable_values<float>()[7] = 4;
  const std::shared_ptr<const Tensor> other = almost;
  EXPECT_EQ(contents_hash(*large_), contents_hash(*other));
  const Scaled first = scaled(large_), second = scaled(other);
  EXPECT_NE(first.graph.info(first.result).folded->key, second.graph.info(second.result).folded->key);
  EXPECT_EQ(store_.contents(second.graph.info(second.result))->values<float>()[7], 8);
  EXPECT_EQ(store_.contents(first.graph.info(first.result))->values<float>()[7], 6);
}

// A key contains nothing that differs between processes, such as an address.
TEST_F(ConstantStoreTest, EqualConstantsOfTwoStoresHashAlike) {
  ConstantStore other(cpu_, cpu_);
  Graph graphs[2];
  Value results[2];
  for (int i = 0; i < 2; ++i) {
    Builder builder(graphs[i]);
    results[i] = builder.matmul(builder.constant(filled({2, 1024}, 1)), builder.constant(filled({1024, 64}, 3)));
  }
  store_.fold(graphs[0]);
  other.fold(graphs[1]);
  const auto &first = graphs[0].info(results[0]).folded->key, &second = graphs[1].info(results[1]).folded->key;
  EXPECT_NE(first, second);
  EXPECT_EQ(first->hash, second->hash);
}

// A key of weights does not keep them alive, and a later object at their address is not mistaken for them.
TEST_F(ConstantStoreTest, KeysLetWeightsGo) {
  ConstantKeys keys;
  std::shared_ptr<const Tensor> weights = filled({64, 64}, 1);
  const ConstantKeyPointer key = keys.of({.shape = shape_of(weights->dims()), .constant = weights});
  EXPECT_EQ(keys.of({.shape = shape_of(weights->dims()), .constant = weights}), key);
  const std::weak_ptr<const Tensor> seen = weights;
  weights.reset();
  EXPECT_TRUE(seen.expired());
  for (int i = 0; i < 16; ++i) {
    const auto next = filled({64, 64}, 1);
    EXPECT_NE(keys.of({.shape = shape_of(next->dims()), .constant = next}), key);
  }
}

TEST_F(ConstantStoreTest, APackingGoesWithTheLastPlanThatHoldsIt) {
  int made = 0;
  const auto make = [&](const Tensor&) { return std::make_shared<const int>(++made); };
  const Scaled s = scaled(large_);
  const ValueInfo& info = s.graph.info(s.result);
  int64_t charged = 0;
  std::shared_ptr<const void> one = store_.packed(info, "panels", make, &charged),
                              other = store_.packed(info, "panels", make, &charged);
  EXPECT_EQ(charged, large_->bytes()) << "the second finds it";
  EXPECT_EQ(store_.bytes({large_.get(), scale_.get()}).host, large_->bytes());
  const std::weak_ptr<const void> seen = one;
  one.reset();
  EXPECT_FALSE(seen.expired());
  other.reset();
  EXPECT_TRUE(seen.expired());
  EXPECT_EQ(store_.bytes({large_.get(), scale_.get()}).host, 0);
  EXPECT_NE(store_.packed(info, "panels", make), nullptr);
  EXPECT_EQ(made, 2);
}

// Constants that are made again for every shape, such as masks: the store keeps a few and holds no tensor of a leaf.
TEST_F(ConstantStoreTest, HoldsNoMoreThanItsBudgetHoweverManyConstantsThereWere) {
  std::weak_ptr<const Tensor> first;
  for (int i = 0; i < 3000; ++i) {
    const auto mask = filled({40, 64}, static_cast<float>(i));
    if (i == 0) first = mask;
    scaled(mask);
  }
  EXPECT_TRUE(first.expired());
  EXPECT_LE(store_.bytes({}).host, int64_t{16} << 20);
  store_.trim();
  EXPECT_EQ(store_.bytes({}).host, 0);
}

// A tensor may get the address of a freed one.
TEST_F(ConstantStoreTest, ALaterLeafIsNeverTakenForAnEarlierOne) {
  for (int i = 0; i < 100; ++i) {
    const Scaled s = scaled(filled({80, 64}, static_cast<float>(i)));
    EXPECT_EQ(store_.contents(s.graph.info(s.result))->values<float>()[0], 2 * static_cast<float>(i));
  }
}

// A value that was computed for a packing is not computed again for the next plan.
TEST_F(ConstantStoreTest, AViewOfWeightsIsOneConstantInAllPlans) {
  ConstantKeyPointer keys[2];
  for (ConstantKeyPointer& key : keys) {
    Graph graph;
    Builder builder(graph);
    const Value view = builder.reshape(builder.constant(large_), {{64}, {1024}});
    store_.fold(graph);
    key = graph.info(view).folded->key;
    EXPECT_EQ(store_.contents(graph.info(view))->data(), large_->data());
  }
  EXPECT_EQ(keys[0], keys[1]);
}

}  // namespace
}  // namespace keraunos::host
