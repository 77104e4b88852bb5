// What a library made of a problem: a refusal in words, or the plan it chose and the numbers it computed.
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
  std::string kernel{};   ///< which of its kernels it chose, where it says
  int64_t workspace_bytes = 0;
  int64_t elements = 0;           ///< of the result
  double sum = 0;                 ///< of all elements, in float64
  std::vector<double> samples{};  ///< at most 48 of them, evenly spread, the last one included

  files::Json json() const;
  static Answer read(const files::Json& json);
};

/// Puts problems to the libraries that this program is linked with, on the first device.
class Respondent {
 public:
  Respondent();
  ~Respondent();
  Answer answer(const Problem& problem);

 private:
  struct Libraries;
  std::unique_ptr<Libraries> libraries_;
};

/// How two answers differ, in words; empty when they agree within what `type`'s rounding allows. Kernels and workspaces may
/// differ.
std::string difference(const Problem& problem, const Answer& found, const Answer& recorded);

}  // namespace keraunos::truth
