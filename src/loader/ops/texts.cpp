// tf.strings: one text, number or bucket from each text.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "keraunos/error.h"
#include "loader/layers/text/hash_kernels.h"
#include "loader/layers/text/pattern.h"
#include "loader/layers/text/tokens.h"
#include "loader/ops/checks_operands.h"
#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// Bytes beyond ASCII are not changed, unless the encoding is UTF-8.
Operation changed_case(const char* name, char first, char last, int by) {
  const auto body = [=](OperationCall& call) -> std::vector<Value> {
    if (!call.text(1).value_or("").empty()) call.l.refuse("changes the case of UTF-8, which is not supported; encoding is \"\"");
    return {text_from_each(call, call.tensor(0), "change case", std::to_string(by), [=](std::string_view text) {
      std::string result(text);
      for (char& c : result) c = c >= first && c <= last ? static_cast<char>(c + by) : c;
      return result;
    })};
  };
  return {{}, {name}, {"input", "encoding"}, body};
}

std::vector<Value> stripped(OperationCall& call) {
  return {text_from_each(call, call.tensor(0), "strip", "", [](std::string_view text) {
    constexpr std::string_view kWhitespace = " \t\n\v\f\r";
    const size_t first = text.find_first_not_of(kWhitespace);
    if (first == std::string_view::npos) return std::string();
    return std::string(text.substr(first, text.find_last_not_of(kWhitespace) + 1 - first));
  })};
}

// "\0" means the whole match, which is not supported.
std::string rewriting(OperationCall& call, size_t parameter) {
  std::string rewrite = known_text(call, parameter), text;
  for (size_t i = 0; i < rewrite.size(); ++i) {
    if (rewrite[i] == '\\' && (++i == rewrite.size() || rewrite[i] != '\\'))
      call.l.refuse("puts \"" + rewrite + "\" in place of matches, which refers to their parts; this is not supported");
    text += rewrite[i];
  }
  return text;
}

std::vector<Value> replaced(OperationCall& call) {
  const std::string source = known_text(call, 1), rewrite = rewriting(call, 2);
  auto pattern = text::Pattern::parse(source);
  if (!pattern)
    call.l.refuse("replaces what matches \"" + source +
                  "\"; supported are characters, classes of ASCII characters and \"+\", without groups and alternatives");
  const bool all = call.flag(3, true);
  return {text_from_each(
      call, call.tensor(0), "replace", source + '\n' + rewrite + (all ? "\nall" : "\nfirst"),
      [pattern = *std::move(pattern), rewrite, all](std::string_view text) { return pattern.replaced(text, rewrite, all); })};
}

class LengthKernel final : public Kernel {
 public:
  explicit LengthKernel(bool characters) : characters_(characters) {}
  std::string name() const override { return "text length"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{{DType::int32, inputs[0].dims}};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    auto* to = static_cast<int32_t*>(outputs[0].data);
    for (const std::string_view text : elements_of<std::string_view>(inputs[0]))
      *to++ = static_cast<int32_t>(characters_ ? count(text) : text.size());
  }
  bool rows_are_local() const override { return true; }
  std::string parameters() const override { return characters_ ? "characters" : "bytes"; }

 private:
  // TensorFlow counts the bytes that are not continuation bytes.
  static size_t count(std::string_view text) {
    size_t characters = 0;
    for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
    return characters;
  }
  bool characters_;
};

std::vector<Value> lengths(OperationCall& call) {
  const std::string unit = call.text(1).value_or("BYTE");
  if (unit != "BYTE" && unit != "UTF8_CHAR") call.l.refuse("counts in the unit \"" + unit + '"');
  const Value operand[] = {call.tensor(0)};
  require_texts(call, operand[0]);
  return call.l.call(std::make_shared<const LengthKernel>(unit != "BYTE"), operand);
}

// Counts bytes, or UTF-8 characters, which include their continuation bytes.
class PartOfEach final : public DynamicKernel, public ChecksOperands {
 public:
  PartOfEach(int64_t first, int64_t length, bool characters) : first_(first), length_(length), characters_(characters) {}
  std::string name() const override { return "part of texts"; }
  std::string parameters() const override {
    return std::to_string(first_) + ' ' + std::to_string(length_) + (characters_ ? " characters" : " bytes");
  }
  std::vector<TensorType> types_for_any(std::span<const TensorView> inputs) const override {
    return {{DType::string, inputs[0].dims}};
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::vector<std::string> texts;
    for (const std::string_view text : elements_of<std::string_view>(inputs[0])) texts.push_back(part_of(text));
    std::vector<Tensor> results;
    results.push_back(Tensor::strings(texts, inputs[0].dims));
    return results;
  }

 private:
  std::string part_of(std::string_view text) const {
    std::vector<size_t> starts;
    for (size_t i = 0; i < text.size(); ++i) {
      if (!characters_ || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) starts.push_back(i);
    }
    const auto count = static_cast<int64_t>(starts.size());
    if (first_ < -count || first_ > count)
      throw DataError("a part is to begin at " + std::to_string(first_) + " of a text of " + std::to_string(count) +
                      (characters_ ? " characters" : " bytes"));
    starts.push_back(text.size());
    const int64_t begin = first_ < 0 ? first_ + count : first_, end = begin + std::min(length_, count - begin);
    const size_t from = starts[static_cast<size_t>(begin)];
    return std::string(text.substr(from, starts[static_cast<size_t>(end)] - from));
  }
  int64_t first_, length_;
  bool characters_;
};

std::vector<Value> parts(OperationCall& call) {
  const std::string unit = call.text(3).value_or("BYTE");
  if (unit != "BYTE" && unit != "UTF8_CHAR") call.l.refuse("counts in the unit \"" + unit + '"');
  const auto first = call.integers(1), length = call.integers(2);
  if (!first || !length || first->size() != 1 || length->size() != 1 || length->front() < 0)
    call.l.refuse("takes parts of texts from places that are not one number known beforehand");
  const Value operand[] = {call.tensor(0)};
  require_texts(call, operand[0]);
  return call.l.call(std::make_shared<const PartOfEach>(first->front(), length->front(), unit != "BYTE"), operand);
}

// Joins along the axes; the first axis varies fastest.
class JoinAlong final : public DynamicKernel {
 public:
  JoinAlong(std::vector<int> axes, bool keeps, std::string separator)
      : axes_(std::move(axes)), keeps_(keeps), separator_(std::move(separator)) {}
  std::string name() const override { return "join texts along axes"; }
  std::string parameters() const override {
    std::string text = keeps_ ? "kept" : "dropped";
    for (const int axis : axes_) text += ' ' + std::to_string(axis);
    return text + '\n' + separator_;
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    const Dims& dims = inputs[0].dims;
    std::vector<int64_t> shape, strides(static_cast<size_t>(dims.rank()), 0);
    int64_t results = 1;
    for (int axis = 0; axis < dims.rank(); ++axis) {
      const bool joined = is_joined(axis);
      if (!joined || keeps_) shape.push_back(joined ? 1 : dims[axis]);
      if (!joined) results *= dims[axis];
    }
    for (int64_t stride = 1, axis = dims.rank() - 1; axis >= 0; --axis) {
      strides[static_cast<size_t>(axis)] = stride;
      stride *= dims[static_cast<int>(axis)];
    }
    std::vector<std::string> texts(static_cast<size_t>(results));
    for (int64_t i = 0; i < results; ++i)
      texts[static_cast<size_t>(i)] = joined_at(inputs[0], start_of(i, dims, strides), strides);
    std::vector<Tensor> all;
    all.push_back(Tensor::strings(texts, Dims(shape)));
    return all;
  }

 private:
  bool is_joined(int axis) const { return std::find(axes_.begin(), axes_.end(), axis) != axes_.end(); }
  int64_t start_of(int64_t result, const Dims& dims, const std::vector<int64_t>& strides) const {
    int64_t start = 0;
    for (int axis = dims.rank() - 1; axis >= 0; --axis) {
      if (is_joined(axis)) continue;
      start += result % dims[axis] * strides[static_cast<size_t>(axis)];
      result /= dims[axis];
    }
    return start;
  }
  std::string joined_at(const TensorView& input, int64_t start, const std::vector<int64_t>& strides) const {
    int64_t count = 1;
    for (const int axis : axes_) count *= input.dims[axis];
    std::string text;
    for (int64_t i = 0; i < count; ++i) {
      int64_t at = start, rest = i;
      for (const int axis : axes_) {
        at += rest % input.dims[axis] * strides[static_cast<size_t>(axis)];
        rest /= input.dims[axis];
      }
      text.append(i == 0 ? "" : separator_).append(elements_of<std::string_view>(input)[static_cast<size_t>(at)]);
    }
    return text;
  }

  std::vector<int> axes_;
  bool keeps_;
  std::string separator_;
};

std::vector<Value> joined_along(OperationCall& call) {
  const Value operand[] = {call.tensor(0)};
  require_texts(call, operand[0]);
  std::vector<int> axes = call.ordered_axes(1, call.l.rank(operand[0]));
  if (!call.has(1)) std::reverse(axes.begin(), axes.end());
  std::vector<int> sorted = axes;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) call.l.refuse("joins texts along one axis twice");
  return call.l.call(std::make_shared<const JoinAlong>(axes, call.flag(2, false), call.text(3).value_or("")), operand);
}

std::vector<Value> buckets_of(OperationCall& call, text::Buckets buckets) {
  const int64_t count = call.integer(1, 0);
  if (count < 1) call.l.refuse("spreads texts over " + std::to_string(count) + " buckets");
  buckets.count = static_cast<uint64_t>(count);
  const Value operand[] = {call.tensor(0)};
  require_texts(call, operand[0]);
  return call.l.call(text::bucket_kernel(buckets), operand);
}

std::vector<Value> fast_buckets(OperationCall& call) { return buckets_of(call, {}); }

std::vector<Value> strong_buckets(OperationCall& call) {
  const auto key = call.integers(2);
  if (!key || key->size() != 2) call.l.refuse("hashes with a key that is not two numbers");
  text::Buckets buckets;
  buckets.salt = {static_cast<uint64_t>((*key)[0]), static_cast<uint64_t>((*key)[1])};
  return buckets_of(call, buckets);
}

}  // namespace

std::vector<Operation> texts_operations() {
  return {
      changed_case("strings.lower", 'A', 'Z', 'a' - 'A'),
      changed_case("strings.upper", 'a', 'z', 'A' - 'a'),
      {{}, {"strings.strip"}, {"input"}, stripped},
      {{}, {"strings.regex_replace"}, {"input", "pattern", "rewrite", "replace_global"}, replaced},
      {{}, {"strings.length"}, {"input", "unit"}, lengths},
      {{}, {"strings.substr"}, {"input", "pos", "len", "unit"}, parts},
      {{}, {"strings.reduce_join"}, {"inputs", "axis", "keepdims", "separator"}, joined_along},
      {{}, {"strings.to_hash_bucket_fast"}, {"input", "num_buckets"}, fast_buckets},
      {{}, {"strings.to_hash_bucket_strong"}, {"input", "num_buckets", "key"}, strong_buckets},
  };
}

}  // namespace keraunos::loader
