// The numbers of instructions, from CPython's Lib/opcode.py of each version.
#include "loader/python/instructions.h"

#include <algorithm>
#include <array>

#include "keraunos/error.h"
#include "loader/python/expression.h"

namespace keraunos::loader::python {
namespace {

constexpr size_t kVersions = 7;
constexpr int kNotThere = -1;

// One row for each instruction: its number in 2.7, 3.5, 3.6 and 3.7, 3.8 to 3.10, 3.11, 3.12, 3.13; and the number of CACHE
// entries after it in the last three.
struct InstructionRow {
  std::string_view name;
  Action action;
  std::array<int, kVersions> numbers;
  std::array<int, 3> caches{};
  int64_t argument = -1;  // for an instruction that is one case of an action
};

constexpr int64_t code_of(Operator op) { return static_cast<int64_t>(op); }

constexpr int n = kNotThere;
constexpr InstructionRow kInstructions[] = {
    {"NOP", Action::none, {9, 9, 9, 9, 9, 9, 30}},
    {"RESUME", Action::none, {n, n, n, n, 151, 151, 149}},
    {"PRECALL", Action::none, {n, n, n, n, 166, n, n}, {1, 0, 0}},
    {"COPY_FREE_VARS", Action::none, {n, n, n, n, 149, 149, 62}},
    {"POP_TOP", Action::pop, {1, 1, 1, 1, 1, 1, 32}},
    {"ROT_TWO", Action::rotate_two, {2, 2, 2, 2, n, n, n}},
    {"ROT_THREE", Action::rotate_three, {3, 3, 3, 3, n, n, n}},
    {"DUP_TOP", Action::duplicate, {4, 4, 4, 4, n, n, n}},
    {"SWAP", Action::swap, {n, n, n, n, 99, 99, 115}},
    {"COPY", Action::copy, {n, n, n, n, 120, 120, 61}},
    {"UNARY_POSITIVE", Action::positive, {10, 10, 10, 10, 10, n, n}},
    {"UNARY_NEGATIVE", Action::negative, {11, 11, 11, 11, 11, 11, 42}},
    {"UNARY_NOT", Action::logical_not, {12, 12, 12, 12, 12, 12, 43}},
    {"UNARY_INVERT", Action::invert, {15, 15, 15, 15, 15, 15, 41}},
    {"BINARY_POWER", Action::binary, {19, 19, 19, 19, n, n, n}, {}, code_of(Operator::power)},
    {"BINARY_MULTIPLY", Action::binary, {20, 20, 20, 20, n, n, n}, {}, code_of(Operator::multiply)},
    {"BINARY_DIVIDE", Action::binary, {21, n, n, n, n, n, n}, {}, code_of(Operator::divide)},
    {"BINARY_MODULO", Action::binary, {22, 22, 22, 22, n, n, n}, {}, code_of(Operator::modulo)},
    {"BINARY_ADD", Action::binary, {23, 23, 23, 23, n, n, n}, {}, code_of(Operator::add)},
    {"BINARY_SUBTRACT", Action::binary, {24, 24, 24, 24, n, n, n}, {}, code_of(Operator::subtract)},
    {"BINARY_FLOOR_DIVIDE", Action::binary, {26, 26, 26, 26, n, n, n}, {}, code_of(Operator::floor_divide)},
    {"BINARY_TRUE_DIVIDE", Action::binary, {27, 27, 27, 27, n, n, n}, {}, code_of(Operator::divide)},
    {"BINARY_MATRIX_MULTIPLY", Action::binary, {n, 16, 16, 16, n, n, n}, {}, code_of(Operator::matmul)},
    {"BINARY_LSHIFT", Action::binary, {62, 62, 62, 62, n, n, n}, {}, code_of(Operator::left_shift)},
    {"BINARY_RSHIFT", Action::binary, {63, 63, 63, 63, n, n, n}, {}, code_of(Operator::right_shift)},
    {"BINARY_AND", Action::binary, {64, 64, 64, 64, n, n, n}, {}, code_of(Operator::bit_and)},
    {"BINARY_XOR", Action::binary, {65, 65, 65, 65, n, n, n}, {}, code_of(Operator::bit_xor)},
    {"BINARY_OR", Action::binary, {66, 66, 66, 66, n, n, n}, {}, code_of(Operator::bit_or)},
    {"INPLACE_TRUE_DIVIDE", Action::binary, {29, 29, 29, 29, n, n, n}, {}, code_of(Operator::divide)},
    {"INPLACE_ADD", Action::binary, {55, 55, 55, 55, n, n, n}, {}, code_of(Operator::add)},
    {"INPLACE_SUBTRACT", Action::binary, {56, 56, 56, 56, n, n, n}, {}, code_of(Operator::subtract)},
    {"INPLACE_MULTIPLY", Action::binary, {57, 57, 57, 57, n, n, n}, {}, code_of(Operator::multiply)},
    {"INPLACE_DIVIDE", Action::binary, {58, n, n, n, n, n, n}, {}, code_of(Operator::divide)},
    {"BINARY_OP", Action::binary_by_code, {n, n, n, n, 122, 122, 45}, {1, 1, 1}},
    {"COMPARE_OP", Action::compare, {107, 107, 107, 107, 107, 107, 58}, {2, 1, 1}},
    {"BINARY_SUBSCR", Action::subscript, {25, 25, 25, 25, 25, 25, 5}, {4, 1, 1}},
    {"BINARY_SLICE", Action::slice, {n, n, n, n, n, 26, 4}},
    {"SLICE+0", Action::slice_fixed, {30, n, n, n, n, n, n}, {}, 0},
    {"SLICE+1", Action::slice_fixed, {31, n, n, n, n, n, n}, {}, 1},
    {"SLICE+2", Action::slice_fixed, {32, n, n, n, n, n, n}, {}, 2},
    {"SLICE+3", Action::slice_fixed, {33, n, n, n, n, n, n}, {}, 3},
    {"LOAD_CONST", Action::load_constant, {100, 100, 100, 100, 100, 100, 83}},
    {"LOAD_FAST", Action::load_local, {124, 124, 124, 124, 124, 124, 85}},
    {"LOAD_FAST_CHECK", Action::load_local, {n, n, n, n, n, 127, 87}},
    {"LOAD_FAST_LOAD_FAST", Action::load_two_locals, {n, n, n, n, n, n, 88}},
    {"STORE_FAST", Action::store_local, {125, 125, 125, 125, 125, 125, 110}},
    {"STORE_FAST_LOAD_FAST", Action::store_load_local, {n, n, n, n, n, n, 111}},
    {"STORE_FAST_STORE_FAST", Action::store_two_locals, {n, n, n, n, n, n, 112}},
    {"LOAD_GLOBAL", Action::load_global, {116, 116, 116, 116, 116, 116, 91}, {5, 4, 4}},
    {"LOAD_DEREF", Action::load_variable, {136, 136, 136, 136, 137, 137, 84}},
    {"LOAD_ATTR", Action::load_attribute, {106, 106, 106, 106, 106, 106, 82}, {4, 9, 9}},
    {"LOAD_METHOD", Action::load_method, {n, n, 160, 160, 160, n, n}, {10, 0, 0}},
    {"IMPORT_NAME", Action::import_module, {108, 108, 108, 108, 108, 108, 75}},
    {"IMPORT_FROM", Action::import_name, {109, 109, 109, 109, 109, 109, 74}},
    {"BUILD_TUPLE", Action::build_tuple, {102, 102, 102, 102, 102, 102, 52}},
    {"BUILD_LIST", Action::build_tuple, {103, 103, 103, 103, 103, 103, 47}},
    {"BUILD_MAP", Action::build_map, {n, 105, 105, 105, 105, 105, 48}},
    {"BUILD_CONST_KEY_MAP", Action::build_map_of_names, {n, n, 156, 156, 156, 156, 46}},
    {"LIST_EXTEND", Action::extend_list, {n, n, n, 162, 162, 162, 81}},
    {"LIST_TO_TUPLE", Action::list_to_tuple, {n, n, n, 82, 82, n, n}},
    {"BUILD_SLICE", Action::build_slice, {133, 133, 133, 133, 133, 133, 50}},
    {"UNPACK_SEQUENCE", Action::unpack, {92, 92, 92, 92, 92, 92, 117}, {1, 1, 1}},
    {"CALL_FUNCTION", Action::call_old, {131, 131, n, n, n, n, n}},
    {"CALL_FUNCTION", Action::call_function, {n, n, 131, 131, n, n, n}},
    {"CALL_FUNCTION_KW", Action::call_with_names, {n, n, 141, 141, n, n, n}},
    {"CALL_METHOD", Action::call_method, {n, n, 161, 161, n, n, n}},
    {"CALL", Action::call, {n, n, n, n, 171, 171, 53}, {4, 3, 3}},
    {"CALL_KW", Action::call_keywords, {n, n, n, n, n, n, 57}},
    {"KW_NAMES", Action::keyword_names, {n, n, n, n, 172, 172, n}},
    {"PUSH_NULL", Action::push_null, {n, n, n, n, 2, 2, 34}},
    {"RETURN_VALUE", Action::return_value, {83, 83, 83, 83, 83, 83, 36}},
    {"RETURN_CONST", Action::return_constant, {n, n, n, n, n, 121, 103}},
};

constexpr std::array<int, kVersions> kExtendedArgument{145, 144, 144, 144, 144, 144, 71};

const InstructionRow* row_of(int opcode, Version version) {
  const auto found = std::ranges::find_if(
      kInstructions, [&](const InstructionRow& row) { return row.numbers[static_cast<size_t>(version)] == opcode; });
  return found == std::end(kInstructions) ? nullptr : found;
}

[[noreturn]] void refuse_instruction(const std::string& what, size_t offset) {
  throw ModelError(what + " at byte " + std::to_string(offset));
}

// Instructions as numbers: two bytes each since 3.6, one or three before. `end` is the offset of the next one.
struct RawInstruction {
  size_t offset = 0, end = 0;
  int opcode = 0;
  int64_t argument = 0;
};

class RawInstructions {
 public:
  RawInstructions(std::string_view code, Version version) : code_(code), version_(version) {}

  bool at_end() const { return at_ >= code_.size(); }
  RawInstruction next() {
    RawInstruction result{.offset = at_};
    for (int extensions = 0; extensions < 4; ++extensions) {
      const int opcode = byte(at_);
      result.argument = version_ >= Version::v36 ? result.argument << 8 | byte(at_ + 1) : old_argument(opcode, result.argument);
      at_ += version_ >= Version::v36 ? 2 : opcode < kFirstWithArgument ? 1 : 3;
      result.opcode = opcode, result.end = at_;
      if (opcode != kExtendedArgument[static_cast<size_t>(version_)]) return result;
    }
    refuse_instruction("an argument is longer than 32 bits", result.offset);
  }
  // CACHE has the number 0; its argument is not significant.
  bool skip_cache() {
    if (at_ + 2 > code_.size() || byte(at_) != 0) return false;
    at_ += 2;
    return true;
  }

 private:
  static constexpr int kFirstWithArgument = 90;  // up to 3.5 instructions with lower numbers have no argument

  int byte(size_t at) const {
    if (at >= code_.size()) refuse_instruction("the code ends inside an instruction", at_);
    return static_cast<unsigned char>(code_[at]);
  }
  int64_t old_argument(int opcode, int64_t high) const {
    return opcode < kFirstWithArgument ? 0 : high << 16 | byte(at_ + 2) << 8 | byte(at_ + 1);
  }

  std::string_view code_;
  Version version_;
  size_t at_ = 0;
};

}  // namespace

std::span<const Version> versions_of(CodeLayout layout) {
  static constexpr Version k2[]{Version::v27}, k30[]{Version::v36, Version::v35}, k38[]{Version::v38},
      k311[]{Version::v311, Version::v312, Version::v313};
  switch (layout) {
    case CodeLayout::python2: return k2;
    case CodeLayout::python30: return k30;
    case CodeLayout::python38: return k38;
    case CodeLayout::python311: return k311;
  }
  return {};
}

std::string_view name_of(Version version) {
  constexpr std::array<std::string_view, kVersions> kNames{"2.7", "3.5", "3.6 or 3.7", "3.8 to 3.10", "3.11", "3.12", "3.13"};
  return kNames[static_cast<size_t>(version)];
}

namespace {

// Stops at the first unknown instruction of the version, with the reason.
struct Decoded {
  std::vector<Instruction> instructions;
  size_t read = 0;
  std::string reason;
};

Decoded decoded(std::string_view code, Version version) {
  Decoded all;
  RawInstructions raw(code, version);
  while (!raw.at_end()) {
    const RawInstruction next = raw.next();
    const InstructionRow* row = row_of(next.opcode, version);
    all.read = next.offset;
    if (row == nullptr) {
      all.reason = "the instruction " + std::to_string(next.opcode) + ", which no straight-line expression has,";
      return all;
    }
    const int caches =
        version < Version::v311 ? 0 : row->caches[static_cast<size_t>(version) - static_cast<size_t>(Version::v311)];
    for (int i = 0; i < caches; ++i) {
      if (raw.skip_cache()) continue;
      all.reason = "an instruction of another version of Python";
      return all;
    }
    all.instructions.push_back({next.offset, next.opcode, row->argument >= 0 ? row->argument : next.argument, row->action});
  }
  all.read = code.size();
  return all;
}

}  // namespace

std::vector<Instruction> decode(std::string_view code, Version version) {
  Decoded all = decoded(code, version);
  if (!all.reason.empty()) refuse_instruction(all.reason, all.read);
  return std::move(all.instructions);
}

size_t readable_bytes(std::string_view code, Version version) {
  try {
    return decoded(code, version).read;
  } catch (const ModelError&) {  // it is truncated inside an instruction
    return 0;
  }
}

namespace {

std::string operand_text(const Code& code, const InstructionRow& row, int64_t argument, Version version) {
  const auto named = [&](const std::vector<std::string>& names, int64_t place) {
    return place >= 0 && place < static_cast<int64_t>(names.size()) ? " (" + names[static_cast<size_t>(place)] + ')'
                                                                    : std::string();
  };
  switch (row.action) {
    case Action::load_local:
    case Action::store_local: return named(code.locals, argument);
    case Action::load_variable: return named(code.dereferred, argument);
    case Action::load_global: return named(code.names, version >= Version::v311 ? argument >> 1 : argument);
    case Action::load_attribute: return named(code.names, version >= Version::v312 ? argument >> 1 : argument);
    case Action::load_method:
    case Action::import_module:
    case Action::import_name: return named(code.names, argument);
    default: return {};
  }
}

}  // namespace

std::string disassembly(const Code& code, Version version) {
  constexpr int kMostInstructions = 60;
  std::string text;
  RawInstructions raw(code.instructions, version);
  try {
    for (int count = 0; !raw.at_end(); ++count) {
      if (count == kMostInstructions) return text + "; …";
      const RawInstruction next = raw.next();
      const InstructionRow* row = row_of(next.opcode, version);
      if (row == nullptr && next.opcode == 0 && version >= Version::v311) continue;
      text += (text.empty() ? "" : "; ") + std::to_string(next.offset) + ' ' +
              (row != nullptr ? std::string(row->name) : "instruction " + std::to_string(next.opcode)) + ' ' +
              std::to_string(next.argument) + (row != nullptr ? operand_text(code, *row, next.argument, version) : "");
    }
  } catch (const ModelError&) {  // it is truncated inside an instruction
    text += "; …";
  }
  return text;
}

}  // namespace keraunos::loader::python
