#include "loader/files/npy_header.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <vector>

#include "keraunos/error.h"

namespace keraunos::files {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr int64_t kMaxHeaderBytes = 65'536;  // numbers and strings need about a hundred; only structures have long headers
constexpr int64_t kMaxEmptyItems = 1'000'000;

[[noreturn]] void refuse(const ByteSource& source, const std::string& reason) {
  throw ModelError("cannot read '" + source.name() + "' as a NumPy array: " + reason);
}

/// Reads the three entries of the dict. NumPy writes it with repr(), so the grammar is small.
class DictReader {
 public:
  DictReader(std::string_view text, const ByteSource& source) : text_(text), source_(source) {}

  std::optional<std::string> descr;
  std::optional<bool> is_fortran;
  std::optional<std::vector<int64_t>> shape;

  void read() {
    expect('{');
    while (!accept('}')) {
      read_entry(quoted());
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!descr || !is_fortran || !shape) fail();
  }

 private:
  void read_entry(const std::string& key) {
    expect(':');
    if (key == "descr") {
      if (peek() == '[') refuse(source_, "its elements are structures; save each field as an array of its own");
      descr = quoted();
    } else if (key == "fortran_order") {
      is_fortran = boolean();
    } else if (key == "shape") {
      shape = tuple();
    } else {
      fail();
    }
  }

  [[noreturn]] void fail() const { refuse(source_, "its header is malformed"); }

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c || c == '\0') return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail();
  }

  std::string quoted() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') fail();
    const size_t end = text_.find(quote, at_ + 1);
    if (end == text_.npos) fail();
    const auto inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return std::string(inside);
  }

  bool boolean() {
    peek();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    fail();
  }

  std::vector<int64_t> tuple() {
    std::vector<int64_t> values;
    expect('(');
    while (!accept(')')) {
      peek();
      int64_t value = 0;
      const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
      if (error != std::errc() || value < 0) fail();
      at_ = static_cast<size_t>(end - text_.data());
      accept('L');  // Python 2 wrote long integers with this suffix
      values.push_back(value);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  std::string_view text_;
  const ByteSource& source_;
  size_t at_ = 0;
};

std::optional<DType> number_type(char kind, int64_t bytes) {
  struct Entry {
    char kind;
    int64_t bytes;
    DType dtype;
  };
  constexpr Entry kEntries[] = {{'f', 2, DType::float16}, {'f', 4, DType::float32}, {'f', 8, DType::float64},
                                {'i', 1, DType::int8},    {'i', 2, DType::int16},   {'i', 4, DType::int32},
                                {'i', 8, DType::int64},   {'u', 1, DType::uint8},   {'u', 2, DType::uint16},
                                {'u', 4, DType::uint32},  {'u', 8, DType::uint64},  {'b', 1, DType::boolean}};
  for (const Entry& entry : kEntries) {
    if (entry.kind == kind && entry.bytes == bytes) return entry.dtype;
  }
  return std::nullopt;
}

/// `descr` is byte order, kind and size: "<f4", "|b1", "<U12".
void read_type(NpyHeader& header, const std::string& descr, const ByteSource& source) {
  if (descr == "bfloat16") {
    header.dtype = DType::bfloat16;
    header.item_bytes = 2;
    return;
  }
  if (descr == "O" || descr == "|O" || descr == "<O" || descr == ">O") {
    refuse(source, "its elements are Python objects, kept as a pickle, which could run code; save numbers or strings (dtype U)");
  }
  const bool has_order = !descr.empty() && std::string_view("<>|=").find(descr.front()) != std::string_view::npos;
  const std::string_view rest = std::string_view(descr).substr(has_order ? 1 : 0);
  int64_t size = -1;
  if (rest.size() > 1) std::from_chars(rest.data() + 1, rest.data() + rest.size(), size);
  if (size < 0 || size > std::numeric_limits<int32_t>::max()) refuse(source, "its type '" + descr + "' is unknown");
  header.is_big_endian = descr.front() == '>';
  if (rest.front() == 'U' || rest.front() == 'S') {
    header.dtype = DType::string;
    header.text = rest.front() == 'U' ? NpyHeader::Text::utf32 : NpyHeader::Text::bytes;
    header.item_bytes = rest.front() == 'U' ? 4 * size : size;
    return;
  }
  if (rest == "V2") refuse(source, "its type is V2, two bytes without a meaning; NumPy writes bfloat16 so: save it as float32");
  const auto dtype = number_type(rest.front(), size);
  if (!dtype)
    refuse(source,
           "its type '" + descr + "' is none that Keras has; convert it before saving, for example with astype(\"float32\")");
  header.dtype = *dtype;
  header.item_bytes = size;
}

void read_shape(NpyHeader& header, const std::vector<int64_t>& shape, const ByteSource& source) {
  if (shape.size() > Dims::kMaxRank) refuse(source, "it has " + std::to_string(shape.size()) + " dimensions, more than 8");
  int64_t bytes = header.item_bytes > 0 ? header.item_bytes : 1;
  for (const int64_t extent : shape) {
    const bool overflows = __builtin_mul_overflow(bytes, extent == 0 ? 1 : extent, &bytes);
    if (overflows || bytes > std::numeric_limits<int64_t>::max() / 16) refuse(source, "its size overflows");
  }
  header.dims = Dims(shape);
  const int64_t elements = header.dims.elements();
  const int64_t available = source.size() - header.data;
  if (elements > 0 && header.item_bytes > 0 && bytes > available) {
    refuse(source, "it states " + std::to_string(bytes) + " bytes of elements, but has " + std::to_string(available) +
                       "; the file was probably cut short, so copy or save it again");
  }
  if (header.item_bytes == 0 && elements > kMaxEmptyItems) refuse(source, "it states too many empty strings");
}

}  // namespace

NpyHeader read_npy_header(const ByteSource& source) {
  std::array<unsigned char, 12> start{};
  source.read(0, std::as_writable_bytes(std::span(start)));
  if (std::string_view(reinterpret_cast<const char*>(start.data()), kMagic.size()) != kMagic)
    refuse(source, "it lacks NumPy's magic");
  const int version = start[6];
  if (version < 1 || version > 3) refuse(source, "its format version " + std::to_string(version) + " is unknown");
  int64_t length = start[8] | (start[9] << 8);
  if (version > 1) length |= (int64_t{start[10]} << 16) | (int64_t{start[11]} << 24);
  if (length > kMaxHeaderBytes) refuse(source, "its header is too long");
  const int64_t begin = version > 1 ? 12 : 10;
  std::string text(static_cast<size_t>(length), '\0');
  source.read(begin, std::as_writable_bytes(std::span(text)));

  DictReader dict(text, source);
  dict.read();
  NpyHeader header;
  header.data = begin + length;
  header.is_fortran = *dict.is_fortran;
  read_type(header, *dict.descr, source);
  read_shape(header, *dict.shape, source);
  return header;
}

std::string npy_header_text(std::string_view descr, const Dims& dims) {
  std::string text = "{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': " + dims.to_string() + ", }";
  const size_t unpadded = kMagic.size() + 4 + text.size() + 1;
  text.append((64 - unpadded % 64) % 64, ' ');
  text += '\n';
  std::string start(kMagic);
  start += {'\1', '\0', static_cast<char>(text.size() & 255u), static_cast<char>(text.size() >> 8)};
  return start + text;
}

}  // namespace keraunos::files
