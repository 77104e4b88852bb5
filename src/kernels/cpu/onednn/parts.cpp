#include "kernels/cpu/onednn/parts.h"

#include <algorithm>
#include <utility>

namespace keraunos::cpu::onednn {
namespace {

int64_t input_elements(const Geometry& g) { return g.in[0] * g.in[1] * g.channels; }
int64_t weight_elements(const Geometry& g) { return g.size[0] * g.size[1] * g.channels / g.groups * g.filters; }
int64_t result_elements(const Geometry& g) { return g.out[0] * g.out[1] * g.filters; }

// Lines first … last−1 of one image's result, and the offset of their input.
std::pair<Geometry, int64_t> lines_of(const Geometry& whole, int64_t first, int64_t last) {
  const int64_t begin = first * whole.stride[0] - whole.low[0];
  const int64_t end = (last - 1) * whole.stride[0] - whole.low[0] + (whole.size[0] - 1) * whole.dilation[0] + 1;
  Geometry part = whole;
  part.batch = 1;
  part.low[0] = std::max<int64_t>(-begin, 0), part.high[0] = std::max<int64_t>(end - whole.in[0], 0);
  part.in[0] = end - begin - part.low[0] - part.high[0];
  part.out[0] = last - first;
  return {part, std::max<int64_t>(begin, 0) * whole.in[1] * whole.channels};
}

class Cut {
 public:
  Cut(const Geometry& whole, int threads) : whole_(whole) {
    // Every part reads all weights, so there should be more results than weights in a part.
    const int64_t most = std::max<int64_t>(48 * 1024, 2 * weight_elements(whole));
    const int64_t image = result_elements(whole), images = std::max<int64_t>(most / image, 1);
    if (image <= most && whole.batch >= threads)
      whole_images(std::min(images, whole.batch / threads));
    else
      lines(threads, most);
  }

  Parts parts;

 private:
  void add(const Geometry& kind, int64_t x, int64_t y) {
    const auto found = std::find(parts.kinds.begin(), parts.kinds.end(), kind);
    const auto index = static_cast<size_t>(found - parts.kinds.begin());
    if (found == parts.kinds.end()) parts.kinds.push_back(kind);
    parts.all.push_back({index, x, y, kind.batch * result_elements(kind)});
  }

  void whole_images(int64_t most) {
    const int64_t count = (whole_.batch + most - 1) / most;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t first = whole_.batch * i / count, last = whole_.batch * (i + 1) / count;
      Geometry part = whole_;
      part.batch = last - first;
      add(part, first * input_elements(whole_), first * result_elements(whole_));
    }
  }

  void lines(int threads, int64_t elements) {
    const int64_t line = whole_.out[1] * whole_.filters;
    const int64_t least = (threads + whole_.batch - 1) / whole_.batch;  // number of parts of an image
    int64_t count = std::max<int64_t>((result_elements(whole_) + elements - 1) / elements, least);
    count = std::min((count + least - 1) / least * least, whole_.out[0]);
    for (int64_t image = 0; image < whole_.batch; ++image) {
      for (int64_t i = 0; i < count && parts.kinds.size() <= kMostKinds; ++i) {
        const int64_t first = whole_.out[0] * i / count, last = whole_.out[0] * (i + 1) / count;
        const auto [part, x] = lines_of(whole_, first, last);
        add(part, image * input_elements(whole_) + x, image * result_elements(whole_) + first * line);
      }
    }
  }

  const Geometry& whole_;
};

}  // namespace

Parts cut(const Geometry& whole, int threads) { return Cut(whole, threads).parts; }

}  // namespace keraunos::cpu::onednn
