// The CPU device through the interface that the planner uses.

#include "kernels/cpu/memory.h"
#include "unit/kernels/cpu/harness.h"

namespace keraunos::cpu::testing {
namespace {

TEST(Device, SaysWhatItIs) {
  const auto device = make_cpu_device({.threads = 3});
  EXPECT_EQ(device->id().kind, keraunos::Device::cpu);
  EXPECT_TRUE(device->shares_host_memory());
  EXPECT_NE(device->name().find("3 threads"), std::string::npos) << device->name();
  EXPECT_THROW(make_cpu_device({.threads = -1}), UsageError);
  EXPECT_THROW(device->wrap_stream(nullptr), UsageError);
  EXPECT_EQ(device->make_stream()->record([] {}), nullptr);
}

TEST(Device, MemoryIsAlignedCountedAndRefusedInWords) {
  const auto device = make_cpu_device({.threads = 1});
  for (const int64_t bytes : {int64_t{0}, int64_t{1}, int64_t{1000}, int64_t{1} << 20}) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(device->allocate(bytes).get()) % 256, 0u);
  }
  EXPECT_EQ(allocations_of(*device), 4);
  EXPECT_THROW(allocate_aligned(INT64_MAX / 2), DeviceError);
  EXPECT_THROW(allocate_aligned(-1), DeviceError);
}

TEST(Device, RefusalsNameTheirReason) {
  Net net;
  const Value x = net.input(random_tensor(DType::int32, {2, 3}, 1));
  net.graph.add(host::Loop{}, {x}, {{.shape = {{2}, {3}}, .dtype = DType::int32}});
  net.graph.add(host::LayerNorm{}, {x, {}, {}}, {{.shape = {{2}, {3}}, .dtype = DType::int32}});
  net.build.matmul(x, net.build.transpose(x, std::array{1, 0}));
  EXPECT_EQ(net.device->accepts(net.graph, net.graph.nodes[0]).speed, host::Verdict::refused);
  EXPECT_EQ(net.device->accepts(net.graph, net.graph.nodes[1]).speed, host::Verdict::refused);
  const host::Verdict slow = net.device->accepts(net.graph, net.graph.nodes[3]);
  EXPECT_EQ(slow.speed, host::Verdict::slow);
  EXPECT_FALSE(slow.reason.empty());
}

TEST(Device, OverwritesOnlyOperandsOfTheResultsShapeAndType) {
  Net net;
  const Value x = net.input(random_tensor(DType::float32, {2, 3}, 1)), row = net.input(random_tensor(DType::float32, {3}, 1));
  net.build.add(x, row);
  net.build.matmul(x, net.build.transpose(x, std::array{1, 0}));
  net.build.softmax(x, -1);
  const auto may = [&](size_t node, size_t operand) { return host::may_overwrite({net.graph, net.graph.nodes[node]}, operand); };
  EXPECT_TRUE(may(0, 0));
  EXPECT_FALSE(may(0, 1));
  EXPECT_FALSE(may(2, 0));
  EXPECT_TRUE(may(3, 0));
}

}  // namespace
}  // namespace keraunos::cpu::testing
