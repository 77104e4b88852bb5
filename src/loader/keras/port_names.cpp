#include "loader/keras/port_names.h"

#include <algorithm>

namespace keraunos::loader {
namespace {

std::string path_under(const std::string& path, const std::string& part) { return path.empty() ? part : path + '.' + part; }

class Collector {
 public:
  explicit Collector(bool sorted) : sorted_(sorted) {}

  void collect(const Arg& tree, const std::string& path, bool in_dictionary) {
    if (const Traced* tensor = tree.tensor()) ports.push_back({tensor, in_dictionary ? path : std::string()});
    if (const Arg::List* list = tree.list()) {
      for (size_t i = 0; i < list->size(); ++i) collect((*list)[i], path_under(path, std::to_string(i)), in_dictionary);
    }
    if (const auto* members = std::get_if<Arg::Members>(&tree.value)) collect_members(*members, path);
  }

  std::vector<Port> ports;

 private:
  void collect_members(const Arg::Members& members, const std::string& path) {
    std::vector<const Arg::Members::value_type*> order;
    for (const auto& member : members) order.push_back(&member);
    if (sorted_) std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    for (const auto* member : order) collect(member->value, path_under(path, member->name), true);
  }

  bool sorted_;
};

}  // namespace

std::vector<Port> ports_of(const Arg& tree, bool sorted) {
  Collector collector(sorted);
  collector.collect(tree, {}, false);
  return std::move(collector.ports);
}

}  // namespace keraunos::loader
