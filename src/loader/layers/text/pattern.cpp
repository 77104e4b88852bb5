#include "loader/layers/text/pattern.h"

#include <cstdint>

#include "loader/layers/text/tokens.h"

namespace keraunos::loader::text {
namespace {

using Item = Pattern::Item;
using Set = std::bitset<256>;

constexpr size_t kAscii = 128;

size_t index_of(char c) { return static_cast<unsigned char>(c); }

Set set_of(std::string_view characters) {
  Set set;
  for (const char c : characters) set.set(index_of(c));
  return set;
}

Set range_of(char first, char last) {
  Set set;
  for (size_t i = index_of(first); i <= index_of(last); ++i) set.set(i);
  return set;
}

Set digits() { return range_of('0', '9'); }
Set letters() { return range_of('a', 'z') | range_of('A', 'Z'); }
Set inverted(const Set& set) {
  Set others;
  for (size_t i = 0; i < kAscii; ++i) others.set(i, !set.test(i));
  return others;
}

bool is_punctuation(char c) { return c > ' ' && c < 0x7f && !(digits() | letters()).test(index_of(c)); }

// The meaning of an escaped character: a class, or a character.
std::optional<Item> escaped(char c) {
  switch (c) {
    case 's': return Item{.bytes = set_of("\t\n\f\r ")};
    case 'd': return Item{.bytes = digits()};
    case 'w': return Item{.bytes = digits() | letters() | set_of("_")};
    case 'S': return Item{.bytes = inverted(set_of("\t\n\f\r ")), .takes_others = true};
    case 'D': return Item{.bytes = inverted(digits()), .takes_others = true};
    case 'W': return Item{.bytes = inverted(digits() | letters() | set_of("_")), .takes_others = true};
    case 'n': return Item{.bytes = set_of("\n")};
    case 't': return Item{.bytes = set_of("\t")};
    case 'r': return Item{.bytes = set_of("\r")};
    case 'f': return Item{.bytes = set_of("\f")};
    case 'v': return Item{.bytes = set_of("\v")};
    default: break;
  }
  if (!is_punctuation(c)) return std::nullopt;
  return Item{.bytes = set_of({&c, 1})};
}

std::optional<Set> named_class(std::string_view name) {
  if (name == "alpha") return letters();
  if (name == "digit") return digits();
  if (name == "alnum") return letters() | digits();
  if (name == "lower") return range_of('a', 'z');
  if (name == "upper") return range_of('A', 'Z');
  if (name == "space") return set_of("\t\n\v\f\r ");
  if (name != "punct") return std::nullopt;
  Set punctuation;
  for (char c = '!'; c < 0x7f; ++c) punctuation.set(index_of(c), is_punctuation(c));
  return punctuation;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<std::vector<Item>> items() {
    constexpr size_t kMostItems = 1024;
    std::vector<Item> items;
    while (!text_.empty()) {
      auto item = next();
      if (!item || items.size() == kMostItems) return std::nullopt;
      if (text_.starts_with('+')) {
        item->repeats = true;
        text_.remove_prefix(1);
      }
      if (text_.starts_with('+') || text_.starts_with('*') || text_.starts_with('?') || text_.starts_with('{'))
        return std::nullopt;
      items.push_back(*item);
    }
    return items;
  }

 private:
  char take() {
    const char c = text_.front();
    text_.remove_prefix(1);
    return c;
  }

  std::optional<Item> next() {
    const char c = take();
    if (std::string_view("^$|()*+?{").find(c) != std::string_view::npos) return std::nullopt;
    if (c == '.') return Item{.bytes = inverted(set_of("\n")), .takes_others = true};
    if (c == '[') return bracketed();
    if (c != '\\') return Item{.bytes = set_of({&c, 1})};
    return text_.empty() ? std::nullopt : escaped(take());
  }

  std::optional<Item> bracketed() {
    const bool negated = text_.starts_with('^');
    if (negated) take();
    Item item;
    for (bool first = true; first || !text_.starts_with(']'); first = false) {
      if (text_.empty() || !add_member(item)) return std::nullopt;
    }
    take();
    if (!negated) return item;
    return Item{.bytes = inverted(item.bytes), .takes_others = !item.takes_others};
  }

  // Adds one member of a class, or a range. Character classes beyond ASCII are not supported.
  bool add_member(Item& item) {
    if (text_.starts_with("[:")) {
      const size_t end = text_.find(":]");
      const auto named = end == std::string_view::npos ? std::nullopt : named_class(text_.substr(2, end - 2));
      if (!named) return false;
      item.bytes |= *named;
      text_.remove_prefix(end + 2);
      return true;
    }
    const auto low = member();
    if (!low) return false;
    const bool is_range = text_.size() > 1 && text_[0] == '-' && text_[1] != ']';
    if (!is_range) {
      item.bytes |= low->bytes;
      item.takes_others |= low->takes_others;
      return true;
    }
    take();
    const auto high = member();
    if (!high || low->bytes.count() != 1 || high->bytes.count() != 1) return false;
    const size_t from = low->bytes._Find_first(), to = high->bytes._Find_first();
    if (from > to) return false;
    for (size_t i = from; i <= to; ++i) item.bytes.set(i);
    return true;
  }

  std::optional<Item> member() {
    if (text_.empty()) return std::nullopt;
    const char c = take();
    if (index_of(c) >= kAscii) return std::nullopt;
    if (c != '\\') return Item{.bytes = set_of({&c, 1})};
    return text_.empty() ? std::nullopt : escaped(take());
  }

  std::string_view text_;
};

// A repetition is greedy; the next item must not be able to match the same characters, so that no backtracking is needed.
bool ends_clearly(const std::vector<Item>& items) {
  for (size_t i = 0; i + 1 < items.size(); ++i) {
    if (!items[i].repeats) continue;
    const Item& next = items[i + 1];
    const bool beyond = items[i].takes_others && (next.takes_others || (next.bytes >> kAscii).any());
    if (beyond || (items[i].bytes & next.bytes).any()) return false;
  }
  return true;
}

}  // namespace

// The end of a repetition is remembered, because otherwise a text of one long run would be scanned again from each of its
// characters.
class Pattern::Search {
 public:
  Search(const std::vector<Item>& items, std::string_view text) : items_(items), text_(text), runs_(items.size()) {}

  // The end of a match that begins at `start`.
  std::optional<size_t> match(size_t start) {
    size_t at = start;
    for (size_t i = 0; i < items_.size(); ++i) {
      const size_t taken = character(items_[i], at);
      if (taken == 0) return std::nullopt;
      at = items_[i].repeats ? end_of_run(i, at, taken) : at + taken;
    }
    return at;
  }

 private:
  struct Run {
    size_t begin = 0, end = 0;
  };

  size_t character(const Item& item, size_t at) const {
    if (at >= text_.size()) return 0;
    const size_t byte = index_of(text_[at]);
    if (item.bytes.test(byte)) return 1;
    return byte >= kAscii && item.takes_others ? valid_code_point(text_.substr(at)) : 0;
  }

  size_t end_of_run(size_t i, size_t begin, size_t taken) {
    Run& run = runs_[i];
    if (begin >= run.begin && begin < run.end) return run.end;
    run = {begin, begin + taken};
    while (const size_t more = character(items_[i], run.end)) run.end += more;
    return run.end;
  }

  const std::vector<Item>& items_;
  std::string_view text_;
  std::vector<Run> runs_;
};

std::optional<Pattern> Pattern::parse(std::string_view pattern) {
  auto items = Parser(pattern).items();
  if (!items || items->empty() || !ends_clearly(*items)) return std::nullopt;
  return Pattern(*std::move(items));
}

std::string Pattern::replaced(std::string_view text, std::string_view by, bool all) const {
  std::string result;
  Search search(items_, text);
  for (size_t at = 0; at < text.size();) {
    if (const auto end = search.match(at)) {
      result += by;
      at = *end;
      if (!all) return result.append(text.substr(at));
    } else {
      result += text[at++];
    }
  }
  return result;
}

}  // namespace keraunos::loader::text
