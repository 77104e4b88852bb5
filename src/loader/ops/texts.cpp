// tf.strings: one text, number or bucket from each text.
#include <charconv>
#include <cmath>

#include "keraunos/error.h"
#include "loader/layers/text/hash_kernels.h"
#include "loader/layers/text/pattern.h"
#include "loader/layers/text/tokens.h"
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
      {{}, {"strings.to_hash_bucket_fast"}, {"input", "num_buckets"}, fast_buckets},
      {{}, {"strings.to_hash_bucket_strong"}, {"input", "num_buckets", "key"}, strong_buckets},
  };
}

}  // namespace keraunos::loader
