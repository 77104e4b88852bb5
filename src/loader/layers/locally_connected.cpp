// Convolutions of Keras 2 whose kernel differs from position to position. The three implementations save their weights as
//   1  (positions, window · C, filters), for channels_first (positions, C · window, filters);
//   2  a matrix between all elements and all results, (spatial…, C, spatial…, filters) or (C, spatial…, filters, spatial…);
//   3  the elements of that matrix that are used, sorted by result and then by element.
// All are converted to (positions, window · C, filters), once, as constants.
#include <algorithm>

#include "host/graph/extent.h"
#include "loader/layers/common/arguments.h"
#include "loader/layers/common/data_format.h"
#include "loader/layers/common/window.h"
#include "loader/layers/layer_traits.h"

namespace keraunos::loader {

std::vector<LayerDef> locally_connected_layers();

namespace {

using Extents = std::vector<int64_t>;

// Bounds on connections, and on pairs of positions, larger than in any saved layer; a file may state any size.
constexpr int64_t kMostConnections = int64_t{1} << 26, kMostPairs = int64_t{1} << 24;

int64_t elements_in(const Extents& extents) {
  int64_t all = 1;
  for (int64_t extent : extents) all = host::checked_multiply(all, extent);
  return all;
}

class Connected {
 public:
  Connected(Lowering& l, int axes) : l_(l), first_(channels_first(l.config())) {
    const Config& config = l.config();
    const Value given = as_computed(l, l.input().value);
    if (l.rank(given) != axes + 2)
      l.refuse("needs an input of rank " + std::to_string(axes + 2) + ", found " + l.dims(given).to_string());
    x_ = to_channels_last(l, given);
    channels_ = l.dim(x_, -1).size, filters_ = config.integer("filters", Range{1});
    size_ = config.integers("kernel_size", axes, Range{1});
    stride_ = config.has("strides") ? config.integers("strides", axes, Range{1}) : Extents(size_.size(), 1);
    implementation_ = config.integer("implementation", 1, Range{1, 3});
    same_ = padding_of(config) == Padding::same;
    if (same_ && implementation_ == 1) config.fail("padding", "\"valid\" with implementation 1");
    for (int axis = 0; axis < axes; ++axis) add_axis(axis);
    const int64_t pairs = host::checked_multiply(elements_in(results_), elements_in(size_));
    if (pairs > kMostPairs || host::checked_multiply(pairs, host::checked_multiply(channels_, filters_)) > kMostConnections)
      l.refuse("has more than 67108864 connections");
  }

  std::vector<Traced> result() {
    const Dim batch = l_.dim(x_, 0);
    const int64_t positions = elements_in(results_), depth = elements_in(size_) * channels_;
    const int order[]{1, 0, 2};
    const Value windows = l_.transpose(l_.reshape(patches(), {batch, {positions}, {depth}}), order);
    const Value sums = l_.transpose(l_.matmul(windows, l_.reshape(kernel(), {{positions}, {depth}, {filters_}})), order);
    Shape image{batch};
    for (int64_t extent : results_) image.push_back({extent});
    image.push_back({filters_});
    Value y = from_channels_last(l_, l_.reshape(sums, image));
    if (l_.config().flag("use_bias", true)) y = l_.add(y, bias());
    return {{l_.activated(y), {}}};
  }

 private:
  // The window of result i starts at i · stride, for "same" half a window earlier.
  void add_axis(int axis) {
    const auto at = static_cast<size_t>(axis);
    const int64_t elements = l_.dim(x_, axis + 1).size, low = same_ ? size_[at] / 2 : 0;
    const int64_t room = same_ ? elements - 1 : elements - size_[at];
    if (room < 0) l_.refuse("has a window over " + std::to_string(size_[at]) + " of " + std::to_string(elements) + " elements");
    elements_.push_back(elements), low_.push_back(low), results_.push_back(room / stride_[at] + 1);
    high_.push_back(std::max<int64_t>((results_[at] - 1) * stride_[at] - low + size_[at] - elements, 0));
  }

  size_t rank() const noexcept { return size_.size(); }

  // Calls visit(place) for each place in a block of these extents, the last axis fastest.
  template <class Visit>
  static void for_each_place(const Extents& extents, const Visit& visit) {
    Extents place(extents.size(), 0);
    for (int64_t left = elements_in(extents); left > 0; --left) {
      visit(place);
      for (size_t axis = extents.size(); axis-- > 0;) {
        if (++place[axis] < extents[axis]) break;
        place[axis] = 0;
      }
    }
  }

  static int64_t index_of(const Extents& place, const Extents& extents) {
    int64_t index = 0;
    for (size_t axis = 0; axis < extents.size(); ++axis) index = index * extents[axis] + place[axis];
    return index;
  }

  // The element that a tap of a result reads; absent if it is outside.
  std::optional<int64_t> read(const Extents& result, const Extents& tap) const {
    Extents place;
    for (size_t axis = 0; axis < rank(); ++axis) {
      place.push_back(result[axis] * stride_[axis] - low_[axis] + tap[axis]);
      if (place[axis] < 0 || place[axis] >= elements_[axis]) return std::nullopt;
    }
    return index_of(place, elements_);
  }

  template <class Visit>
  void for_each_tap(const Visit& visit) const {
    for_each_place(results_, [&](const Extents& result) {
      for_each_place(size_,
                     [&](const Extents& tap) { visit(index_of(result, results_), index_of(tap, size_), read(result, tap)); });
    });
  }

  // (N, positions · window, C)
  Value patches() {
    Extents low(rank() + 2, 0), high = low, padded;
    for (size_t axis = 0; axis < rank(); ++axis) {
      low[axis + 1] = low_[axis], high[axis + 1] = high_[axis];
      padded.push_back(elements_[axis] + low_[axis] + high_[axis]);
    }
    const Value x = same_ ? l_.pad(x_, low, high, 0) : x_;
    std::vector<int32_t> ids;
    for_each_place(results_, [&](const Extents& result) {
      for_each_place(size_, [&](const Extents& tap) {
        Extents place;
        for (size_t axis = 0; axis < rank(); ++axis) place.push_back(result[axis] * stride_[axis] + tap[axis]);
        ids.push_back(static_cast<int32_t>(index_of(place, padded)));
      });
    });
    const Value flat = l_.reshape(x, {l_.dim(x, 0), {elements_in(padded)}, {channels_}});
    return l_.gather(flat, l_.constant(TensorView(ids, Dims{static_cast<int64_t>(ids.size())})), 1);
  }

  // (positions, window, C, filters)
  Value kernel() {
    if (implementation_ == 1) return own_kernels();
    return implementation_ == 2 ? kernel_of_matrix() : kernel_of_list();
  }

  Value own_kernels() {
    const int64_t positions = elements_in(results_), window = elements_in(size_);
    const Value saved = l_.weight("kernel", {{positions}, {window * channels_}, {filters_}});
    if (!first_) return saved;
    const int order[]{0, 2, 1, 3};
    return l_.transpose(l_.reshape(saved, {{positions}, {channels_}, {window}, {filters_}}), order);
  }

  Value kernel_of_matrix() {
    Shape saved;
    const auto append = [&](const Extents& spatial, int64_t features) {
      if (first_) saved.push_back({features});
      for (int64_t extent : spatial) saved.push_back({extent});
      if (!first_) saved.push_back({features});
    };
    append(elements_, channels_), append(results_, filters_);
    const int64_t in = elements_in(elements_), out = elements_in(results_);
    Value matrix = l_.weight("kernel", saved);
    const Shape apart = first_ ? Shape{{channels_}, {in}, {filters_}, {out}} : Shape{{in}, {channels_}, {out}, {filters_}};
    const std::vector<int> order = first_ ? std::vector<int>{1, 3, 0, 2} : std::vector<int>{0, 2, 1, 3};
    matrix = l_.reshape(l_.transpose(l_.reshape(matrix, apart), order), {{in * out}, {channels_ * filters_}});
    std::vector<int32_t> ids;
    for_each_tap([&](int64_t result, int64_t, std::optional<int64_t> element) {
      ids.push_back(static_cast<int32_t>(element ? *element * out + result : in * out));
    });
    return picked(matrix, ids);
  }

  // The saved list is sorted by result, then by element, of tensors in the layer's data format.
  Value kernel_of_list() {
    const int64_t positions = elements_in(results_), window = elements_in(size_);
    std::vector<std::vector<int64_t>> taps(static_cast<size_t>(positions));  // taps inside the input, in the order of elements
    for_each_tap([&](int64_t result, int64_t tap, std::optional<int64_t> element) {
      if (element) taps[static_cast<size_t>(result)].push_back(tap);
    });
    int64_t count = 0;
    for (const auto& own : taps) count += static_cast<int64_t>(own.size()) * channels_ * filters_;
    std::vector<int32_t> ids(static_cast<size_t>(positions * window * channels_ * filters_), static_cast<int32_t>(count));
    int32_t next = 0;
    const auto list = [&](int64_t position, int64_t filter) {
      const auto& own = taps[static_cast<size_t>(position)];
      const auto set = [&](int64_t tap, int64_t channel) {
        ids[static_cast<size_t>(((position * window + tap) * channels_ + channel) * filters_ + filter)] = next++;
      };
      for (int64_t channel = 0; first_ && channel < channels_; ++channel) {
        for (int64_t tap : own) set(tap, channel);
      }
      for (int64_t tap : own) {
        for (int64_t channel = 0; !first_ && channel < channels_; ++channel) set(tap, channel);
      }
    };
    for (int64_t filter = 0; first_ && filter < filters_; ++filter) {
      for (int64_t position = 0; position < positions; ++position) list(position, filter);
    }
    for (int64_t position = 0; !first_ && position < positions; ++position) {
      for (int64_t filter = 0; filter < filters_; ++filter) list(position, filter);
    }
    return picked(l_.reshape(l_.weight("kernel", {{count}}), {{count}, {1}}), ids);
  }

  // Rows of the table; the row after the last one is zeros, for taps outside.
  Value picked(Value table, const std::vector<int32_t>& ids) {
    const int64_t low[]{0, 0}, high[]{1, 0};
    return l_.gather(l_.pad(table, low, high, 0), l_.constant(TensorView(ids, Dims{static_cast<int64_t>(ids.size())})), 0);
  }

  // Keras 2 reshapes a bias of (spatial…, filters) for channels_first; it does not transpose it.
  Value bias() {
    Shape shape;
    for (int64_t extent : results_) shape.push_back({extent});
    shape.push_back({filters_});
    const Value saved = l_.weight("bias", shape);
    if (!first_) return saved;
    std::rotate(shape.begin(), shape.end() - 1, shape.end());
    return l_.reshape(saved, shape);
  }

  Lowering& l_;
  bool first_, same_ = false;
  Value x_{};
  int64_t channels_ = 0, filters_ = 0, implementation_ = 1;
  Extents size_, stride_, elements_, results_, low_, high_;
};

LayerDef connected_layer(std::string name, int axes) {
  return {
      .classes = {std::move(name)},
      .keys = {"filters", "kernel_size", "strides", "padding", "data_format", "activation", "use_bias", "implementation"},
      .weights =
          [](const Config& config) {
            std::vector<WeightName> names{{.name = "kernel"}};
            if (config.flag("use_bias", true)) names.push_back({.name = "bias"});
            return names;
          },
      .children = {},
      .lower = [axes](Lowering& l) { return Connected(l, axes).result(); },
      .traits = std::make_shared<const LayerTraits>(LayerTraits{.class_in_keras3 = "-"}),
  };
}

}  // namespace

std::vector<LayerDef> locally_connected_layers() {
  return {connected_layer("LocallyConnected1D", 1), connected_layer("LocallyConnected2D", 2)};
}

}  // namespace keraunos::loader
