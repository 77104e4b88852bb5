// Keraunos as one of the engines of measure.py: it stays alive and reads commands from standard input, answering each with one
// line, so that measured times include neither start-up nor reading files.
//
//   baseline                  peak memory so far, in KiB
//   load MODEL THREADS        seconds of load_model
//   load_library MODEL THREADS   the same, with libhdf5 as the reader of HDF5
//   input FILE ROWS           float32 values of the one input, for ROWS rows
//   rows_at_a_time N          PredictOptions::batch_size of later calls; 0: Keraunos chooses
//   write FILE                computes once, writes the outputs as float32
//   run N                     N whole calls: nanoseconds of each
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "keraunos/keraunos.h"

namespace {

using Clock = std::chrono::steady_clock;

std::vector<float> read_floats(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw keraunos::UsageError("cannot read " + path);
  std::vector<float> values(static_cast<size_t>(file.tellg()) / sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

std::string peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return line.substr(line.find_first_of("0123456789"));
  }
  return "0";
}

class Engine {
 public:
  std::string obey(const std::string& order) {
    std::istringstream words(order);
    std::string verb, path;
    int64_t number = 0;
    words >> verb;
    if (verb == "baseline") return peak_memory();
    if (verb == "run") return words >> number ? run(number) : "run needs a number";
    if (verb == "rows_at_a_time") return words >> options_.batch_size ? "ok" : "rows_at_a_time needs a number";
    words >> path >> number;
    if (verb == "load") return load(path, static_cast<int>(number), keraunos::Hdf5Reader::strict);
    if (verb == "load_library") return load(path, static_cast<int>(number), keraunos::Hdf5Reader::library);
    if (verb == "input") return take_input(path, number);
    if (verb == "write") return write(path);
    return "unknown order " + order;
  }

 private:
  std::string load(const std::string& path, int threads, keraunos::Hdf5Reader reader) {
    model_.reset();
    const auto begun = Clock::now();
    model_ = keraunos::load_model(path, {.device = keraunos::Device{}, .threads = threads, .hdf5 = reader});
    return std::to_string(std::chrono::duration<double>(Clock::now() - begun).count());
  }

  std::string take_input(const std::string& path, int64_t rows) {
    input_ = read_floats(path);
    std::vector<int64_t> sizes{rows};
    const std::vector<keraunos::TensorSpec> specs = model_.value().inputs();
    for (size_t axis = 1; axis < specs[0].shape.size(); ++axis) sizes.push_back(specs[0].shape[axis].value());
    dims_ = keraunos::Dims(sizes);
    return "ok";
  }

  std::string write(const std::string& path) const {
    const keraunos::Tensor result = model_.value().predict({input_, dims_});
    std::ofstream file(path, std::ios::binary);
    file.write(static_cast<const char*>(result.data()), static_cast<std::streamsize>(result.bytes()));
    return file.good() ? "ok" : "cannot write " + path;
  }

  std::string run(int64_t calls) const {
    const keraunos::Model& model = model_.value();
    std::vector<int64_t> times(static_cast<size_t>(calls));
    for (int64_t& time : times) {
      const auto begun = Clock::now();
      const keraunos::Tensor result = model.predict({input_, dims_}, options_);
      time = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begun).count();
    }
    std::string text;
    for (const int64_t time : times) text += std::to_string(time) + ' ';
    return text;
  }

  std::optional<keraunos::Model> model_;
  keraunos::PredictOptions options_;
  std::vector<float> input_;
  keraunos::Dims dims_;
};

}  // namespace

int main() {
  Engine engine;
  for (std::string order; std::getline(std::cin, order);) {
    try {
      std::cout << engine.obey(order) << std::endl;
    } catch (const std::exception& error) {
      std::cout << "error: " << error.what() << std::endl;
    }
  }
}
