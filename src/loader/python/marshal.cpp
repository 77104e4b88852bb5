#include "loader/python/marshal.h"

#include <bit>
#include <charconv>
#include <cmath>

#include "keraunos/error.h"

namespace keraunos::loader::python {
namespace {

constexpr int kMostMarshalled = 50;
constexpr size_t kMostObjects = 100'000;

class MarshalReader {
 public:
  MarshalReader(std::string_view data, CodeLayout layout) : data_(data), layout_(layout) {}

  Code whole() {
    const ObjectPointer object = read(0);
    if (!data_.empty()) refuse(std::to_string(data_.size()) + " bytes are left over");
    if (const Code* code = std::get_if<Code>(&object->value)) return *code;
    refuse("it holds no code object");
  }

 private:
  [[noreturn]] static void refuse(const std::string& what) { throw ModelError("not a code object of Python: " + what); }

  std::string_view take(size_t bytes) {
    if (bytes > data_.size()) refuse("it ends inside a value");
    const std::string_view taken = data_.substr(0, bytes);
    data_.remove_prefix(bytes);
    return taken;
  }
  uint64_t unsigned_of(size_t bytes) {
    uint64_t value = 0;
    const std::string_view taken = take(bytes);
    for (size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(taken[i]);
    return value;
  }
  int64_t integer() { return static_cast<int32_t>(static_cast<uint32_t>(unsigned_of(4))); }
  size_t length(size_t bytes) {
    const uint64_t value = unsigned_of(bytes);
    if (value > data_.size()) refuse("it ends inside a value");
    return static_cast<size_t>(value);
  }

  // A container gets its reference number before its contents, but cannot be referred to until it is complete.
  ObjectPointer read(int depth) {
    if (depth > kMostMarshalled) refuse("its values nest too deeply");
    if (++objects_ > kMostObjects) refuse("it holds too many values");
    const auto byte = static_cast<unsigned char>(take(1)[0]);
    const char type = static_cast<char>(byte & 0x7F);
    if (type == 'r' || type == 'R') return referred(type == 'r' ? references_ : interned_);
    const bool numbered = (byte & 0x80) != 0;
    const size_t place = references_.size();
    if (numbered) references_.emplace_back();
    auto object = std::make_shared<const Object>(value_of(type, depth));
    if (numbered) references_[place] = object;
    if (type == 't' && layout_ == CodeLayout::python2) interned_.push_back(object);
    return object;
  }

  ObjectPointer referred(const std::vector<ObjectPointer>& known) {
    const uint64_t place = unsigned_of(4);
    if (place >= known.size() || known[place] == nullptr) refuse("it refers to a value that is not there");
    return known[place];
  }

  Object value_of(char type, int depth) {
    switch (type) {
      case 'N': return {Object::None{}};
      case 'T': return {true};
      case 'F': return {false};
      case '.': return {Object::Ellipsis{}};
      case 'i': return {integer()};
      case 'I': return {static_cast<int64_t>(unsigned_of(8))};
      case 'l': return {long_integer()};
      case 'g': return {std::bit_cast<double>(unsigned_of(8))};
      case 'f': return {number(take(length(1)))};
      case 's': return bytes();
      case 'u':
      case 't':
      case 'a':
      case 'A': return {std::string(take(length(4)))};
      case 'z':
      case 'Z': return {std::string(take(length(1)))};
      case '(':
      case '[':
      case '<':
      case '>': return list(length(4), depth);
      case ')': return list(length(1), depth);
      case 'c': return {code(depth)};
      default: refuse("it holds a value of an unknown type");
    }
  }

  // In Python 2 texts, names and code are all bytes.
  Object bytes() {
    std::string text(take(length(4)));
    if (layout_ == CodeLayout::python2) return {std::move(text)};
    return {Object::Bytes{std::move(text)}};
  }

  int64_t long_integer() {
    const int64_t count = integer();
    if (std::abs(count) > 4) refuse("it holds an integer of more than 60 bits");
    int64_t value = 0;
    for (int64_t i = 0; i < std::abs(count); ++i) value |= static_cast<int64_t>(unsigned_of(2) & 0x7FFF) << (15 * i);
    return count < 0 ? -value : value;
  }

  static double number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) refuse("it holds a number that is none");
    return value;
  }

  Object list(size_t count, int depth) {
    Object::List all;
    for (size_t i = 0; i < count; ++i) all.items.push_back(read(depth + 1));
    return {std::move(all)};
  }

  std::string text(int depth) {
    const ObjectPointer object = read(depth + 1);
    if (const auto* found = std::get_if<std::string>(&object->value)) return *found;
    refuse("a name is no text");
  }
  std::string raw(int depth) {
    const ObjectPointer object = read(depth + 1);
    if (const auto* found = std::get_if<Object::Bytes>(&object->value)) return found->bytes;
    const auto* found = std::get_if<std::string>(&object->value);
    if (found != nullptr && layout_ == CodeLayout::python2) return *found;
    refuse("its instructions are no bytes");
  }
  std::vector<ObjectPointer> objects(int depth) {
    const ObjectPointer object = read(depth + 1);
    if (const auto* found = std::get_if<Object::List>(&object->value)) return found->items;
    refuse("a list of it is none");
  }
  std::vector<std::string> texts(int depth) {
    std::vector<std::string> all;
    for (const ObjectPointer& object : objects(depth)) {
      const auto* found = std::get_if<std::string>(&object->value);
      if (found == nullptr) refuse("a name is no text");
      all.push_back(*found);
    }
    return all;
  }

  Code code(int depth) {
    Code code;
    code.layout = layout_;
    code.arguments = integer();
    if (layout_ >= CodeLayout::python38) code.positional_only = integer();
    if (layout_ >= CodeLayout::python30) code.keyword_only = integer();
    if (layout_ < CodeLayout::python311) integer();  // number of locals, which follows from their names
    integer();                                       // stack size
    code.flags = integer();
    code.instructions = raw(depth);
    code.constants = objects(depth);
    code.names = texts(depth);
    code.locals = texts(depth);
    variables(code, depth);
    text(depth);  // file name
    code.name = text(depth);
    if (layout_ >= CodeLayout::python311) text(depth);
    integer();  // first line number
    raw(depth);
    if (layout_ >= CodeLayout::python311) raw(depth);
    const int64_t named = code.arguments + code.keyword_only;
    if (code.arguments < 0 || code.keyword_only < 0 || named > static_cast<int64_t>(code.locals.size()))
      refuse("it has fewer variables than arguments");
    return code;
  }

  void variables(Code& code, int depth) {
    if (layout_ < CodeLayout::python311) {
      code.free = texts(depth);
      code.dereferred = texts(depth);
      code.dereferred.insert(code.dereferred.end(), code.free.begin(), code.free.end());
      return;
    }
    constexpr int kFree = 0x80;
    const std::string kinds = raw(depth);
    if (kinds.size() != code.locals.size()) refuse("its variables and their kinds differ in number");
    code.dereferred = code.locals;
    for (size_t i = 0; i < kinds.size(); ++i) {
      if ((static_cast<unsigned char>(kinds[i]) & kFree) != 0) code.free.push_back(code.locals[i]);
    }
  }

  std::string_view data_;
  CodeLayout layout_;
  size_t objects_ = 0;
  std::vector<ObjectPointer> references_, interned_;
};

}  // namespace

Code read_code(std::string_view data, CodeLayout layout) { return MarshalReader(data, layout).whole(); }

}  // namespace keraunos::loader::python
