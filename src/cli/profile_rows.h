// Steps and layers of a profile with their shares of the time, the slowest first.
#pragma once

#include <string>
#include <vector>

#include "keraunos/profile.h"
#include "loader/files/json.h"

namespace keraunos::cli {

struct ProfiledStep {
  size_t step = 0;
  double share = 0;             ///< fraction of the sum of all steps' medians
  double flops = 0, bytes = 0;  ///< in a run, over all turns; bytes read and written
};

struct ProfiledLayer {
  std::string layer{};
  double share = 0, median_ns = 0, flops = 0, bytes = 0;
  int64_t steps = 0;
};

struct ProfileRows {
  double total_ns = 0;  ///< sum of all steps' medians
  std::vector<ProfiledStep> steps{};
  std::vector<ProfiledLayer> layers{};
};

ProfileRows rows_of(const Profile& profile);
/// The keys are documented in README.md, "A profile as JSON".
files::Json profile_json(const std::string& model, const Profile& profile);

}  // namespace keraunos::cli
