// NVTX ranges of a profile, seen by a tool that is linked in: what NVTX's header calls an injection (NVTX 3).
#include <gtest/gtest.h>
#include <nvtx3/nvToolsExt.h>

#include "keraunos/profile.h"
#include "message_of.h"
#include "recorded.h"

namespace keraunos {
namespace {

struct Ranges {
  std::vector<std::string> begun;
  int open = 0;
};

Ranges& ranges_seen() {
  static Ranges ranges;
  return ranges;
}

int NVTX_API see_begin(const char* name) {
  ranges_seen().begun.emplace_back(name);
  return ranges_seen().open++;
}
int NVTX_API see_end() { return --ranges_seen().open; }

int NVTX_API initialise_tool(NvtxGetExportTableFunc_t table_of) {
  const auto* callbacks = static_cast<const NvtxExportTableCallbacks*>(table_of(NVTX_ETID_CALLBACKS));
  NvtxFunctionTable functions = nullptr;
  unsigned size = 0;
  if (callbacks->GetModuleFunctionTable(NVTX_CB_MODULE_CORE, &functions, &size) == 0) return 0;
  *functions[NVTX_CBID_CORE_RangePushA] = reinterpret_cast<NvtxFunctionPointer>(&see_begin);
  *functions[NVTX_CBID_CORE_RangePop] = reinterpret_cast<NvtxFunctionPointer>(&see_end);
  return 1;
}

TEST(Ranges, OneForEachStepOfEachTimedRun) {
  InitializeInjectionNvtx2_fnptr = &initialise_tool;  // asked once, at the first range of the process
  const Recorded recorded("doc_example_k3");
  const Model model = recorded.load();
  const NamedViews inputs = recorded.inputs(model, 3);
  static_cast<void>(profile(model, inputs, {.runs = 2}));
  EXPECT_TRUE(ranges_seen().begun.empty()) << "ranges that nobody asked for";
  const Profile result = profile(model, inputs, {.runs = 2, .warm_up = 1, .nvtx = true});
  std::vector<std::string> expected;
  for (int run = 0; run < 2; ++run) {
    for (const StepSpan& span : result.spans) {
      const PlanDescription::Step& step = result.plan.steps[span.step];
      expected.push_back(step.layer.empty() ? step.operation : step.layer + ": " + step.operation);
    }
  }
  EXPECT_EQ(ranges_seen().begun, expected);
  EXPECT_EQ(ranges_seen().open, 0);
  const Model on_cpu = load_model(case_folder("doc_example_k3") / "model.keras", {.device = Device{}});
  EXPECT_NE(
      message_of<UsageError>([&] { static_cast<void>(profile(on_cpu, inputs, {.nvtx = true})); }).find("a CPU has no ranges"),
      std::string::npos);
}

}  // namespace
}  // namespace keraunos
