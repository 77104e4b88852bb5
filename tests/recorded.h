// A recorded case of tests/cases as data for other tests: its model, its inputs, any number of its rows.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

#include "device_under_test.h"
#include "folders.h"
#include "golden/golden.h"
#include "loader/files/npy.h"

namespace keraunos {

inline std::filesystem::path case_folder(const std::string& name) { return cases_folder() / name; }

/// Always on the device under test, with strict float32, so that the number of rows of a call does not change a row's result.
inline Model load_for_test(const std::filesystem::path& file, int threads = 0) {
  return load_model(file, {.device = device_under_test(), .precision = Precision::float32, .threads = threads});
}

inline TensorView first_rows(const TensorView& view, int64_t rows) {
  std::vector<int64_t> sizes(view.dims.begin(), view.dims.end());
  sizes.at(0) = rows;
  return {view.data, view.dtype, Dims(sizes)};
}

class Recorded {
 public:
  explicit Recorded(const std::string& name)
      : name_(name),
        golden_(golden::Case::read(case_folder(name))),
        arrays_(files::read_npz(golden_.calls.at(0).inputs.string())) {}

  const std::string& name() const noexcept { return name_; }
  Model load(int threads = 0) const { return load_for_test(golden_.model, threads); }
  const Named& arrays() const noexcept { return arrays_; }
  int64_t rows() const { return arrays_.at(0).second.dims()[0]; }

  /// The first rows of the recorded inputs, by the model's names.
  NamedViews inputs(const Model& model, int64_t rows) const {
    const std::vector<TensorSpec> specs = model.inputs();
    NamedViews views;
    for (size_t i = 0; i < specs.size(); ++i) views.emplace_back(specs[i].name, first_rows(array(specs[i].name, i), rows));
    return views;
  }

 private:
  const Tensor& array(const std::string& name, size_t position) const {
    const auto found = std::find_if(arrays_.begin(), arrays_.end(), [&](const auto& entry) { return entry.first == name; });
    return found == arrays_.end() ? arrays_.at(position).second : found->second;
  }

  std::string name_;
  golden::Case golden_;
  Named arrays_;
};

/// Bitwise equal, so that a result changed by another call is detected.
inline bool same(const Tensor& a, const Tensor& b) {
  if (a.dtype() != b.dtype() || !(a.dims() == b.dims())) return false;
  if (a.dtype() == DType::string) return std::ranges::equal(a.values<std::string_view>(), b.values<std::string_view>());
  const auto bytes = [](const Tensor& t) {
    return std::string_view(static_cast<const char*>(t.data()), static_cast<size_t>(t.bytes()));
  };
  return bytes(a) == bytes(b);
}

inline bool same(const Named& a, const Named& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.first == y.first && same(x.second, y.second); });
}

}  // namespace keraunos
