#include "loader/keras/v3_groups.h"

#include <algorithm>
#include <charconv>

namespace keraunos::loader {
namespace {

std::optional<int> number_in(const std::string& text) {
  int number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || result.ec != std::errc{} || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

V3Groups::V3Groups(const WeightFiles& files) : files_(files) {
  for (const auto& [dataset, file] : files_.datasets()) {
    const size_t slash = dataset.rfind('/');
    if (slash == std::string::npos) continue;
    const std::string path = dataset.substr(0, slash), name = dataset.substr(slash + 1);
    if (path != "vars" && !path.ends_with("/vars")) continue;
    std::string inner = path == "vars" ? std::string() : path.substr(0, path.size() - 5);
    std::replace(inner.begin(), inner.end(), '\\', '/');
    Group& group = groups_[inner];
    if (const auto number = number_in(name))
      group.numbered[*number] = dataset;
    else
      group.named.push_back(dataset);
  }
}

const V3Groups::Group& V3Groups::at(const std::string& path) const {
  static const Group none;
  const auto found = groups_.find(path);
  return found == groups_.end() ? none : found->second;
}

bool V3Groups::holds(const std::string& path) const {
  const auto next = groups_.lower_bound(path);
  if (next != groups_.end() && next->first == path) return true;
  const auto below = groups_.lower_bound(path + '/');
  return below != groups_.end() && below->first.starts_with(path + '/');
}

std::set<std::string> V3Groups::names_in(const std::string& container) const {
  std::set<std::string> names;
  if (files_.is_group(container)) {
    for (const std::string& name : files_.children(container)) names.insert(name);
  }
  const std::string below = container + '/';
  for (auto group = groups_.lower_bound(below); group != groups_.end() && group->first.starts_with(below); ++group)
    names.insert(group->first.substr(below.size(), group->first.find('/', below.size()) - below.size()));
  return names;
}

std::vector<std::string> V3Groups::datasets_below(const std::string& path) const {
  std::vector<std::string> datasets;
  for (const auto& [inner, group] : groups_) {
    if ((inner != path && !inner.starts_with(path + '/')) || inner.find("seed_generator") != std::string::npos) continue;
    for (const auto& [number, dataset] : group.numbered) datasets.push_back(dataset);
    datasets.insert(datasets.end(), group.named.begin(), group.named.end());
  }
  return datasets;
}

std::optional<int64_t> V3Groups::parameters_at(const std::string& path) const {
  if (!files_.is_group(path) && !holds(path)) return std::nullopt;
  int64_t count = 0;
  for (const std::string& dataset : datasets_below(path)) count += files_.dataset(dataset).dims.elements();
  return count;
}

std::vector<std::string> V3Groups::of_class(const std::string& name, const std::set<std::string>& names) {
  std::map<int, std::string> numbered;
  for (const std::string& candidate : names) {
    if (candidate == name) numbered[0] = candidate;
    if (!candidate.starts_with(name + '_')) continue;
    if (const auto number = number_in(candidate.substr(name.size() + 1))) numbered[*number] = candidate;
  }
  std::vector<std::string> result;
  for (const auto& [number, candidate] : numbered) result.push_back(candidate);
  return result;
}

}  // namespace keraunos::loader
