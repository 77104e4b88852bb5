#include "loader/files/zip.h"

#include <gtest/gtest.h>

#include "fixtures.h"

namespace keraunos::files {
namespace {

ZipArchive open_zip(const std::string& name, uint64_t max_bytes = MemoryBudget::kUnlimited) {
  return ZipArchive(open_file(fixture("zip_" + name + ".zip"), budget_of(max_bytes)));
}

std::string hello() {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "hello ";
  return text;
}

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  if (!text.empty()) std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

TEST(Zip, StoredMembersAreWindows) {
  const ZipArchive zip = open_zip("stored");
  ASSERT_EQ(zip.members().size(), 2u);
  EXPECT_EQ(zip.members()[0].name, "config.json");
  EXPECT_EQ(zip.find("model.bin")->bytes, 10);
  EXPECT_EQ(zip.find("model"), nullptr);
  EXPECT_EQ(zip.read_text("config.json"), hello());
  const auto data = zip.open("model.bin");
  EXPECT_EQ(read_text(*data), "0123456789");
  EXPECT_TRUE(data->name().ends_with("zip_stored.zip/model.bin"));
  std::string in_place(10, ' ');
  open_file(fixture("zip_stored.zip"))->read(zip.find("model.bin")->offset, std::as_writable_bytes(std::span(in_place)));
  EXPECT_EQ(in_place, "0123456789");
  expect_error([&] { zip.open("weights"); }, "has no member 'weights'");
}

TEST(Zip, WindowsOutliveTheArchive) {
  SharedBytes data;
  {
    const ZipArchive zip = open_zip("stored");
    data = zip.open("model.bin");
  }
  EXPECT_EQ(read_text(*data), "0123456789");
}

TEST(Zip, DeflatedMembersAreUnpackedAndFoldersLeftOut) {
  const ZipArchive zip = open_zip("deflated");
  ASSERT_EQ(zip.members().size(), 2u);
  EXPECT_EQ(zip.members()[0].method, ZipMember::Method::deflated);
  EXPECT_EQ(read_text(*zip.open("config.json")), hello());
  EXPECT_EQ(zip.read_text("assets/a.txt"), "x");
  zip.verify_crc("config.json");
}

TEST(Zip, WrongChecksumsAreFound) {
  const ZipArchive zip = open_zip("bad_crc");
  EXPECT_EQ(read_text(*zip.open("model.bin")), "1123456789");  // a window does not verify the checksum
  expect_error([&] { zip.verify_crc("model.bin"); }, "CRC");
  expect_error([&] { zip.read_text("model.bin"); }, "CRC");
}

TEST(Zip, WrongSizesAreFound) {
  const ZipArchive zip = open_zip("short");
  EXPECT_THROW(zip.open("zeros"), ModelError);
  EXPECT_THROW(zip.read_text("zeros"), ModelError);
}

TEST(Zip, OtherMethodsAreRefusedWhenTheyAreRead) {
  const ZipArchive zip = open_zip("bzip2");
  expect_error([&] { zip.open("a"); }, "a method other than stored and deflated");
  expect_error([&] { zip.read_text("a"); }, "a method other than stored and deflated");
}

TEST(Zip, HostileArchivesAreRefusedAtOpening) {
  expect_error([] { open_zip("absolute"); }, "its member '/etc/passwd' has a name that could point outside");
  expect_error([] { open_zip("parent"); }, "could point outside");
  expect_error([] { open_zip("backslash"); }, "could point outside");
  expect_error([] { open_zip("drive"); }, "could point outside");
  expect_error([] { open_zip("nul"); }, "another name in front of its data");
  expect_error([] { open_zip("renamed"); }, "another name in front of its data");
  expect_error([] { open_zip("symlink"); }, "is a symbolic link");
  expect_error([] { open_zip("encrypted"); }, "is encrypted");
  expect_error([] { open_zip("duplicate"); }, "'config.json0' exists twice");
  expect_error([] { open_zip("overlap"); }, "overlaps 'model.bin'");
  expect_error([] { open_zip("two_sizes"); }, "is stored, but states two sizes");
  expect_error([] { open_zip("bomb"); }, "would unpack from");
  EXPECT_THROW(open_zip("toward_end"), ModelError);
  EXPECT_THROW(open_zip("truncated"), ModelError);
  EXPECT_EQ(open_zip("dots").members().size(), 1u);  // two dots within a name are harmless
  EXPECT_EQ(open_zip("empty").members().size(), 0u);
}

TEST(Zip, TheLimitCountsAllMembers) {
  EXPECT_EQ(open_zip("stored", 310).members().size(), 2u);
  expect_error([] { open_zip("stored", 309); }, "above the limit of 309 bytes");
  expect_error([] { open_zip("stored", 0); }, "above the limit");
}

TEST(Zip, DamageAnywhereThrowsNothingElse) {
  const std::string whole = read_text(*open_file(fixture("zip_deflated.zip")));
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string text = whole;
      text[at] = static_cast<char>(text[at] ^ flip);
      try {
        const ZipArchive zip(memory_of(text, "test", budget_of(1 << 20)));
        for (const ZipMember& member : zip.members()) zip.read_text(member.name);
      } catch (const ModelError&) {
      }
    }
    try {
      const ZipArchive zip(memory_of(whole.substr(0, at)));
      EXPECT_EQ(zip.members().size(), 0u) << at;
    } catch (const ModelError&) {
    }
  }
}

TEST(Zip, ToldByContent) {
  EXPECT_TRUE(is_zip(*open_file(fixture("zip_stored.zip"))));
  EXPECT_TRUE(is_zip(*open_file(fixture("zip_empty.zip"))));
  EXPECT_FALSE(is_zip(*open_file(fixture("types.h5"))));
  EXPECT_FALSE(is_zip(*memory_of("PK\3\4")));
}

TEST(ZipWriter, WritesWhatIsReadBackAndAlwaysTheSameBytes) {
  std::string first;
  for (int round = 0; round < 2; ++round) {
    const TemporaryFile file("written.zip");
    ZipWriter writer(file.path());
    writer.add("b.txt", bytes_of("stored"));
    writer.add("a/ä.txt", bytes_of(hello()), true);
    writer.add("empty", {});
    EXPECT_FALSE(std::filesystem::exists(file.path()));
    writer.finish();
    const auto source = open_file(file.path());
    const ZipArchive zip(source);
    ASSERT_EQ(zip.members().size(), 3u);
    EXPECT_EQ(zip.members()[0].name, "b.txt");
    EXPECT_EQ(zip.members()[1].method, ZipMember::Method::deflated);
    EXPECT_EQ(read_text(*zip.open("b.txt")), "stored");
    EXPECT_EQ(zip.read_text("a/ä.txt"), hello());
    EXPECT_EQ(zip.read_text("empty"), "");
    const std::string bytes = read_text(*source);
    if (round == 0) first = bytes;
    EXPECT_EQ(bytes, first);
    EXPECT_EQ(bytes.substr(10, 4), std::string("\0\0\x21\0", 4));  // midnight, 1980-01-01
  }
}

TEST(ZipWriter, ReplacesAFileOnlyWhenItFinishes) {
  const TemporaryFile file("kept.zip");
  file.write("old");
  { ZipWriter(file.path()).add("a", bytes_of("x")); }
  EXPECT_EQ(read_text(*open_file(file.path())), "old");
  ZipWriter writer(file.path());
  writer.add("a", bytes_of("x"));
  expect_error<UsageError>([&] { writer.add("a", bytes_of("y")); }, "member 'a'");
}

TEST(ZipWriter, PathsThatCannotBeWritten) {
  expect_error<UsageError>(
      [] {
        ZipWriter writer("/no/such/folder/x.npz");
        writer.add("a", bytes_of("x"));
        writer.finish();
      },
      "cannot write '/no/such/folder/x.npz'");
}

}  // namespace
}  // namespace keraunos::files
