// A library's answer to a problem: a refusal with its text, or the plan that it chose and the numbers that it computed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "loader/files/json.h"
#include "truth/problems.h"

namespace keraunos::truth {

struct Answer {
  std::string refusal{};  ///< empty when it ran
  std::string kernel{};   ///< the kernel that it chose, where it states that
  int64_t workspace_bytes = 0;
  int64_t elements = 0;           ///< the number of elements of the result
  double sum = 0;                 ///< of all elements, in float64
  std::vector<double> samples{};  ///< at most 48 of them, evenly spread, the last one included

  files::Json json() const;
  static Answer read(const files::Json& json);
};

/// Gives problems to the libraries that this program is linked with, on the first device.
class Respondent {
 public:
  Respondent();
  ~Respondent();
  Answer answer(const Problem& problem);

 private:
  struct Libraries;
  std::unique_ptr<Libraries> libraries_;
};

/// The difference between two answers as text; empty when they agree within the rounding of `type`. Kernels and workspaces may
/// differ.
std::string difference(const Problem& problem, const Answer& found, const Answer& recorded);

}  // namespace keraunos::truth
