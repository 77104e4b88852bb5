// The groups of a `.keras` archive that contain variables, indexed by path.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "loader/keras/weight_files.h"

namespace keraunos::loader {

class V3Groups {
 public:
  struct Group {
    std::map<int, std::string> numbered{};  ///< datasets
    std::vector<std::string> named{};       ///< "idf_weights"
  };

  /// The files must outlive this object.
  explicit V3Groups(const WeightFiles& files);

  /// The group at a path; an empty one if there is none.
  const Group& at(const std::string& path) const;
  /// True where a group lies at or below this path.
  bool holds(const std::string& path) const;
  /// The names of a container's groups; in files with Windows's paths only of those that contain weights.
  std::set<std::string> names_in(const std::string& container) const;
  /// The number of elements at or below this path except states of random generators, which Keras does not count.
  std::optional<int64_t> parameters_at(const std::string& path) const;

  /// The paths of the datasets at or below this path, except states of random generators.
  std::vector<std::string> datasets_below(const std::string& path) const;

  /// Selects the groups of a class from `names` ("dense", "dense_2", "dense_10"), sorted by number.
  static std::vector<std::string> of_class(const std::string& name, const std::set<std::string>& names);

 private:
  const WeightFiles& files_;
  std::map<std::string, Group> groups_;  // by inner path
};

}  // namespace keraunos::loader
