// Binary compatibility within one soname (keraunos/layer.h): the sizes of public structs and the places of Kernel's virtual
// functions are recorded here. Where one changes, code that was compiled against the headers of a release breaks: raise the
// minor version in CMakeLists.txt, unless this version was never released, then record the new value.
#include <gtest/gtest.h>

#include <cstring>

#include "keraunos/keraunos.h"

namespace keraunos {
namespace {

#if defined(__GLIBCXX__) && defined(__x86_64__) && _GLIBCXX_USE_CXX11_ABI

TEST(Layout, IsThatOfTheSoname) {
  struct Recorded {
    const char* name;
    size_t now, recorded;
  };
  const Recorded all[] = {
      {"Arg", sizeof(Arg), 40},
      {"AttentionOperands", sizeof(AttentionOperands), 24},
      {"AttentionOptions", sizeof(AttentionOptions), 40},
      {"Builder", sizeof(Builder), 8},
      {"ChildName", sizeof(ChildName), 72},
      {"CompiledOptimizer", sizeof(CompiledOptimizer), 96},
      {"CompiledPart", sizeof(CompiledPart), 104},
      {"Config", sizeof(Config), 40},
      {"CustomObjects", sizeof(CustomObjects), 144},
      {"Device", sizeof(Device), 8},
      {"DeviceCall", sizeof(DeviceCall), 8},
      {"DeviceMemory", sizeof(DeviceMemory), 32},
      {"DeviceTensor", sizeof(DeviceTensor), 120},
      {"Dialect", sizeof(Dialect), 40},
      {"Dim", sizeof(Dim), 16},
      {"Dims", sizeof(Dims), 72},
      {"EvaluateOptions", sizeof(EvaluateOptions), 32},
      {"Kernel", sizeof(Kernel), 8},
      {"Layer", sizeof(Layer), 24},
      {"LayerDef", sizeof(LayerDef), 232},
      {"LoadOptions", sizeof(LoadOptions), 328},
      {"LoadWeightsOptions", sizeof(LoadWeightsOptions), 40},
      {"LoopOperands", sizeof(LoopOperands), 80},
      {"LoopResults", sizeof(LoopResults), 48},
      {"LoopStep", sizeof(LoopStep), 72},
      {"Lowering", sizeof(Lowering), 8},
      {"MemoryUse", sizeof(MemoryUse), 72},
      {"Model", sizeof(Model), 16},
      {"MutableView", sizeof(MutableView), 96},
      {"PlanDescription", sizeof(PlanDescription), 264},
      {"PlanDescription::Operand", sizeof(PlanDescription::Operand), 104},
      {"PlanDescription::Port", sizeof(PlanDescription::Port), 128},
      {"PlanDescription::Step", sizeof(PlanDescription::Step), 256},
      {"PredictOptions", sizeof(PredictOptions), 56},
      {"Profile", sizeof(Profile), 400},
      {"ProfileOptions", sizeof(ProfileOptions), 12},
      {"Range", sizeof(Range), 16},
      {"RealRange", sizeof(RealRange), 16},
      {"RecurrentOperands", sizeof(RecurrentOperands), 24},
      {"RecurrentOptions", sizeof(RecurrentOptions), 48},
      {"SaveOptions", sizeof(SaveOptions), 40},
      {"SavedConfig", sizeof(SavedConfig), 64},
      {"ScalarFunction", sizeof(ScalarFunction), 16},
      {"SequenceCall", sizeof(SequenceCall), 40},
      {"SerialisedLayer", sizeof(SerialisedLayer), 16},
      {"Session", sizeof(Session), 8},
      {"StepSpan", sizeof(StepSpan), 24},
      {"StepTime", sizeof(StepTime), 32},
      {"Tensor", sizeof(Tensor), 104},
      {"TensorSpec", sizeof(TensorSpec), 96},
      {"TensorType", sizeof(TensorType), 80},
      {"TensorView", sizeof(TensorView), 112},
      {"Traced", sizeof(Traced), 8},
      {"Value", sizeof(Value), 4},
      {"WeightName", sizeof(WeightName), 40},
      {"Window", sizeof(Window), 120},
  };
  for (const Recorded& type : all) EXPECT_EQ(type.now, type.recorded) << "the size of " << type.name;
}

// The place of a virtual function as calls through a member pointer encode it (Itanium C++ ABI).
template <class Member>
size_t place_of(Member member) {
  ptrdiff_t offset = 0;
  std::memcpy(&offset, &member, sizeof offset);
  return static_cast<size_t>(offset - 1) / sizeof(void*);
}

// The destructor has the first two places.
TEST(Layout, KernelHasTheseVirtualFunctionsAndNoOthers) {
  EXPECT_EQ(place_of(&Kernel::name), 2u);
  EXPECT_EQ(place_of(&Kernel::infer), 3u);
  EXPECT_EQ(place_of(&Kernel::run), 4u);
  EXPECT_EQ(place_of(&Kernel::run_dynamic), 5u);
  EXPECT_EQ(place_of(&Kernel::has_cuda), 6u);
  EXPECT_EQ(place_of(&Kernel::enqueue), 7u);
  EXPECT_EQ(place_of(&Kernel::rows_are_local), 8u);
  EXPECT_EQ(place_of(&Kernel::parameters), 9u);
  EXPECT_EQ(place_of(&Kernel::extension), 10u);
  struct Next : Kernel {
    virtual void next() = 0;
  };
  EXPECT_EQ(place_of(&Next::next), 11u) << "a virtual function was added to Kernel: kernels that are compiled lack it";
}

#endif

// Custom layers get references to these classes; they have no virtual functions, so that functions can be added.
static_assert(!std::is_polymorphic_v<Builder> && !std::is_polymorphic_v<Lowering> && !std::is_polymorphic_v<Config>);
static_assert(!std::is_polymorphic_v<CustomObjects> && !std::is_polymorphic_v<Model> && !std::is_polymorphic_v<Session>);

}  // namespace
}  // namespace keraunos
