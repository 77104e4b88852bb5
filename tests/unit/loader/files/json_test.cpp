#include "loader/files/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fixtures.h"

namespace keraunos::files {
namespace {

Json parse(std::string_view text) { return Json::parse(text, "config.json"); }

TEST(Json, ValuesOfEveryKind) {
  const Json j =
      parse(R"( {"n": null, "t": true, "i": -7, "d": 0.25, "s": "a\"\u00e4\ud83c\udf88", "l": [1, [], {}], "o": {"x": 1}} )");
  EXPECT_TRUE(j["n"].is_null());
  EXPECT_TRUE(j["t"].as_bool());
  EXPECT_EQ(j["i"].as_int(), -7);
  EXPECT_EQ(j["i"].as_double(), -7.0);
  EXPECT_EQ(j["d"].as_double(), 0.25);
  EXPECT_FALSE(j["d"].is_int());
  EXPECT_EQ(j["s"].as_string(), "a\"ä🎈");
  EXPECT_EQ(j["l"].size(), 3);
  EXPECT_EQ(j["l"][0].as_int(), 1);
  EXPECT_EQ(j["o"]["x"].as_int(), 1);
  EXPECT_EQ(j.find("none"), nullptr);
  EXPECT_EQ(parse("3").as_int(), 3);
}

TEST(Json, MembersKeepTheirOrderAndTheLastOfEqualKeysWins) {
  const Json j = parse(R"({"z": 1, "a": 2, "z": {"q": 3}, "b": 4})");
  EXPECT_EQ(j.dump(), R"({"z":{"q":3},"a":2,"b":4})");
}

TEST(Json, BareWordsAreNumbers) {
  const Json j = parse("[NaN, Infinity,-Infinity,{\"v\":NaN}, \"NaN\", \"a\\\\\", Infinity]");
  EXPECT_TRUE(std::isnan(j[0].as_double()));
  EXPECT_EQ(j[1].as_double(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(j[2].as_double(), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(j[3]["v"].as_double()));
  EXPECT_EQ(j[4].as_string(), "NaN");
  EXPECT_EQ(j[6].as_double(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(j.dump(), R"([NaN,Infinity,-Infinity,{"v":NaN},"NaN","a\\",Infinity])");
  EXPECT_TRUE(std::isnan(parse("NaN").as_double()));
  EXPECT_EQ(parse("[0, NaN, 0]").dump(), "[0,NaN,0]");
  EXPECT_EQ(parse(R"(["\"NaN", " NaN "])")[1].as_string(), " NaN ");
  for (const char* text :
       {"[1NaN]", "[NaN1]", "[NaNNaN]", "[--Infinity]", "[NaN NaN]", "{NaN: 1}", "[nan]", "[+Infinity]", "[-NaN]"}) {
    EXPECT_THROW(parse(text), ModelError) << text;
  }
}

TEST(Json, IntegersBeyondInt64BecomeDoubles) {
  EXPECT_EQ(parse("140320563207760").as_int(), 140320563207760);
  EXPECT_EQ(parse("9223372036854775807").as_int(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parse("-9223372036854775808").as_int(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(parse("9223372036854775808").as_double(), 9223372036854775808.0);
  EXPECT_EQ(parse("18446744073709551616").as_double(), 18446744073709551616.0);
  EXPECT_TRUE(parse("1.0").is_double());
}

TEST(Json, MalformedTextIsNamedWithItsPlace) {
  expect_error([] { parse("{\"a\": 1,\n \"b\": x}"); }, "config.json is no valid JSON: unexpected 'x' at line 2, column 7");
  expect_error([] { parse("[1, NaN, }"); }, "unexpected '}' at line 1, column 10");
  expect_error([] { parse("{\"a\": "); }, "the text ends too early");
  for (const char* text :
       {"", "[1,]", "{\"a\":1,}", "[1] x", "'a'", "{a:1}", "[01]", "[1e]", "[\"\xff\"]", "[\"\\ud800\"]", "[\"\t\"]", "[1]]"}) {
    EXPECT_THROW(parse(text), ModelError) << text;
  }
  EXPECT_THROW(parse(std::string_view("{}\0x", 4)), ModelError);
}

TEST(Json, NestingIsLimited) {
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') + std::string(static_cast<size_t>(depth), ']');
  };
  EXPECT_EQ(parse(nested(Json::kMaxDepth)).dump(), nested(Json::kMaxDepth));
  expect_error([&] { parse(nested(Json::kMaxDepth + 1)); }, "deeper than 200 levels");
  EXPECT_THROW(parse(std::string(1'000'000, '[')), ModelError);
}

TEST(Json, ManyEqualKeysTakeLinearTime) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += "\"key" + std::to_string(i % 100'000) + "\":" + std::to_string(i) + ",";
  const Json j = parse(text + "\"end\":0}");
  EXPECT_EQ(j.size(), 100'001);
  EXPECT_EQ(j.members()[5].second.as_int(), 100'005);
}

TEST(Json, WrongKindsAreSaidInWords) {
  const Json j = parse(R"({"s": "x", "l": [1.5]})");
  expect_error([&] { j["s"].items(); }, "expected a list, found a string");
  expect_error([&] { j["l"].members(); }, "expected an object, found a list");
  expect_error([&] { j["l"][0].as_int(); }, "expected an integer, found a number");
  expect_error([&] { j["l"][1]; }, "a list of 1 has no item 1");
  expect_error([&] { j["units"]; }, "the key 'units' is missing");
  expect_error([&] { j["s"].size(); }, "expected a list or an object, found a string");
  expect_error([&] { j["s"]["x"]; }, "expected an object, found a string");
  expect_error([&] { j["s"].as_double(); }, "expected a number, found a string");
}

TEST(Json, BuildingAndWriting) {
  Json j = Json::object();
  j.set("name", "dense").set("units", 3).set("rate", 0.1).set("units", 4);
  j.set("list", Json::array().push_back(nullptr).push_back(true).push_back(1e300).push_back(2.0).push_back("\n\x01"));
  j.set("none", Json::array());
  EXPECT_EQ(j.dump(), R"({"name":"dense","units":4,"rate":0.1,"list":[null,true,1e+300,2.0,"\n\u0001"],"none":[]})");
  EXPECT_EQ(parse(j.dump()), j);
  EXPECT_EQ(parse(j.pretty()), j);
  EXPECT_EQ(parse(R"({"a":[1,{}]})").pretty(), "{\n  \"a\": [\n    1,\n    {}\n  ]\n}");
  EXPECT_THROW(Json(1).set("a", 1), ModelError);
  EXPECT_THROW(Json::object().push_back(1), ModelError);
}

TEST(Json, DoublesReadBackEqual) {
  for (const double value : {0.1, 1.0 / 3.0, 1e-310, 1.7976931348623157e308, -0.0, 123456789012345680.0, 5e-324}) {
    const Json back = parse(Json(value).dump());
    ASSERT_TRUE(back.is_double());
    EXPECT_EQ(back.as_double(), value);
    EXPECT_EQ(std::signbit(back.as_double()), std::signbit(value));
  }
}

}  // namespace
}  // namespace keraunos::files
