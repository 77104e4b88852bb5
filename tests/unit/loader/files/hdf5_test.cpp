#include "loader/files/hdf5.h"

#include <gtest/gtest.h>

#include <thread>

#include "fixtures.h"
#include "keraunos/model.h"
#include "loader/files/zip.h"

namespace keraunos::files {
namespace {

using Strings = std::vector<std::string>;

// All these tests run with both readers.
class Hdf5 : public testing::TestWithParam<Hdf5Reader> {
 protected:
  static Hdf5File open_hdf5_file(const std::string& name) { return opened(open_file(fixture(name))); }
  static Hdf5File opened(SharedBytes bytes) { return {std::move(bytes), GetParam()}; }
};

INSTANTIATE_TEST_SUITE_P(Readers, Hdf5, testing::Values(Hdf5Reader::strict, Hdf5Reader::library),
                         [](const auto& reader) { return reader.param == Hdf5Reader::strict ? "Strict" : "Library"; });

template <class T>
std::vector<double> as_doubles(const Tensor& tensor) {
  std::vector<double> values;
  for (const T value : tensor.values<T>()) {
    if constexpr (sizeof(T) == 2 && !std::is_integral_v<T>)
      values.push_back(static_cast<float>(value));
    else
      values.push_back(static_cast<double>(value));
  }
  return values;
}

std::vector<double> as_doubles(const Tensor& tensor) {
  switch (tensor.dtype()) {
    case DType::float16: return as_doubles<float16>(tensor);
    case DType::bfloat16: return as_doubles<bfloat16>(tensor);
    case DType::float32: return as_doubles<float>(tensor);
    case DType::float64: return as_doubles<double>(tensor);
    case DType::int8: return as_doubles<int8_t>(tensor);
    case DType::uint8: return as_doubles<uint8_t>(tensor);
    case DType::int16: return as_doubles<int16_t>(tensor);
    case DType::uint16: return as_doubles<uint16_t>(tensor);
    case DType::int32: return as_doubles<int32_t>(tensor);
    case DType::uint32: return as_doubles<uint32_t>(tensor);
    case DType::int64: return as_doubles<int64_t>(tensor);
    case DType::uint64: return as_doubles<uint64_t>(tensor);
    case DType::boolean: return as_doubles<bool>(tensor);
    case DType::string: break;
  }
  return {};
}

std::vector<double> steps(int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(i);
  return values;
}

struct NamedType {
  std::string name;
  DType dtype;
};
const NamedType kNumbers[] = {{"f2", DType::float16}, {"f4", DType::float32}, {"f8", DType::float64}, {"i1", DType::int8},
                              {"u1", DType::uint8},   {"i2", DType::int16},   {"u2", DType::uint16},  {"i4", DType::int32},
                              {"u4", DType::uint32},  {"i8", DType::int64},   {"u8", DType::uint64}};

TEST_P(Hdf5, NumbersOfEveryTypeAndByteOrder) {
  const Hdf5File file = open_hdf5_file("types.h5");
  for (const auto& [name, dtype] : kNumbers) {
    for (const std::string& path : {name, "/big/" + name}) {
      const auto dataset = file.dataset(path);
      EXPECT_EQ(dataset.dtype, dtype) << path;
      EXPECT_EQ(dataset.dims, (Dims{2, 3})) << path;
      EXPECT_EQ(dataset.bytes, 6 * size_of(dtype)) << path;
      EXPECT_EQ(dataset.offset.has_value(), path == name || size_of(dtype) == 1) << path;
      EXPECT_EQ(as_doubles(file.read_tensor(path)), steps(6)) << path;
    }
  }
}

TEST_P(Hdf5, SpecialElements) {
  const Hdf5File file = open_hdf5_file("types.h5");
  EXPECT_EQ(file.dataset("bool").dtype, DType::boolean);
  EXPECT_EQ(as_doubles(file.read_tensor("bool")), (std::vector<double>{1, 0, 1}));
  EXPECT_EQ(file.dataset("bfloat16").dtype, DType::bfloat16);
  EXPECT_TRUE(file.dataset("bfloat16").offset.has_value());
  EXPECT_EQ(as_doubles(file.read_tensor("bfloat16")), (std::vector<double>{1.5, -2, 3}));
  EXPECT_EQ(file.dataset("scalar").dims, Dims{});
  EXPECT_EQ(as_doubles(file.read_tensor("scalar")), std::vector<double>{7.5});
  EXPECT_EQ(file.read_tensor("empty").dims(), (Dims{0, 3}));
  EXPECT_EQ(as_doubles(file.read_tensor("unwritten")), std::vector<double>(4, 2.5));
  for (const char* name : {"void", "complex", "text"}) expect_error([&] { file.dataset(name); }, "no numbers Keras has");
  expect_error([&] { file.dataset("null"); }, "null dataspace");
  expect_error([&] { file.dataset("big"); }, "is no dataset");
  expect_error([&] { file.dataset("nothing"); }, "there is no '/nothing' of '");
}

TEST_P(Hdf5, LayoutsAndFilters) {
  const Hdf5File file = open_hdf5_file("types.h5");
  for (const char* name : {"chunked", "filtered", "big/filtered"}) {
    EXPECT_FALSE(file.dataset(name).offset.has_value());
    EXPECT_EQ(file.dataset(name).dims, (Dims{5, 7}));
    EXPECT_EQ(as_doubles(file.read_tensor(name)), steps(35)) << name;
  }
  EXPECT_EQ(as_doubles(file.read_tensor("compact")), (std::vector<double>{1, 2, 3}));
}

TEST_P(Hdf5, TheTargetMustFit) {
  const Hdf5File file = open_hdf5_file("types.h5");
  std::vector<std::byte> target(23);
  expect_error<UsageError>([&] { file.read("f4", target); }, "'/f4' of '");
}

TEST_P(Hdf5, AttributesInEveryForm) {
  for (const char* name : {"attributes.h5", "attributes_latest.h5"}) {
    const Hdf5File file = open_hdf5_file(name);
    const auto strings = [&](const char* key) { return file.attribute_strings("model_weights", key).value(); };
    EXPECT_EQ(file.attribute_text("/model_weights", "variable"), "tägliche Läufe");
    EXPECT_EQ(file.attribute_text("model_weights", "fixed"), "abc");
    EXPECT_EQ(file.attribute_text("model_weights", "padded"), "abc");
    EXPECT_EQ(file.attribute_text("model_weights", "opaque"), "{}");
    EXPECT_EQ(file.attribute_text("model_weights", "one"), "single");
    EXPECT_EQ(file.attribute_text("model_weights", "empty_text"), "");
    EXPECT_EQ(strings("many"), (Strings{"dense", "", "dense_1"}));
    EXPECT_EQ(strings("many_fixed"), (Strings{"dense", "", "dense_1"}));
    EXPECT_EQ(strings("none"), Strings{});
    EXPECT_EQ(strings("null"), Strings{});
    EXPECT_EQ(file.attribute_strings("model_weights", "missing"), std::nullopt);
    EXPECT_EQ(file.attribute_text("model_weights/kernel", "name"), "kernel");
    expect_error([&] { file.attribute_text("model_weights", "many"); }, "should be one string, found 3");
    expect_error([&] { strings("number"); }, "expected strings, found another type");
    expect_error([&] { file.attribute_strings("nowhere", "x"); }, "there is no '/nowhere'");
  }
}

TEST_P(Hdf5, AttributesInChunksAreJoinedInNumericOrder) {
  const Hdf5File file = open_hdf5_file("attributes.h5");
  const auto names = file.attribute_strings("model_weights", "names").value();
  ASSERT_EQ(names.size(), 24u);
  EXPECT_EQ(names[2], "a1");
  EXPECT_EQ(names[23], "b11");
}

void expect_tree(const Hdf5File& file) {
  EXPECT_EQ(file.children("/"), (Strings{"dec\\conv", "empty", "layers"}));
  EXPECT_EQ(file.children("layers"), (Strings{"dense_1", "dense_10", "dense_2"}));
  EXPECT_EQ(file.children("empty"), Strings{});
  EXPECT_TRUE(file.is_group(""));
  EXPECT_TRUE(file.is_group("//layers//dense_1/"));
  EXPECT_TRUE(file.is_dataset("layers/dense_1/vars/0"));
  EXPECT_TRUE(file.is_dataset("dec\\conv/vars/0"));
  for (const char* path : {"layers/dense_3", "layers/dense_1/vars/0/x", "x/y", "layers/./dense_1", "layers/.."})
    EXPECT_FALSE(file.has(path)) << path;
  EXPECT_EQ(file.datasets("layers"),
            (Strings{"layers/dense_1/vars/0", "layers/dense_1/vars/1", "layers/dense_10/vars/0", "layers/dense_2/vars/0"}));
  EXPECT_EQ(file.datasets().size(), 5u);
  EXPECT_EQ(as_doubles(file.read_tensor("layers/dense_10/vars/0")), (std::vector<double>{10, 10}));
  expect_error([&] { file.children("layers/dense_1/vars/0"); }, "is no group");
}

TEST_P(Hdf5, GroupsOfEveryAge) {
  expect_tree(open_hdf5_file("tree.h5"));
  expect_tree(open_hdf5_file("tree_latest.h5"));
}

TEST_P(Hdf5, OffsetsCountFromTheStartOfTheSource) {
  for (const char* name : {"tree.h5", "tree_userblock.h5"}) {
    const Hdf5File file = open_hdf5_file(name);
    expect_tree(file);
    std::array<float, 2> values{};
    file.source()->read(file.dataset("layers/dense_2/vars/0").offset.value(), std::as_writable_bytes(std::span(values)));
    EXPECT_EQ(values, (std::array<float, 2>{2, 2})) << name;
  }
}

TEST_P(Hdf5, InsideAZipAndInMemory) {
  const ZipArchive zip(open_file(fixture("tree.keras")));
  expect_tree(opened(zip.open("model.weights.h5")));
  expect_tree(opened(memory_of(zip.read_text("model.weights.h5"))));
}

TEST_P(Hdf5, ToldByContent) {
  EXPECT_TRUE(is_hdf5(*open_file(fixture("tree.h5"))));
  EXPECT_TRUE(is_hdf5(*open_file(fixture("tree_userblock.h5"))));
  EXPECT_FALSE(is_hdf5(*open_file(fixture("tree.keras"))));
  EXPECT_FALSE(is_hdf5(*memory_of("")));
  expect_error([] { opened(memory_of("{}")); }, "'test' is no HDF5 file");
}

TEST_P(Hdf5, WhatReachesOutsideIsRefused) {
  const Hdf5File file = open_hdf5_file("hostile.h5");
  EXPECT_TRUE(file.is_dataset("data/x"));
  expect_error([&] { file.has("soft/link/x"); }, "'/soft/link/x' of '");
  expect_error([&] { file.read_tensor("soft/link"); }, "a soft link ('link')");
  expect_error([&] { file.read_tensor("external/link"); }, "an external link");
  expect_error([&] { file.attribute_strings("external/link", "x"); }, "an external link");
  expect_error([&] { file.datasets("soft"); }, "a soft link");
  expect_error([&] { file.read_tensor("elsewhere"); }, "its elements lie in another file");
  expect_error([&] { file.read_tensor("virtual"); }, "its storage is virtual");
}

TEST_P(Hdf5, WhatCannotBeSaneIsRefused) {
  const Hdf5File file = open_hdf5_file("hostile.h5");
  expect_error([&] { file.read_tensor("lzf"); }, "filter number 32000");
  expect_error([&] { file.read_tensor("scale"); }, "filter number 6 is none of");
  expect_error([&] { file.read_tensor("huge"); }, "it states 4398046511104 bytes where 0 are stored");
  expect_error([&] { file.read_tensor("huge_chunk"); }, "its chunks are larger");
  expect_error([&] { file.read_tensor("crumbs"); }, "it has more than 1000000 chunks");
  expect_error([&] { file.read_tensor("rank9"); }, "9 dimensions, more than 8");
}

TEST_P(Hdf5, LoopsAndDepthEnd) {
  const Hdf5File file = open_hdf5_file("hostile.h5");
  expect_error([&] { file.datasets("loop"); }, "contains itself");
  expect_error([&] { file.datasets("deep"); }, "nested too deep");
  expect_error([&] { file.datasets("wide"); }, "too many objects");
  std::string path = "loop";
  for (int i = 0; i < 40; ++i) path += "/a/back";
  expect_error([&] { file.has(path); }, "nested too deep");
}

TEST_P(Hdf5, TruncatedAnywhere) {
  EXPECT_THROW(open_hdf5_file("truncated.h5"), ModelError);
  const std::string whole = read_text(*open_file(fixture("tree.h5")));
  for (size_t size = 0; size < whole.size(); size += 97)
    EXPECT_THROW(opened(memory_of(whole.substr(0, size))), ModelError) << size;
}

TEST_P(Hdf5, ManyThreads) {
  const Hdf5File shared = open_hdf5_file("types.h5");
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      const Hdf5File own = open_hdf5_file("types.h5");
      for (int i = 0; i < 20; ++i) {
        wrong[t] += as_doubles(shared.read_tensor("filtered")) != steps(35);
        wrong[t] += as_doubles(own.read_tensor("f4")) != steps(6);
        wrong[t] += own.has("missing/path");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

TEST_P(Hdf5, NothingIsPrinted) {
  testing::internal::CaptureStderr();
  std::thread other([] {
    EXPECT_THROW(open_hdf5_file("truncated.h5"), ModelError);
    EXPECT_FALSE(open_hdf5_file("types.h5").has("no/such/path"));
  });
  other.join();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace keraunos::files
