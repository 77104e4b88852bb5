// Compiles a program for tiles: how operands are read, the slot of each register, the loop of each step.
#include <algorithm>
#include <optional>

#include "kernels/cpu/memory.h"
#include "kernels/cpu/parallel.h"
#include "kernels/cpu/tiles.h"
#include "kernels/math/evaluate.h"
#include "kernels/math/flatten.h"

namespace keraunos::cpu {
namespace {

constexpr int64_t kTile = 512;

bool is_direct(DType type) noexcept {
  return type == DType::float32 || type == DType::float64 || type == DType::int64 || type == DType::uint64;
}
bool is_wide(DType type) noexcept { return math::lane_of(type) != math::Lane::single; }
int index_of(DType type) noexcept { return static_cast<int>(type); }
int lane_index(DType type) noexcept { return static_cast<int>(math::lane_of(type)); }

bool is_dense(const math::Strides& s, int operand) noexcept { return s.axes == 1 && s.stride[operand][0] == 1; }

// The period of an operand that repeats every `period` elements of the result: broadcast along all leading axes, dense along the
// others.
std::optional<int64_t> period_of(const math::Strides& s, int operand) noexcept {
  int64_t period = 1;
  bool repeating = false;
  for (int axis = s.axes - 1; axis >= 0; --axis) {
    const int64_t stride = s.stride[operand][axis];
    if (stride == 0) {
      repeating = true;
    } else if (repeating || stride != period) {
      return std::nullopt;
    } else {
      period *= s.extent[axis];
    }
  }
  return period > 0 ? std::optional(period) : std::nullopt;
}

// Estimated nanoseconds of a step for each element, to choose the number of threads.
double cost_of(Function function) noexcept {
  switch (host::row_of(function).work) {
    case host::FunctionRow::simple: return 0.08;
    case host::FunctionRow::exponential: return 0.8;
    case host::FunctionRow::trigonometric: return 12;
    case host::FunctionRow::power: return 15;
  }
  return 0.08;
}

}  // namespace

class Tiles::Compiler {
 public:
  Compiler(Tiles& tiles, const host::Program& program, const Cpu& cpu) : t_(tiles), program_(program), cpu_(cpu) {}

  void compile() {
    find_last_uses();
    choose_tile();
    for (size_t i = 0; i < program_.inputs.size(); ++i) add_operand(static_cast<int>(i));
    for (size_t i = 0; i < program_.steps.size(); ++i) {
      if (program_.steps[i].function == Function::constant) add_constant(static_cast<int>(i));
    }
    for (size_t i = 0; i < program_.steps.size(); ++i) {
      if (program_.steps[i].function != Function::constant) add_stage(static_cast<int>(i));
    }
    finish();
  }

 private:
  int inputs() const { return static_cast<int>(program_.inputs.size()); }
  DType type(int r) const { return program_.type_of(r); }

  void find_last_uses() {
    last_use_.assign(static_cast<size_t>(program_.registers()), -1);
    slot_of_.assign(last_use_.size(), -1);
    for (size_t i = 0; i < program_.steps.size(); ++i) {
      const host::Instruction& step = program_.steps[i];
      const uint8_t operands[] = {step.a, step.b, step.c};
      for (int k = 0; k < operands_of(step.function); ++k) last_use_[operands[k]] = static_cast<int>(i);
    }
    last_use_.back() = static_cast<int>(program_.steps.size());
    // A copy shares its operand's memory, so the slot is kept until the last use of either.
    const auto copy_of = [&](size_t i) -> int& { return last_use_[static_cast<size_t>(inputs()) + i]; };
    for (size_t i = program_.steps.size(); i-- > 0;) {
      if (is_alias(program_.steps[i])) last_use_[program_.steps[i].a] = std::max(last_use_[program_.steps[i].a], copy_of(i));
    }
    for (size_t i = 0; i < program_.steps.size(); ++i) {
      if (is_alias(program_.steps[i])) copy_of(i) = last_use_[program_.steps[i].a];
    }
  }

  bool is_alias(const host::Instruction& step) const {
    if (step.function == Function::copy) return true;
    return step.function == Function::cast && type(step.a) == step.type;
  }

  // The largest period within the limits; operands whose period does not divide the tile are walked.
  void choose_tile() {
    int64_t best = 1;
    for (int i = 0; i < inputs(); ++i) {
      const auto period = period_of(t_.strides_, i);
      if (period && *period <= kTile && *period % best == 0) best = *period;
    }
    t_.tile_ = kTile / best * best;
  }

  void add_operand(int i) {
    const DType own = type(i);
    Operand operand{.access = Access::walked, .type = own, .wide = is_wide(own), .slot = -1, .period = 0};
    if (is_dense(t_.strides_, i) && is_direct(own)) {
      operand.access = Access::direct;
    } else if (const auto period = period_of(t_.strides_, i); period && t_.tile_ % *period == 0 && !is_dense(t_.strides_, i)) {
      operand.access = Access::pinned;
      operand.period = *period;
      operand.slot = t_.slots_++;  // never reused
    } else {
      operand.slot = take_slot();
    }
    t_.operands_.push_back(operand);
    if (operand.access == Access::walked) slot_of_[static_cast<size_t>(i)] = operand.slot;
  }

  void add_constant(int step) {
    const host::Instruction& from = program_.steps[static_cast<size_t>(step)];
    t_.constants_.push_back({.out = static_cast<uint8_t>(inputs() + step),
                             .slot = t_.slots_++,
                             .wide = is_wide(from.type),
                             .value = math::constant_word(from.immediate, from.type)});
  }

  void add_stage(int index) {
    const host::Instruction& step = program_.steps[static_cast<size_t>(index)];
    const int out = inputs() + index;
    Stage stage{.loop = nullptr,
                .settle = nullptr,
                .alias = is_alias(step),
                .a = step.a,
                .b = step.b,
                .c = step.c,
                .out = static_cast<uint8_t>(out),
                .slot = -1,
                .immediate = step.immediate};
    if (!stage.alias) choose_loop(step, stage);
    release(step, index, /*before=*/true);
    if (!stage.alias) stage.slot = take_slot();
    release(step, index, /*before=*/false);
    slot_of_[static_cast<size_t>(out)] = stage.slot;
    if (stage.alias) inherit_slot(step.a, out);
    t_.stages_.push_back(stage);
    cost_ += cost_of(step.function) * (is_wide(type(step.a)) ? 2 : 1);
  }

  void choose_loop(const host::Instruction& step, Stage& stage) {
    const Kernels& k = *cpu_.kernels;
    const int from = lane_index(type(step.a));
    stage.settle = k.settle[index_of(step.type)];
    if (step.function == Function::cast) {
      if (step.type == DType::boolean)
        stage.loop = k.truth[from], stage.settle = nullptr;
      else if (from != lane_index(step.type))
        stage.loop = k.convert[from][lane_index(step.type)];
      else if (stage.settle == nullptr)
        stage.loop = k.convert[from][from];
    } else if (step.function == Function::select) {
      stage.loop = k.select[lane_index(step.type)], stage.settle = nullptr;
    } else {
      stage.loop = k.value[from][static_cast<int>(step.function)];
      if (math::is_predicate(step.function)) stage.settle = nullptr;
    }
  }

  // Releases the slots of operands whose last use is this step. With `before`, called before the result gets its slot, only those
  // of the same width: the result may overwrite them in place.
  void release(const host::Instruction& step, int index, bool before) {
    const uint8_t operands[] = {step.a, step.b, step.c};
    for (int k = 0; k < operands_of(step.function); ++k) {
      const uint8_t r = operands[k];
      if (last_use_[r] != index || slot_of_[r] < 0 || (before && is_wide(type(r)) != is_wide(step.type))) continue;
      free_.push_back(slot_of_[r]);
      slot_of_[r] = -1;
    }
  }

  // An alias keeps its operand's slot under its own register.
  void inherit_slot(int from, int to) {
    slot_of_[static_cast<size_t>(to)] = slot_of_[static_cast<size_t>(from)];
    slot_of_[static_cast<size_t>(from)] = -1;
  }

  int take_slot() {
    if (free_.empty()) return t_.slots_++;
    const int slot = free_.back();
    free_.pop_back();
    return slot;
  }

  void finish() {
    bool wide = false;
    for (int r = 0; r < program_.registers(); ++r) wide = wide || is_wide(type(r));
    // An odd number of cache lines, so that slots do not map to the same sets of L1.
    t_.slot_bytes_ = aligned(t_.tile_ * (wide ? 8 : 4)) + kAlignment;
    t_.result_register_ = program_.registers() - 1;
    t_.writes_result_ = !t_.stages_.empty() && t_.stages_.back().out == t_.result_register_ && !t_.stages_.back().alias &&
                        is_direct(t_.result_type_);
    const double each = cost_ + 0.3 * static_cast<double>(program_.inputs.size() + 1);
    t_.threads_ = threads_for(cpu_.threads, t_.elements_ / t_.tile_ + 1, each * static_cast<double>(t_.elements_));
  }

  Tiles& t_;
  const host::Program& program_;
  const Cpu& cpu_;
  std::vector<int> last_use_, slot_of_, free_;  // by register; slot_of_ only while a slot may be reused
  double cost_ = 0;
};

Tiles::Tiles(const host::Program& program, const Shape& result, std::span<const Shape> operands, const Cpu& cpu)
    : kernels_(cpu.kernels),
      workers_(cpu.workers),
      strides_(math::collapse(result, operands)),
      result_type_(program.result()),
      elements_(host::elements_of(result)) {
  Compiler(*this, program, cpu).compile();
}

}  // namespace keraunos::cpu
