#include "loader/layers/text/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace keraunos::loader::text {
namespace {

std::string letters(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += static_cast<char>('a' + i * 7 % 26);
  return text;
}

// Expected: tf.strings.to_hash_bucket_fast and to_hash_bucket_strong of TensorFlow 2.15.1.
TEST(Fingerprint64, AgreesWithTensorFlowForEveryRangeOfLengths) {
  EXPECT_EQ(fingerprint64(""), 0x9ae16a3b2f90404fu);
  EXPECT_EQ(fingerprint64("a"), 0xb3454265b6df75e3u);
  EXPECT_EQ(fingerprint64("hello"), 0xb48be5a931380ce8u);
  EXPECT_EQ(fingerprint64("The quick brown fox"), 0xf8d2285a81439be5u);
  EXPECT_EQ(fingerprint64(std::string(33, 'y')), 0x777f79e52d060efeu);
  EXPECT_EQ(fingerprint64(std::string(65, 'z')), 0x732f393fa3e7df35u);
  constexpr uint64_t kBuckets = (uint64_t{1} << 31) - 1;
  EXPECT_EQ(fingerprint64(letters(64)) % kBuckets, 376613756u);
  EXPECT_EQ(fingerprint64(letters(65)) % kBuckets, 1786617759u);
  EXPECT_EQ(fingerprint64(letters(128)) % kBuckets, 476641151u);
  EXPECT_EQ(fingerprint64(letters(129)) % kBuckets, 1800075709u);
  EXPECT_EQ(fingerprint64(letters(1000)) % kBuckets, 315893004u);
}

TEST(SipHash, AgreesWithTensorFlow) {
  EXPECT_EQ(siphash24("", {133, 137}), 0x4464e36d49835ad4u);
  constexpr uint64_t kBuckets = (uint64_t{1} << 31) - 1;
  EXPECT_EQ(siphash24(letters(64), {133, 137}) % kBuckets, 977589769u);
  EXPECT_EQ(siphash24(letters(65), {133, 137}) % kBuckets, 1265926149u);
  EXPECT_EQ(siphash24(letters(1000), {133, 137}) % kBuckets, 1603652374u);
}

}  // namespace
}  // namespace keraunos::loader::text
