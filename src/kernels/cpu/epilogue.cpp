#include "kernels/cpu/epilogue.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace keraunos::cpu {
namespace {

bool is_row(const Shape& operand, const Shape& result) {
  return !operand.empty() && operand.back() == result.back() && host::elements_of(operand) == operand.back().size;
}

// Matches relu, possibly followed by minimum(…, constant), and moves `next` past them.
Clamp<double> take_clamp(const std::vector<host::Link>& links, size_t& next) {
  if (next >= links.size() || links[next].function != Function::relu) return {};
  ++next;
  Clamp<double> clamp{.on = true, .low = 0, .high = std::numeric_limits<double>::infinity()};
  if (next < links.size() && links[next].function == Function::minimum && links[next].constant &&
      !std::isnan(links[next].immediate))
    clamp.high = links[next++].immediate;
  return clamp;
}

}  // namespace

Epilogue::Epilogue(const host::Program& program, const Shape& result, std::span<const Shape> operands, const Cpu& cpu) {
  if (program.empty() || take_chain(program, result, operands, cpu)) return;
  std::vector<Shape> all{result};
  all.insert(all.end(), operands.begin(), operands.end());
  tiles_.emplace(program, result, all, cpu);
}

bool Epilogue::take_chain(const host::Program& program, const Shape& result, std::span<const Shape> operands, const Cpu& cpu) {
  const bool is_float =
      std::all_of(program.steps.begin(), program.steps.end(), [](const auto& s) { return s.type == DType::float32; });
  if (!is_float || program.inputs[0] != DType::float32 || program.inputs.size() > 2) return false;
  const std::vector<host::Link> links = host::chain_of(program);
  size_t first = 0;
  int bias = -1;
  if (!links.empty() && links[0].function == Function::add && links[0].operand > 0) {
    bias = links[0].operand - 1;
    first = 1;
    if (!is_row(operands[static_cast<size_t>(bias)], result)) return false;
  }
  const Clamp<double> clamp = take_clamp(links, first);
  std::vector<Step> functions;
  for (size_t i = first; i < links.size(); ++i) {
    if (operands_of(links[i].function) != 1) return false;
    if (links[i].function == Function::copy || links[i].function == Function::cast) continue;
    functions.push_back({cpu.kernels->value[0][static_cast<int>(links[i].function)], links[i].immediate});
  }
  if (links.empty()) return false;
  bias_ = bias;
  clamp_ = clamp;
  functions_ = std::move(functions);
  return true;
}

void Epilogue::apply(std::span<const void* const> operands, void* result, void* scratch, int64_t begin, int64_t end) const {
  if (tiles_) {
    std::array<const void*, host::Program::kMaxInputs> all{result};
    std::copy(operands.begin(), operands.end(), all.begin() + 1);
    tiles_->run_range({all.data(), operands.size() + 1}, result, scratch, begin, end);
    return;
  }
  if (functions_.empty()) return;
  constexpr int64_t kBlock = 2048;
  auto* values = static_cast<float*>(result);
  for (int64_t start = begin; start < end; start += kBlock) {
    const int64_t n = std::min(kBlock, end - start);
    for (const Step& step : functions_) step.loop(values + start, values + start, nullptr, nullptr, n, step.immediate);
  }
}

}  // namespace keraunos::cpu
