// Cropping, padding and patches of images.
#include "host/graph/extent.h"
#include "loader/layers/common/memory.h"
#include "loader/layers/common/window.h"
#include "loader/ops/images.h"

namespace keraunos::loader {
namespace {

struct EdgeLengths {
  int64_t before = 0, after = 0, target = 0;
};

/// A file states two of three related numbers: before, after and target.
EdgeLengths lengths_along(OperationCall& call, size_t before, size_t after, size_t target, int64_t extent, bool crops) {
  const int absent = !call.has(before) + !call.has(after) + !call.has(target);
  if (absent != 1) call.l.refuse("needs two of the numbers before, behind and of the result along each axis");
  EdgeLengths a{call.integer(before, 0), call.integer(after, 0), call.integer(target, 0)};
  for (const int64_t number : {a.before, a.after, a.target}) {
    if (number < 0 || number > Range::kMostExtent) call.l.refuse("crops or pads by " + std::to_string(number));
  }
  const int64_t sign = crops ? -1 : 1;
  if (!call.has(target)) a.target = extent + sign * (a.before + a.after);
  if (!call.has(before)) a.before = sign * (a.target - extent) - a.after;
  if (!call.has(after)) a.after = sign * (a.target - extent) - a.before;
  if (a.before < 0 || a.after < 0 || a.target < 0)
    call.l.refuse((crops ? "crops " : "pads ") + std::to_string(extent) + " elements to " + std::to_string(a.target) + " with " +
                  std::to_string(a.before) + " before and " + std::to_string(a.after) + " behind");
  return a;
}

Value cropped_edges(OperationCall& call, Value x, const EdgeLengths& rows, const EdgeLengths& columns) {
  const Value y = call.l.slice_axis(x, 1, rows.before, rows.target);
  return call.l.slice_axis(y, 2, columns.before, columns.target);
}

Value padded_edges(OperationCall& call, Value x, const EdgeLengths& rows, const EdgeLengths& columns) {
  const int64_t low[] = {0, rows.before, columns.before, 0}, high[] = {0, rows.after, columns.after, 0};
  return call.l.pad(x, low, high, 0);
}

Operation keras_edges(const char* name, const std::string& word, bool crops) {
  const auto body = [crops](OperationCall& call) -> std::vector<Value> {
    const Images images(call, call.tensor(0), 7);
    const Value x = images.batch();
    const EdgeLengths rows = lengths_along(call, 1, 3, 5, call.l.dim(x, 1).size, crops);
    const EdgeLengths columns = lengths_along(call, 2, 4, 6, call.l.dim(x, 2).size, crops);
    return {images.restored((crops ? cropped_edges : padded_edges)(call, x, rows, columns))};
  };
  return {{name},
          {},
          {"images", "top_" + word, "left_" + word, "bottom_" + word, "right_" + word, "target_height", "target_width",
           "data_format"},
          body};
}

Operation bounding_box(const char* name, const char* first, bool crops) {
  const auto body = [crops](OperationCall& call) -> std::vector<Value> {
    const Images images(call, call.tensor(0), std::nullopt);
    const Value x = images.batch();
    const auto side = [&](size_t offset, size_t target, int64_t extent) {
      if (!call.has(offset) || !call.has(target)) call.l.refuse("is called without a box of four numbers");
      EdgeLengths a{call.integer(offset, 0), 0, call.integer(target, 0)};
      a.after = crops ? extent - a.before - a.target : a.target - a.before - extent;
      if (a.before < 0 || a.target < 0 || a.after < 0 || a.target > Range::kMostExtent)
        call.l.refuse("has a box from " + std::to_string(a.before) + " of " + std::to_string(a.target) + " for an axis of " +
                      std::to_string(extent));
      return a;
    };
    const EdgeLengths rows = side(1, 3, call.l.dim(x, 1).size), columns = side(2, 4, call.l.dim(x, 2).size);
    return {images.restored((crops ? cropped_edges : padded_edges)(call, x, rows, columns))};
  };
  return {{}, {name}, {first, "offset_height", "offset_width", "target_height", "target_width"}, body, 5};
}

// One number for every axis, one for each axis, or TensorFlow's list with batch and channels.
std::vector<int64_t> numbers_of_axes(OperationCall& call, size_t parameter, size_t axes, std::vector<int64_t> otherwise) {
  std::vector<int64_t> given = call.integers(parameter).value_or(std::move(otherwise));
  if (given.size() == axes + 2 && given.front() == 1 && given.back() == 1) given = {given.begin() + 1, given.end() - 1};
  if (given.size() == 1) given.resize(axes, given[0]);
  if (given.size() != axes)
    call.l.refuse("has a list of " + std::to_string(given.size()) + " numbers for patches over " + std::to_string(axes) +
                  " axes");
  for (const int64_t number : given) {
    if (number < 1 || number > Range::kMostExtent) call.l.refuse("has patches with the number " + std::to_string(number));
  }
  return given;
}

// The indices of each window along an axis, (windows, taps).
Value elements_of_windows(OperationCall& call, int64_t extent, const Window& window, size_t axis) {
  const int64_t reach = host::reach_of(window.size[axis], window.dilation[axis]);
  const int64_t windows = extent < reach ? 0 : (extent - reach) / window.stride[axis] + 1;
  debit(call.l, "the places of the patches", host::checked_multiply(windows, window.size[axis]) * 4);
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < windows; ++i) {
    for (int64_t tap = 0; tap < window.size[axis]; ++tap)
      ids.push_back(static_cast<int32_t>(i * window.stride[axis] + tap * window.dilation[axis]));
  }
  return call.l.constant(TensorView(ids, Dims{windows, window.size[axis]}));
}

// (N, spatial…, C) → (N, windows…, taps… · C).
Value patches_of(OperationCall& call, Value x, const Window& window, int axes) {
  Lowering& l = call.l;
  std::vector<int64_t> low(static_cast<size_t>(axes) + 2, 0), high = low;
  for (size_t i = 0; i < static_cast<size_t>(axes); ++i) low[i + 1] = window.low[i], high[i + 1] = window.high[i];
  x = l.pad(x, low, high, 0);
  const Dim channels = l.dim(x, -1);
  for (int axis = axes; axis >= 1; --axis)
    x = l.gather(x, elements_of_windows(call, l.dim(x, axis).size, window, static_cast<size_t>(axis - 1)), axis);
  std::vector<int> order{0};  // windows are at 1, 3, …, followed by their taps
  for (int i = 0; i < axes; ++i) order.push_back(1 + 2 * i);
  for (int i = 0; i < axes; ++i) order.push_back(2 + 2 * i);
  order.push_back(2 * axes + 1);
  x = l.transpose(x, order);
  Shape shape{l.dim(x, 0)};
  int64_t depth = channels.size;
  for (int i = 0; i < axes; ++i)
    shape.push_back(l.dim(x, 1 + i)), depth = host::checked_multiply(depth, l.dim(x, 1 + axes + i).size);
  shape.push_back(Dim{depth});
  return l.reshape(x, shape);
}

Window patch_window(OperationCall& call, Value x, size_t axes, const std::vector<int64_t>& size,
                    const std::vector<int64_t>& stride) {
  std::string word = call.text(4).value_or("valid");
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (word != "same" && word != "valid") call.l.refuse("pads \"" + word + "\"; expected same or valid");
  const std::vector<int64_t> dilation = numbers_of_axes(call, 3, axes, {1});
  return window_over(call.l.shape(x), word == "same" ? Padding::same : Padding::valid, size, stride, dilation);
}

std::vector<Value> keras_patches(OperationCall& call) {
  const auto listed = call.integers(1);
  if (!listed) call.l.refuse("is called without a size");
  const size_t axes = listed->size() == 3 ? 3 : 2;
  const std::vector<int64_t> size = numbers_of_axes(call, 1, axes, {}), stride = numbers_of_axes(call, 2, axes, size);
  const Images images(call, call.tensor(0), 5, static_cast<int>(axes));
  const Window window = patch_window(call, images.batch(), axes, size, stride);
  return {images.restored(patches_of(call, images.batch(), window, static_cast<int>(axes)))};
}

std::vector<Value> tensorflow_patches(OperationCall& call) {
  const Value x = call.tensor(0);
  if (call.l.rank(x) != 4) call.l.refuse("needs a batch of images, found " + call.l.dims(x).to_string());
  const Window window = patch_window(call, x, 2, numbers_of_axes(call, 1, 2, {}), numbers_of_axes(call, 2, 2, {1}));
  return {patches_of(call, x, window, 2)};
}

}  // namespace

std::vector<Operation> image_parts_operations() {
  return {
      keras_edges("CropImages", "cropping", true),
      keras_edges("PadImages", "padding", false),
      bounding_box("image.crop_to_bounding_box", "image", true),
      bounding_box("image.pad_to_bounding_box", "image", false),
      {{"ExtractPatches"}, {}, {"images", "size", "strides", "dilation_rate", "padding", "data_format"}, keras_patches},
      {{}, {"image.extract_patches"}, {"images", "sizes", "strides", "rates", "padding"}, tensorflow_patches},
  };
}

}  // namespace keraunos::loader
