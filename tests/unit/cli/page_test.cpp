// Memory per step as the page of inspect --html shows it, escaped text, and tables for terminals.
#include "cli/html/page.h"

#include <gtest/gtest.h>

#include "cli/text.h"

namespace keraunos::cli {
namespace {

using Operand = PlanDescription::Operand;

Operand at(int64_t offset, int64_t bytes) { return {.place = Operand::Place::arena, .offset = offset, .bytes = bytes}; }

PlanDescription::Step step(std::vector<Operand> reads, std::vector<Operand> writes, int depth = 0) {
  PlanDescription::Step made;
  made.operands = std::move(reads), made.results = std::move(writes), made.depth = depth;
  return made;
}

// The last step reads the first result, only the next step reads the second, and its memory is used again.
TEST(LiveBytes, ReachFromTheStepThatWritesToTheLastThatReads) {
  PlanDescription plan;
  plan.steps = {step({}, {at(0, 100)}), step({at(0, 100)}, {at(128, 50)}), step({at(128, 50)}, {at(256, 10)}),
                step({at(256, 10)}, {at(128, 30)}), step({at(0, 100), at(128, 30)}, {})};
  EXPECT_EQ(live_bytes(plan), (std::vector<int64_t>{100, 150, 160, 140, 130}));
}

TEST(LiveBytes, OfAPartThatIsReadAndOfAResultThatNobodyReads) {
  PlanDescription plan;
  plan.steps = {step({}, {at(0, 64)}), step({}, {at(64, 8)}), step({at(32, 16)}, {})};
  EXPECT_EQ(live_bytes(plan), (std::vector<int64_t>{64, 72, 64}));
}

TEST(LiveBytes, StepsInsideLoopsAreNoneOfThem) {
  PlanDescription plan;
  plan.steps = {step({}, {at(0, 64)}), step({at(0, 64)}, {at(0, 9)}, 1), step({at(0, 64)}, {})};
  EXPECT_EQ(live_bytes(plan), (std::vector<int64_t>{64, 64}));
  EXPECT_TRUE(live_bytes({}).empty());
}

TEST(Page, TextOfAFileIsDataAlone) {
  const std::string name = "</script><b>\"&'";
  const std::string page = html_page(name, files::Json::object({{"name", name}}));
  EXPECT_EQ(page.find("<b>"), std::string::npos);
  EXPECT_NE(page.find("<title>&lt;/script&gt;&lt;b&gt;&quot;&amp;'</title>"), std::string::npos);
  EXPECT_NE(page.find(R"({"name":"\u003c/script\u003e\u003cb\u003e\"\u0026'"})"), std::string::npos);
}

TEST(Table, AlignsColumnsByCharacters) {
  Table table({"name", "bytes"}, "lr");
  table.row({"größe", "7"});
  table.row({"x\n\x1b[31m", "1234"});
  EXPECT_EQ(table.text(), "  name     bytes\n  größe        7\n  x??[31m   1234\n");
  EXPECT_EQ(shortened("größe", 3), "grö…");
  EXPECT_EQ(shortened("größe", 5), "größe");
  EXPECT_EQ(fixed(1.0 / 3, 2), "0.33");
}

}  // namespace
}  // namespace keraunos::cli
