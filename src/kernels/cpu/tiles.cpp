#include "kernels/cpu/tiles.h"

#include <algorithm>

#include "kernels/cpu/parallel.h"

namespace keraunos::cpu {
namespace {

const std::byte* element(const void* memory, DType type, int64_t index) noexcept {
  return static_cast<const std::byte*>(memory) + index * size_of(type);
}

}  // namespace

void Tiles::run(std::span<const void* const> in, void* out, void* workspace) const {
  const int64_t tiles = (elements_ + tile_ - 1) / tile_;
  share_out(workers_.get(), threads_, tiles, [&](int64_t begin, int64_t end, int thread) {
    auto* scratch = static_cast<std::byte*>(workspace) + thread * scratch_bytes();
    run_range(in, out, scratch, begin * tile_, std::min(end * tile_, elements_));
  });
}

void Tiles::run_range(std::span<const void* const> in, void* out, void* scratch, int64_t begin, int64_t end) const {
  if (begin >= end) return;
  auto* base = static_cast<std::byte*>(scratch);
  Registers at;
  prepare_pinned(in, base, at, begin, std::min(tile_, end - begin));
  for (int64_t start = begin; start < end; start += tile_) {
    const int64_t n = std::min(tile_, end - start);
    for (size_t i = 0; i < operands_.size(); ++i) {
      if (operands_[i].access != Access::pinned) load_operand(i, in[i], base, at, start, n);
    }
    auto* to = static_cast<std::byte*>(out) + start * size_of(result_type_);
    run_stages(base, at, to, n);
    if (!writes_result_) kernels_->store[static_cast<int>(result_type_)](to, at[result_register_], n);
  }
}

void Tiles::prepare_pinned(std::span<const void* const> in, std::byte* scratch, Registers& at, int64_t begin,
                           int64_t longest) const {
  for (const Constant& constant : constants_) {
    at[constant.out] = scratch + constant.slot * slot_bytes_;
    kernels_->fill(at[constant.out], constant.value, constant.wide, longest);
  }
  for (size_t i = 0; i < operands_.size(); ++i) {
    const Operand& operand = operands_[i];
    if (operand.access != Access::pinned) continue;
    at[i] = scratch + operand.slot * slot_bytes_;
    if (operand.period == 1) {
      kernels_->fill(at[i], math::load_element(in[i], operand.type, 0), operand.wide, longest);
      continue;
    }
    const Conversion load = kernels_->load[static_cast<int>(operand.type)];
    int64_t from = begin % operand.period;
    for (int64_t done = 0; done < longest;) {
      const int64_t n = std::min(operand.period - from, longest - done);
      load(at[i] + done * (operand.wide ? 8 : 4), element(in[i], operand.type, from), n);
      done += n;
      from = 0;
    }
  }
}

void Tiles::load_operand(size_t index, const void* memory, std::byte* scratch, Registers& at, int64_t begin, int64_t n) const {
  const Operand& operand = operands_[index];
  if (operand.access == Access::direct) {
    at[index] = const_cast<std::byte*>(element(memory, operand.type, begin));  // only read, unless the caller works in place
    return;
  }
  at[index] = scratch + operand.slot * slot_bytes_;
  const Conversion load = kernels_->load[static_cast<int>(operand.type)];
  const int last = strides_.axes - 1;
  const auto& stride = strides_.stride[index];
  int64_t coordinate[math::kMaxAxes];
  int64_t offset = 0, rest = begin;
  for (int axis = last; axis >= 0; --axis) {
    coordinate[axis] = rest % strides_.extent[axis];
    offset += coordinate[axis] * stride[axis];
    rest /= strides_.extent[axis];
  }
  for (int64_t done = 0; done < n;) {
    const int64_t run = std::min(strides_.extent[last] - coordinate[last], n - done);
    std::byte* to = at[index] + done * (operand.wide ? 8 : 4);
    if (stride[last] == 1)
      load(to, element(memory, operand.type, offset), run);
    else
      kernels_->fill(to, math::load_element(memory, operand.type, offset), operand.wide, run);
    done += run;
    offset -= coordinate[last] * stride[last];
    coordinate[last] = 0;
    for (int axis = last - 1; axis >= 0; --axis) {  // the next row
      offset += stride[axis];
      if (++coordinate[axis] < strides_.extent[axis]) break;
      offset -= coordinate[axis] * stride[axis];
      coordinate[axis] = 0;
    }
  }
}

void Tiles::run_stages(std::byte* scratch, Registers& at, std::byte* out, int64_t n) const {
  for (const Stage& stage : stages_) {
    if (stage.alias) {
      at[stage.out] = at[stage.a];
      continue;
    }
    const bool final = writes_result_ && stage.out == result_register_;
    std::byte* to = final ? out : scratch + stage.slot * slot_bytes_;
    at[stage.out] = to;
    if (stage.loop != nullptr) stage.loop(to, at[stage.a], at[stage.b], at[stage.c], n, stage.immediate);
    if (stage.settle != nullptr) stage.settle(to, stage.loop != nullptr ? to : at[stage.a], n);
  }
}

}  // namespace keraunos::cpu
