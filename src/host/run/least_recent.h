// A least-recently-used cache with a budget of bytes. A look-up does not allocate, and one for the most recently used entry
// computes no hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

namespace keraunos::host {

template <class Entry>
class LeastRecent {
  struct Item {
    Entry entry;
    uint64_t hash;
    int64_t bytes;
  };

 public:
  /// Removed entries; they are freed with this list, so that its owner decides which locks are held then.
  using Removed = std::list<Item>;

  explicit LeastRecent(int64_t budget) : budget_(budget) {}

  /// The entry with the hash `hash()` that `same` accepts, which becomes the most recently used; null where there is none.
  template <class Same, class HashOf>
  Entry* find(const Same& same, const HashOf& hash) {
    if (items_.empty()) return nullptr;
    if (same(std::as_const(items_.front().entry))) return &items_.front().entry;
    for (auto [at, end] = by_hash_.equal_range(hash()); at != end; ++at) {
      if (!same(std::as_const(at->second->entry))) continue;
      items_.splice(items_.begin(), items_, at->second);
      return &items_.front().entry;
    }
    return nullptr;
  }

  /// Adds the newest entry; the least recently used ones are removed until the rest fits the budget or the newest is alone.
  [[nodiscard]] Removed add(uint64_t hash, int64_t bytes, Entry entry) {
    items_.push_front({std::move(entry), hash, bytes});
    try {
      by_hash_.emplace(hash, items_.begin());
    } catch (...) {
      items_.pop_front();
      throw;
    }
    bytes_ += bytes;
    Removed removed;
    while (bytes_ > budget_ && items_.size() > 1) take(removed);
    return removed;
  }

  [[nodiscard]] Removed clear() noexcept {
    by_hash_.clear();
    bytes_ = 0;
    return std::exchange(items_, {});
  }

  template <class Visit>
  void for_each(const Visit& visit) const {
    for (const Item& item : items_) visit(item.entry);
  }
  const Entry& newest() const { return items_.front().entry; }
  Entry& newest() { return items_.front().entry; }
  /// True when an entry of `bytes` fits without removing another.
  bool has_room(int64_t bytes) const noexcept { return items_.empty() || bytes_ + bytes <= budget_; }
  size_t size() const noexcept { return items_.size(); }
  int64_t bytes() const noexcept { return bytes_; }

 private:
  void take(Removed& removed) {
    const auto oldest = std::prev(items_.end());
    auto [at, end] = by_hash_.equal_range(oldest->hash);
    while (at->second != oldest) ++at;
    by_hash_.erase(at);
    bytes_ -= oldest->bytes;
    removed.splice(removed.end(), items_, oldest);
  }

  const int64_t budget_;
  int64_t bytes_ = 0;
  std::list<Item> items_;
  std::unordered_multimap<uint64_t, typename std::list<Item>::iterator> by_hash_;
};

}  // namespace keraunos::host
