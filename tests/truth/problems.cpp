#include "truth/problems.h"

#include <random>
#include <sstream>

namespace keraunos::truth {
namespace {

using cuda::ConvolutionProblem;
using cuda::MatMulProblem;

/// Integers from a generator whose output the C++ standard fixes; the standard does not fix its distributions.
class Picker {
 public:
  explicit Picker(uint32_t seed) : random_(seed) {}
  int64_t pick(int64_t from, int64_t to) { return from + static_cast<int64_t>(random_() % static_cast<uint32_t>(to - from + 1)); }
  bool chance(int64_t one_in) { return pick(1, one_in) == 1; }

 private:
  std::mt19937 random_;
};

std::string text_of(const MatMulProblem& p, int64_t shift) {
  std::ostringstream text;
  text << name_of(p.type) << (p.tf32 ? " tf32 " : " ") << p.batch << " x (" << p.rows << ", " << p.inner << ") by (" << p.inner
       << ", " << p.columns << ")" << (p.transpose_a ? " At" : "") << (p.transpose_b ? " Bt" : "") << " strides " << p.stride_a
       << " " << p.stride_b << " " << p.stride_d << " epilogue " << int{p.epilogue} << (p.add_c ? " + C" : "") << " shift "
       << shift << " workspace " << p.most_workspace;
  return text.str();
}

MatMulProblem random_product(Picker& random, DType type) {
  const bool integers = type == DType::int8;
  MatMulProblem p{.rows = random.pick(1, 35), .columns = random.pick(1, 24), .inner = random.pick(1, 70), .type = type};
  if (random.chance(3)) p.batch = random.pick(2, 4);
  p.transpose_a = !integers && random.chance(2);
  p.transpose_b = integers || random.chance(2);
  // Some int8 sizes are left unchanged, because it is also tested which of them the library refuses.
  if (integers && !random.chance(4)) p.columns *= 4, p.inner *= 4;
  p.stride_a = random.chance(3) ? 0 : p.rows * p.inner;
  p.stride_b = random.chance(3) ? 0 : p.inner * p.columns;
  p.stride_d = p.rows * p.columns;
  p.add_c = random.chance(2);
  if (!integers && type != DType::float64) p.epilogue = static_cast<MatMulProblem::Epilogue>(random.pick(0, 5));
  if (random.chance(4)) p.most_workspace = 0;
  return p;
}

void add_products(std::vector<Problem>& list) {
  constexpr DType kTypes[] = {DType::float32, DType::float32, DType::float16, DType::bfloat16, DType::float64, DType::int8};
  Picker random(2026);
  for (int i = 0; i < 180; ++i) {
    MatMulProblem p = random_product(random, kTypes[i % 6]);
    p.tf32 = i % 6 == 1;
    const int64_t shift = p.type != DType::int8 && random.chance(3) ? 1 : 0;
    if (shift != 0) p.alignment = size_of(p.type);
    list.push_back({"product " + std::to_string(i), text_of(p, shift), p, shift});
  }
}

std::string text_of(const ConvolutionProblem& p) {
  std::ostringstream text;
  text << name_of(p.type) << (p.tf32 ? " tf32 " : " ") << p.batch << " images, " << p.channels << " channels, " << p.filters
       << " filters, " << p.groups << " groups";
  for (size_t i = 0; i < static_cast<size_t>(p.spatial); ++i) {
    text << ", input " << p.input[i] << " kernel " << p.kernel[i] << " stride " << p.stride[i] << " dilation " << p.dilation[i]
         << " pads " << p.pad_low[i] << " " << p.pad_high[i];
  }
  text << (p.bias ? " bias" : "") << (p.residual ? " residual" : "") << (p.activation == ConvolutionProblem::relu ? " relu" : "");
  return text.str();
}

ConvolutionProblem random_convolution(Picker& random, bool depthwise) {
  ConvolutionProblem p{.spatial = static_cast<int>(random.pick(1, 3)), .batch = random.pick(1, 2)};
  if (depthwise || random.chance(4)) p.groups = random.pick(2, 6);
  p.channels = p.groups * (depthwise ? 1 : random.pick(1, 6));
  p.filters = p.groups * (depthwise ? random.pick(1, 2) : random.pick(1, 9));
  for (size_t i = 0; i < static_cast<size_t>(p.spatial); ++i) {
    p.kernel[i] = random.pick(1, 4);
    p.stride[i] = random.pick(1, 3);
    p.dilation[i] = random.pick(1, 2);
    p.pad_low[i] = random.pick(0, 2);
    p.pad_high[i] = random.pick(0, 2);
    p.input[i] = p.dilation[i] * (p.kernel[i] - 1) + random.pick(1, 6);
  }
  p.bias = !random.chance(3);
  p.residual = p.bias && random.chance(2);
  p.activation = p.bias && random.chance(2) ? ConvolutionProblem::relu : ConvolutionProblem::none;
  return p;
}

void add_convolutions(std::vector<Problem>& list) {
  constexpr DType kTypes[] = {DType::float32, DType::float32, DType::float16, DType::bfloat16};
  Picker random(1126);
  for (int i = 0; i < 160; ++i) {
    ConvolutionProblem p = random_convolution(random, i % 5 == 0);
    p.type = kTypes[i % 4];
    p.tf32 = i % 4 == 1;
    list.push_back({"convolution " + std::to_string(i), text_of(p), p});
  }
}

}  // namespace

std::vector<Problem> problems() {
  std::vector<Problem> list;
  add_products(list);
  add_convolutions(list);
  return list;
}

}  // namespace keraunos::truth
