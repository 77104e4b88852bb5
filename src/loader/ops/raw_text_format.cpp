// StringFormat: a text with the elements of tensors in it, as TensorFlow prints them.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "loader/ops/text_kernels.h"

namespace keraunos::loader {
namespace {

// As C's "%.6g" or, where that is another number, "%.9g" (float64: 15 and 17 digits).
template <class T>
std::string shortest_of_two(T number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  constexpr int kFew = std::numeric_limits<T>::digits10, kMany = kFew + (std::is_same_v<T, float> ? 3 : 2);
  char text[64];
  const auto written = [&](int digits) {
    return std::string_view(
        text,
        static_cast<size_t>(std::to_chars(text, text + sizeof text, number, std::chars_format::general, digits).ptr - text));
  };
  std::string_view few = written(kFew);
  T parsed{};
  std::from_chars(few.data(), few.data() + few.size(), parsed);
  return std::string(parsed == number ? few : written(kMany));
}

// Quotes around it; bytes that are no printable ASCII are escaped, but those of UTF-8 are not.
std::string quoted_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kEscaped = "\n\r\t\"'\\", kLetters = "nrt\"'\\";
    if (const size_t found = kEscaped.find(c); found != std::string_view::npos)
      result.append({'\\', kLetters[found]});
    else if (byte < 0x20 || byte == 0x7f)
      result.append(
          {'\\', static_cast<char>('0' + byte / 64), static_cast<char>('0' + byte / 8 % 8), static_cast<char>('0' + byte % 8)});
    else
      result += c;
  }
  return result + '"';
}

std::string element_text(const TensorView& view, int64_t at) {
  const auto i = static_cast<size_t>(at);
  switch (view.dtype) {
    case DType::string: return quoted_text(elements_of<std::string_view>(view)[i]);
    case DType::boolean: return elements_of<bool>(view)[i] ? "1" : "0";
    case DType::uint8: return std::to_string(elements_of<uint8_t>(view)[i]);
    case DType::int32: return std::to_string(elements_of<int32_t>(view)[i]);
    case DType::int64: return std::to_string(elements_of<int64_t>(view)[i]);
    case DType::float32: return shortest_of_two(elements_of<float>(view)[i]);
    default: return shortest_of_two(elements_of<double>(view)[i]);
  }
}

// A line for each row; of a long axis only the first and the last `ends` elements.
void print(const TensorView& view, int axis, int64_t first, int64_t ends, std::string& text) {
  const int rank = view.dims.rank();
  if (axis == rank) {
    text += element_text(view, first);
    return;
  }
  int64_t stride = 1;
  for (int inner = axis + 1; inner < rank; ++inner) stride *= view.dims[inner];
  const int64_t count = view.dims[axis];
  const auto separate = [&] {
    if (axis + 1 == rank) {
      text += ' ';
    } else {
      text.append(static_cast<size_t>(rank - axis - 1), '\n');
      text.append(static_cast<size_t>(axis) + 1, ' ');
    }
  };
  text += '[';
  for (int64_t i = 0; i < count; ++i) {
    const bool skips = i >= ends && i < count - ends;
    if (i > 0 || skips) separate();
    if (skips) {
      text += "...";
      i = count - ends - 1;
    } else {
      print(view, axis + 1, first + i * stride, ends, text);
    }
  }
  text += ']';
}

class FormatTexts final : public DynamicKernel {
 public:
  FormatTexts(std::vector<std::string> parts, int64_t shown) : parts_(std::move(parts)), shown_(shown) {}
  std::string name() const override { return "format texts"; }
  std::string parameters() const override {
    std::string text = std::to_string(shown_);
    for (const std::string& part : parts_) text += ' ' + std::to_string(part.size()) + ' ' + part;
    return text;
  }
  std::vector<Tensor> run_dynamic(std::span<const TensorView> inputs) const override {
    std::string text = parts_[0];
    for (size_t i = 0; i < inputs.size(); ++i) {
      const int64_t count = inputs[i].dims.elements(), ends = shown_ < 0 ? count : std::min(shown_, count);
      if (inputs[i].dims.rank() > 0 || ends > 0)
        print(inputs[i], 0, 0, ends, text);
      else
        text += "...";
      text += parts_[i + 1];
    }
    std::vector<Tensor> results;
    results.push_back(Tensor::strings(std::vector<std::string>{text}, Dims{}));
    return results;
  }

 private:
  std::vector<std::string> parts_;
  int64_t shown_;
};

std::vector<Value> formatted(OperationCall& call) {
  const Arg* given = call.find(0);
  std::vector<Value> operands;
  for (const Arg& item : given == nullptr || given->list() == nullptr ? Arg::List{} : *given->list()) {
    if (item.tensor() == nullptr) call.l.refuse("formats what is no tensor");
    operands.push_back(item.tensor()->value);
    const DType type = call.l.dtype(operands.back());
    constexpr DType kPrinted[] = {DType::string, DType::boolean, DType::uint8,  DType::int32,
                                  DType::int64,  DType::float32, DType::float64};
    if (std::find(std::begin(kPrinted), std::end(kPrinted), type) == std::end(kPrinted))
      call.l.refuse("formats " + std::string(name_of(type)) + ", which is not supported");
  }
  if (operands.empty()) call.l.refuse("formats no tensors");
  std::string rest = call.text(1).value_or("%s");
  const std::string mark = call.text(2).value_or("%s");
  std::vector<std::string> parts;
  for (size_t found; !mark.empty() && (found = rest.find(mark)) != std::string::npos; rest.erase(0, found + mark.size()))
    parts.push_back(rest.substr(0, found));
  parts.push_back(rest);
  if (parts.size() != operands.size() + 1)
    call.l.refuse("puts " + std::to_string(operands.size()) + " tensors into a text with " + std::to_string(parts.size() - 1) +
                  " places for them");
  return call.l.call(std::make_shared<const FormatTexts>(std::move(parts), call.integer(3, 3)), operands);
}

}  // namespace

std::vector<Operation> raw_text_format_operations() {
  return {{{}, {"raw_ops.StringFormat"}, {"inputs", "template", "placeholder", "summarize"}, formatted, 1, {"T=*"}, 1}};
}

}  // namespace keraunos::loader
