#include "loader/files/npy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fixtures.h"
#include "loader/files/zip.h"

namespace keraunos::files {
namespace {

Tensor read_fixture(const std::string& name) { return read_npy(*open_file(fixture("npy_" + name + ".npy"))); }

template <class T>
std::vector<T> values_of(const Tensor& tensor) {
  const auto values = tensor.values<T>();
  return {values.begin(), values.end()};
}

template <class T>
void expect_steps(const Tensor& tensor, const std::string& name) {
  ASSERT_EQ(tensor.dtype(), dtype_of<T>()) << name;
  EXPECT_EQ(tensor.dims(), (Dims{2, 3})) << name;
  for (int64_t i = 0; i < 6; ++i)
    EXPECT_EQ(static_cast<float>(tensor.values<T>()[static_cast<size_t>(i)]), static_cast<float>(i)) << name;
}

std::vector<std::string> strings_of(const Tensor& tensor) {
  std::vector<std::string> result;
  for (int64_t i = 0; i < tensor.dims().elements(); ++i) result.emplace_back(tensor.string(i));
  return result;
}

class NpyArchive : public testing::Test {
 protected:
  const Tensor& operator[](std::string_view name) const {
    const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& entry) { return entry.first == name; });
    if (found == all_.end()) throw std::runtime_error("no array " + std::string(name));
    return found->second;
  }
  Named all_ = read_npz(fixture("npy_all.npz"));
};

TEST_F(NpyArchive, NumbersOfEveryTypeAndByteOrder) {
  for (const std::string order : {"", "big_"}) {
    expect_steps<float16>((*this)[order + "f2"], order + "f2");
    expect_steps<float>((*this)[order + "f4"], order + "f4");
    expect_steps<double>((*this)[order + "f8"], order + "f8");
    expect_steps<int8_t>((*this)[order + "i1"], order + "i1");
    expect_steps<uint8_t>((*this)[order + "u1"], order + "u1");
    expect_steps<int16_t>((*this)[order + "i2"], order + "i2");
    expect_steps<uint16_t>((*this)[order + "u2"], order + "u2");
    expect_steps<int32_t>((*this)[order + "i4"], order + "i4");
    expect_steps<uint32_t>((*this)[order + "u4"], order + "u4");
    expect_steps<int64_t>((*this)[order + "i8"], order + "i8");
    expect_steps<uint64_t>((*this)[order + "u8"], order + "u8");
  }
  EXPECT_EQ(values_of<bool>((*this)["bool"]), (std::vector<bool>{true, false, true}));
  EXPECT_EQ((*this)["scalar"].dims(), Dims{});
  EXPECT_EQ((*this)["scalar"].values<float>()[0], 7.5f);
  EXPECT_EQ((*this)["empty"].dims(), (Dims{0, 3}));
}

TEST_F(NpyArchive, FortranOrderIsConverted) {
  const auto values = values_of<float>((*this)["fortran"]);
  EXPECT_EQ((*this)["fortran"].dims(), (Dims{2, 3, 4}));
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(values[i], static_cast<float>(i));
}

TEST_F(NpyArchive, Strings) {
  const std::vector<std::string> expected = {"a", "tägliche", "", "日本 🎈"};
  for (const char* name : {"text", "big_text", "fortran_text"}) {
    EXPECT_EQ((*this)[name].dims(), (Dims{2, 2})) << name;
    EXPECT_EQ(strings_of((*this)[name]), expected) << name;
  }
  EXPECT_EQ(strings_of((*this)["bytes"]), (std::vector<std::string>{"a", std::string("bc\0d", 4), ""}));
}

TEST_F(NpyArchive, KeepsTheOrderOfItsMembers) {
  EXPECT_EQ(all_[0].first, "f2");
  EXPECT_EQ(all_[1].first, "big_f2");
  const Named deflated = read_npz(fixture("npy_deflated.npz"));
  ASSERT_EQ(deflated.size(), 2u);
  EXPECT_EQ(deflated[0].first, "b");
  EXPECT_EQ(values_of<int64_t>(deflated[0].second), (std::vector<int64_t>{0, 1, 2, 3}));
}

TEST(Npy, HeadersOfEveryVersion) {
  for (const char* name : {"v1", "v2", "v3"}) expect_steps<float>(read_fixture(name), name);
  EXPECT_EQ(values_of<float>(read_fixture("python2")), (std::vector<float>{1, 2}));
  const Tensor narrow = read_fixture("bfloat16");
  EXPECT_EQ(static_cast<float>(narrow.values<bfloat16>()[1]), -2.0f);
  EXPECT_EQ(values_of<bool>(read_fixture("odd_bool")), (std::vector<bool>{true, false}));
}

TEST(Npy, WhatIsNotReadIsRefusedInWords) {
  expect_error([] { read_fixture("object"); }, "Python objects, kept as a pickle");
  expect_error([] { read_fixture("structured"); }, "structures");
  expect_error([] { read_fixture("complex"); }, "its type '<c8' is none that Keras has");
  expect_error([] { read_fixture("void"); }, "NumPy writes bfloat16 so");
  expect_error([] { read_fixture("date"); }, "'<M8[s]'");
  expect_error([] { read_fixture("short"); }, "it states 12 bytes of elements, but has 4");
  expect_error([] { read_fixture("overflow"); }, "its size overflows");
  expect_error([] { read_fixture("negative"); }, "its header is malformed");
  expect_error([] { read_fixture("rank9"); }, "9 dimensions");
  expect_error([] { read_fixture("empties"); }, "too many empty strings");
  expect_error([] { read_fixture("no_shape"); }, "its header is malformed");
  expect_error([] { read_fixture("code"); }, "its header is malformed");
  expect_error([] { read_fixture("surrogate"); }, "no Unicode text");
  expect_error([] { read_npy(*memory_of("0123456789abcdef")); }, "lacks NumPy's magic");
}

TEST(Npy, DamageAnywhereThrowsNothingElse) {
  const std::string whole = read_text(*open_file(fixture("npy_v1.npy")));
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0x01, 0x10, 0xff}) {
      std::string text = whole;
      text[at] = static_cast<char>(text[at] ^ flip);
      try {
        read_npy(*memory_of(text));
      } catch (const ModelError&) {
      }
    }
    EXPECT_THROW(read_npy(*memory_of(whole.substr(0, at))), ModelError) << at;
  }
}

TEST(Npy, ToldByContent) {
  EXPECT_EQ(read_arrays(fixture("npy_v1.npy"))[0].first, "arr_0");
  EXPECT_EQ(read_arrays(fixture("npy_deflated.npz")).size(), 2u);
  expect_error([] { read_arrays(fixture("types.h5")); }, "neither an .npz nor an .npy");
}

/// write_npy writes the same bytes as NumPy.
TEST(NpyWrite, SameBytesAsNumPy) {
  const std::vector<float> steps = {0, 1, 2, 3, 4, 5};
  std::vector<std::byte> bytes;
  write_npy(bytes, TensorView(steps, {2, 3}));
  const std::string expected = read_text(*open_file(fixture("npy_v1.npy")));
  ASSERT_EQ(bytes.size(), expected.size());
  EXPECT_EQ(std::memcmp(bytes.data(), expected.data(), bytes.size()), 0);

  const ZipArchive numpy(open_file(fixture("npy_all.npz")));
  for (const char* name : {"scalar.npy", "empty.npy", "text.npy", "bool.npy", "f2.npy", "u8.npy", "i1.npy"}) {
    std::vector<std::byte> again;
    const Tensor read = read_npy(*numpy.open(name));
    write_npy(again, read);
    const std::string original = numpy.read_text(name);
    ASSERT_EQ(again.size(), original.size()) << name;
    EXPECT_EQ(std::memcmp(again.data(), original.data(), again.size()), 0) << name;
  }
}

TEST(NpyWrite, BFloat16IsWidened) {
  const std::vector<bfloat16> narrow = {bfloat16(1.5f), bfloat16(-2.0f)};
  std::vector<std::byte> bytes;
  write_npy(bytes, TensorView(narrow, {2}));
  const auto source = from_memory(std::move(bytes), "written");
  EXPECT_EQ(values_of<float>(read_npy(*source)), (std::vector<float>{1.5f, -2.0f}));
}

TEST(NpyWrite, StringsMustBeText) {
  const std::vector<std::string_view> words = {"fine", "\xff"};
  std::vector<std::byte> bytes;
  expect_error<DataError>([&] { write_npy(bytes, TensorView(words, {2})); }, "element 1 is not UTF-8");
}

TEST(NpyWrite, ArchivesReadBackInOrder) {
  const TemporaryFile file("written.npz");
  const std::vector<int32_t> numbers = {1, 2, 3};
  const std::vector<std::string_view> words = {"日本", ""};
  write_npz(file.path(), NamedViews{{"z/dense", TensorView(numbers, {3})}, {"a", TensorView(words, {2, 1})}});
  const Named back = read_npz(file.path());
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[0].first, "z/dense");
  EXPECT_EQ(values_of<int32_t>(back[0].second), numbers);
  EXPECT_EQ(strings_of(back[1].second), (std::vector<std::string>{"日本", ""}));
  EXPECT_EQ(back[1].second.dims(), (Dims{2, 1}));
}

}  // namespace
}  // namespace keraunos::files
