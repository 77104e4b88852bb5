// The groups of a `.keras` archive's weights that hold variables, by their paths.
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

  /// The files outlive this.
  explicit V3Groups(const WeightFiles& files);

  /// An empty one where there is none at this path.
  const Group& at(const std::string& path) const;
  /// Some group lies at or below this path.
  bool holds(const std::string& path) const;
  /// The groups in a container; those of Windows's paths as far as they hold weights.
  std::set<std::string> names_in(const std::string& container) const;
  /// Counts everything at or below this path except states of random generators, which Keras does not count.
  std::optional<int64_t> parameters_at(const std::string& path) const;

  /// The datasets at or below this path except states of random generators.
  std::vector<std::string> datasets_below(const std::string& path) const;

  /// Of the groups called "dense", "dense_2", "dense_10" those of a class, by their numbers.
  static std::vector<std::string> of_class(const std::string& name, const std::set<std::string>& names);

 private:
  const WeightFiles& files_;
  std::map<std::string, Group> groups_;  // by inner path
};

}  // namespace keraunos::loader
