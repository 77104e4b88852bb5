// Memory is handed to another library and back without a copy, and is freed once.
#include "keraunos/dlpack.h"

#include <gtest/gtest.h>

#include <numeric>

#include "host/api/dlpack_abi.h"
#include "keraunos/error.h"

namespace keraunos {
namespace {

namespace abi = host::dlpack;

// A tensor as another library hands it over; counts the calls of its deleter.
struct Foreign {
  std::vector<float> values;
  std::vector<int64_t> shape, strides;
  int ended = 0;
  DLManagedTensorVersioned managed{};

  Foreign(std::vector<int64_t> extents, std::vector<int64_t> steps)
      : values(24), shape(std::move(extents)), strides(std::move(steps)) {
    std::iota(values.begin(), values.end(), 0.f);
    managed = {{1, 1}, this, [](DLManagedTensorVersioned* self) { ++static_cast<Foreign*>(self->manager_ctx)->ended; }, 0, {}};
    managed.dl_tensor = {values.data(),
                         abi::cpu,
                         0,
                         static_cast<int32_t>(shape.size()),
                         {abi::floating, 32, 1},
                         shape.data(),
                         strides.empty() ? nullptr : strides.data(),
                         0};
  }
};

std::string refusal(Foreign& foreign) {
  try {
    const DlpackTensor taken(&foreign.managed);
  } catch (const UsageError& error) {
    EXPECT_EQ(foreign.ended, 0) << "after an error the caller still owns it";
    return error.what();
  }
  return {};
}

TEST(Dlpack, HandsMemoryOverAndEndsItOnce) {
  Tensor tensor(DType::bfloat16, {2, 3});
  const void* memory = tensor.data();
  DLManagedTensorVersioned* handed = to_dlpack(std::move(tensor));
  const abi::Array& array = handed->dl_tensor;
  EXPECT_EQ(array.data, memory);
  EXPECT_EQ(handed->version.major, 1u);
  EXPECT_EQ(std::vector<int64_t>(array.shape, array.shape + array.rank), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(std::vector<int64_t>(array.strides, array.strides + array.rank), (std::vector<int64_t>{3, 1}));
  EXPECT_EQ(array.type.code, abi::brain_floating);
  EXPECT_EQ(array.type.bits, 16);
  const DlpackTensor back(handed);  // frees it: ASan would report a leak or a double free
  const TensorView view = back;
  EXPECT_EQ(view.data, memory);
  EXPECT_EQ(view.dtype, DType::bfloat16);
  EXPECT_EQ(view.dims, (Dims{2, 3}));
}

TEST(Dlpack, EveryTypeComesBack) {
  for (int i = 0; i < static_cast<int>(DType::string); ++i) {
    const auto type = static_cast<DType>(i);
    const DlpackTensor back(to_dlpack(Tensor(type, {3})));
    EXPECT_EQ(TensorView(back).dtype, type);
  }
  EXPECT_THROW(static_cast<void>(to_dlpack(Tensor(DType::string, {1}))), UsageError);
}

TEST(Dlpack, TakesForeignMemory) {
  Foreign foreign({4, 1, 6}, {6, 77, 1});  // the stride of an axis of one element is arbitrary
  {
    foreign.managed.dl_tensor.byte_offset = 0;
    DlpackTensor taken(&foreign.managed);
    EXPECT_EQ(TensorView(taken).data, foreign.values.data());
    EXPECT_EQ(taken.mutable_view().data, foreign.values.data());
    DlpackTensor moved(std::move(taken));
    EXPECT_EQ(foreign.ended, 0);
  }
  EXPECT_EQ(foreign.ended, 1);
  Foreign shifted({2, 6}, {});
  shifted.managed.dl_tensor.byte_offset = 8;
  shifted.managed.flags = abi::kReadOnly;
  DlpackTensor taken(&shifted.managed);
  EXPECT_EQ(TensorView(taken).data, shifted.values.data() + 2);
  EXPECT_THROW(taken.mutable_view(), UsageError);
}

TEST(Dlpack, OfACudaDevice) {
  Foreign foreign({24}, {1});
  foreign.managed.dl_tensor.place = abi::cuda;
  foreign.managed.dl_tensor.place_index = 1;
  const DlpackTensor taken(&foreign.managed);
  EXPECT_EQ(TensorView(taken).where, (Device{Device::cuda, 1}));
}

TEST(Dlpack, RefusesInWords) {
  Foreign transposed({6, 4}, {1, 6});
  EXPECT_EQ(refusal(transposed), "a DLPack tensor of shape (6, 4) has stride 6 in axis 1, expected 1: make it contiguous first");
  Foreign complex({24}, {1});
  complex.managed.dl_tensor.type = {5, 64, 1};
  EXPECT_EQ(refusal(complex), "a DLPack tensor of element type code 5 with 64 bits and 1 lanes is of no type that Keraunos has");
  Foreign metal({24}, {1});
  metal.managed.dl_tensor.place = 8;
  EXPECT_EQ(refusal(metal), "a DLPack tensor on a device of type 8: expected the CPU (1) or CUDA (2)");
  Foreign later({24}, {1});
  later.managed.version = {2, 0};
  EXPECT_EQ(refusal(later), "a tensor of DLPack 2.0: expected 1.x");
  Foreign negative({24}, {1});
  negative.shape[0] = -1;
  EXPECT_EQ(refusal(negative), "a dimension cannot be negative, found -1");
  EXPECT_THROW(DlpackTensor(nullptr), UsageError);
}

}  // namespace
}  // namespace keraunos
