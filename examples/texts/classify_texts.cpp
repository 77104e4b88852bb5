// Classifies each line of a file by a model that takes strings: its TextVectorization layer splits them into words and looks
// these up in the vocabulary that the model's file holds.
//
//   classify_texts MODEL CLASSES.txt TEXTS.txt        CLASSES.txt names the model's classes, one a line, in their order
#include <keraunos/keraunos.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::vector<std::string> lines_of(const char* file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error(std::string(file) + " cannot be opened");
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void classify(const keraunos::Model& model, const std::vector<std::string>& classes, const std::vector<std::string>& texts) {
  const auto rows = static_cast<int64_t>(texts.size());
  const keraunos::Tensor scores = model.predict({texts, {rows, 1}});  // the strings are not copied
  if (scores.dims() != keraunos::Dims{rows, static_cast<int64_t>(classes.size())})
    throw std::runtime_error("the model's results " + scores.dims().to_string() + " do not fit " +
                             std::to_string(classes.size()) + " classes");
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto row = scores.values<float>().subspan(i * classes.size(), classes.size());
    const auto best = static_cast<size_t>(std::ranges::max_element(row) - row.begin());
    std::printf("%s %.4f  %s\n", classes[best].c_str(), static_cast<double>(row[best]), texts[i].c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: classify_texts MODEL CLASSES.txt TEXTS.txt\n");
    return 2;
  }
  try {
    classify(keraunos::load_model(argv[1]), lines_of(argv[2]), lines_of(argv[3]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "classify_texts: %s\n", error.what());
    return 1;
  }
}
