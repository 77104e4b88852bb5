// How the strict reader handles structures that refer to each other many times or state sizes that do not exist; and that libhdf5
// reads no file by default.
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstring>

#include "fixtures.h"
#include "folders.h"
#include "keraunos/model.h"
#include "loader/files/hdf5.h"
#include "loader/files/libhdf5/library.h"

namespace keraunos::files {
namespace {

std::string made(const std::string& name) { return read_text(*open_file((data_folder() / "hdf5" / name).string())); }

void put(std::string& bytes, size_t at, uint64_t number, size_t count) { std::memcpy(bytes.data() + at, &number, count); }

// A file that `write` fills, made in memory by libhdf5.
template <class Write>
std::string written(const Write& write) {
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_fapl_core(access, 1 << 16, false);
  const hid_t file = H5Fcreate("in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  write(file);
  H5Fflush(file, H5F_SCOPE_GLOBAL);
  std::string bytes(static_cast<size_t>(H5Fget_file_image(file, nullptr, 0)), '\0');
  H5Fget_file_image(file, bytes.data(), bytes.size());
  H5Fclose(file);
  H5Pclose(access);
  return bytes;
}

void write_strings(hid_t file, const std::vector<std::string>& strings) {
  std::vector<const char*> pointers;
  for (const std::string& text : strings) pointers.push_back(text.c_str());
  const hsize_t count = pointers.size();
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &count, nullptr);
  H5Tset_size(type, H5T_VARIABLE);
  const hid_t attribute = H5Acreate2(file, "strings", type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, type, pointers.data());
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

TEST(Hdf5Limits, TheLibraryNeverMeetsAFileByDefault) {
  const LibraryScope scope;  // a call of the library would wait for ever here
  const Hdf5File file(open_file(fixture("types.h5")));
  EXPECT_EQ(file.read_tensor("filtered").dims(), (Dims{5, 7}));
  EXPECT_TRUE(file.has("big/f4"));
}

// 4,000 strings refer to one object of 60,000 characters.
TEST(Hdf5Limits, StringsThatShareTheirCharactersAreCounted) {
  const size_t count = 4'000, characters = 60'000;
  std::vector<std::string> strings(count, "short");
  strings[0] = std::string(characters, 'x');
  std::string bytes = written([&](hid_t file) { write_strings(file, strings); });
  std::string first(4, '\0');
  put(first, 0, characters, 4);
  const size_t at = bytes.find(first);
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(Hdf5File(memory_of(bytes)).attribute_strings("", "strings"), strings);
  constexpr size_t kReference = 16;
  for (size_t i = 1; i < count; ++i) std::memcpy(bytes.data() + at + i * kReference, bytes.data() + at, kReference);
  expect_error([&] { Hdf5File(memory_of(bytes)).attribute_strings("", "strings"); }, "refer to the same bytes too many times");
  expect_error(
      [&] { Hdf5File(memory_of(bytes, "test", budget_of(10 << 20)), Hdf5Reader::library).attribute_strings("", "strings"); },
      "limit of 10485760 bytes");
}

TEST(Hdf5Limits, ATreeThatContainsItselfIsRefused) {
  std::string bytes = made("links_earliest.h5");
  size_t node = bytes.find(std::string("TREE\0\1", 6));  // above the leaves of /many
  ASSERT_NE(node, std::string::npos);
  put(bytes, node + 24 + 8, node, 8);  // its first child
  expect_error([&] { Hdf5File(memory_of(bytes)).children("many"); }, "names the node at byte " + std::to_string(node) + " twice");
}

TEST(Hdf5Limits, AHeaderThatContinuesInItselfIsRefused) {
  std::string bytes = made("attributes_earliest.h5");
  int refused = 0;
  // A continuation (message 16, of 16 bytes) refers to a block; this makes the block consist of that same message and an empty
  // one.
  const std::string continuation("\x10\0\x10\0\0\0\0\0", 8);
  for (size_t at = bytes.find(continuation); at != std::string::npos; at = bytes.find(continuation, at + 1)) {
    uint64_t target = 0, length = 0;
    std::memcpy(&target, bytes.data() + at + 8, 8);
    std::memcpy(&length, bytes.data() + at + 16, 8);
    std::string altered = bytes;
    const size_t inside = static_cast<size_t>(target);
    if (target > bytes.size() || length > bytes.size() - inside || length < 32) continue;
    std::memcpy(altered.data() + inside, bytes.data() + at, 24);
    put(altered, inside + 24, 0, 8);
    put(altered, inside + 26, length - 32, 2);
    try {
      const Hdf5File file(memory_of(altered));
      for (const char* group : {"", "few", "many", "kernel"}) file.attribute_names(group);
    } catch (const ModelError& error) {
      refused += std::string(error.what()).find("is named twice") != std::string::npos ? 1 : 0;
    }
  }
  EXPECT_GT(refused, 0);
}

TEST(Hdf5Limits, ElementsThatAreNotStoredAreCounted) {
  const std::string bytes = written([](hid_t file) {
    for (const char* name : {"a", "b", "c"}) {  // 128 MiB each, never written
      const hsize_t extent = hsize_t{32} << 20;
      const hid_t space = H5Screate_simple(1, &extent, nullptr);
      H5Dclose(H5Dcreate2(file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
      H5Sclose(space);
    }
  });
  const Hdf5File file(memory_of(bytes));
  file.read_tensor("a");
  file.read_tensor("b");
  expect_error([&] { file.read_tensor("c"); }, "times the bytes of the file");
}

TEST(Hdf5Limits, AChecksumThatIsWrongIsRefused) {
  std::string bytes = made("numbers_v110.h5");
  const size_t header = bytes.find("OHDR");
  ASSERT_NE(header, std::string::npos);
  bytes[header + 20] = static_cast<char>(bytes[header + 20] ^ 1);
  expect_error([&] { Hdf5File(memory_of(bytes)); }, "has the checksum");
  std::string chunk = made("storage_earliest.h5");
  const Hdf5File whole(memory_of(chunk));
  const Tensor values = whole.read_tensor("fletcher32");
  const std::string elements(static_cast<const char*>(values.data()), static_cast<size_t>(values.bytes()));
  const size_t at = chunk.find(elements);
  ASSERT_NE(at, std::string::npos);
  chunk[at + 3] = static_cast<char>(chunk[at + 3] ^ 4);
  expect_error([&] { Hdf5File(memory_of(chunk)).read_tensor("fletcher32"); }, "a chunk's checksum is");
}

}  // namespace
}  // namespace keraunos::files
