#include "loader/files/bytes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "fixtures.h"
#include "keraunos/error.h"

namespace keraunos::files {
namespace {

std::string part(const ByteSource& source, int64_t offset, size_t size) {
  std::string text(size, '?');
  source.read(offset, std::as_writable_bytes(std::span(text)));
  return text;
}

TEST(Bytes, MemoryFileAndWindowReadAlike) {
  const auto memory = memory_of("0123456789");
  EXPECT_EQ(memory->size(), 10);
  EXPECT_EQ(memory->name(), "test");
  EXPECT_EQ(part(*memory, 3, 4), "3456");
  EXPECT_EQ(part(*memory, 10, 0), "");

  const auto inner = window(window(memory, 2, 6, "w"), 1, 4, "w/x");
  EXPECT_EQ(inner->name(), "w/x");
  EXPECT_EQ(read_text(*inner), "3456");

  const auto file = open_file(fixture("zip_stored.zip"));
  EXPECT_EQ(part(*file, 0, 2), "PK");
  EXPECT_EQ(file->size(), static_cast<int64_t>(std::filesystem::file_size(fixture("zip_stored.zip"))));
}

TEST(Bytes, ReadsOutsideAreRefused) {
  const auto memory = memory_of("0123456789");
  EXPECT_THROW(part(*memory, 8, 3), ModelError);
  EXPECT_THROW(part(*memory, -1, 1), ModelError);
  EXPECT_THROW(part(*memory, INT64_MAX, 1), ModelError);
  EXPECT_THROW(window(memory, 5, 6, "w"), ModelError);
  EXPECT_THROW(window(memory, 5, -1, "w"), ModelError);
  EXPECT_THROW(part(*window(memory, 2, 4, "w"), 2, 3), ModelError);
  expect_error([&] { window(memory, 5, 6, "w"); }, "'test' has 10 bytes, but 'w' needs 6 bytes at byte 5");
}

TEST(Bytes, WhatIsNoFileIsRefused) {
  expect_error([] { open_file("no/such/file"); }, "cannot open 'no/such/file': No such file or directory");
  expect_error([] { open_file(data_folder()); }, "it is a folder");
  expect_error([] { open_file("/dev/null"); }, "no regular file");
}

TEST(Bytes, AFileThatShrinksIsAnError) {
  const TemporaryFile file("shrinking");
  file.write("0123456789");
  const auto source = open_file(file.path());
  ASSERT_EQ(::truncate(file.path().c_str(), 4), 0);
  EXPECT_EQ(part(*source, 0, 4), "0123");
  expect_error([&] { part(*source, 2, 4); }, "became shorter while it was read: it ends at byte 4");
}

TEST(Bytes, ManyThreadsReadAtOnce) {
  const auto file = open_file(fixture("zip_stored.zip"));
  const std::string whole = read_text(*file);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (size_t at = t; at + 8 < whole.size(); ++at)
        wrong[t] += part(*file, static_cast<int64_t>(at), 8) != whole.substr(at, 8);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace keraunos::files
