// CSPNet of KerasHub: stages of blocks that process half of the channels (csp, cs3) or all of them (dark). KerasHub cannot
// build models with dilated stages.
#include <algorithm>
#include <cmath>

#include "loader/layers/common/arguments.h"
#include "loader/layers/extensions/keras_hub/hub_images.h"

namespace keraunos::loader {

std::vector<LayerDef> hub_cspnet_layers();

namespace {

using files::Json;
using FormTensor = FunctionalForm::Tensor;

constexpr const char* kStemPool = "keras_hub>part>StemPooling";
constexpr const char* kHalf = "keras_hub>part>HalfOfChannels";

// The ratio of a stage: one number applies to all stages, and the last number of a list to the stages after it.
double ratio_of_stage(const Config& c, const char* key, int64_t stage) {
  const Json* all = c.find(key);
  if (all == nullptr) return 1;
  if (all->is_array() && all->size() == 0) c.fail(key, "a number, or a list of them");
  const Json& one = all->is_array() ? all->at(std::min<int64_t>(stage, all->size() - 1)) : *all;
  if (!one.is_number()) c.fail(key, "a number, or a list of them");
  const double ratio = one.as_double();
  c.check(key, ratio, RealRange{1e-6, 1e3});
  return ratio;
}

int64_t rounded_part(int64_t filters, double ratio) {
  return std::max<int64_t>(1, static_cast<int64_t>(std::nearbyint(static_cast<double>(filters) * ratio)));
}

struct CspStage {
  int64_t filters, stride, depth;
  double block, bottle, expand;
};

class CspForm : public ImageForm {
 public:
  explicit CspForm(const Config& c) : ImageForm(c), c_(c), groups_(c.integer("groups", 1, Range{1, 1 << 20})) {}

  FormTensor stem(FormTensor x) {
    const Json* listed = c_.find("stem_filters");
    const std::vector<int64_t> filters = listed != nullptr && listed->is_int()
                                             ? std::vector<int64_t>{c_.integer("stem_filters", Range{1})}
                                             : hub_sizes(c_, "stem_filters");
    const int64_t kernel = c_.integer("stem_kernel_size", Range{1, 1 << 10}), strides = c_.integer("stem_strides", Range{1, 4});
    if (strides == 3) c_.fail("stem_strides", "1, 2 or 4");
    const bool pools = c_.has("stem_pooling") && c_.text("stem_pooling", "", {"max"}) == "max";
    const std::string padding = c_.text("stem_padding", "valid", {"valid", "same"});
    for (size_t i = 0; i < filters.size(); ++i) {
      const bool last = i + 1 == filters.size(), halves = (i == 0 && strides > 1) || (last && strides > 2 && !pools);
      const std::string end = '_' + std::to_string(i);
      if (halves) x = padded(x, "csp_stem_pad" + end, (kernel - 1) / 2);
      x = convolved(x, "csp_stem_conv" + end, filters[i], kernel, halves ? 2 : 1, i == 0 ? padding.c_str() : "valid");
      x = active(normalised(x, "csp_stem_bn" + end), "csp_stem_activation" + end);
    }
    channels_ = filters.back();
    if (!pools) return x;
    if (strides <= 2) c_.fail("stem_strides", "4, as the stem is pooled");
    return add(kStemPool, "csp_stem_pool", {}, x);
  }

  FormTensor dark_stage(FormTensor x, const CspStage& stage, const std::string& name) {
    x = reduced(x, stage, name, "dark", stage.filters, true);
    return blocks(x, stage, name);
  }

  FormTensor cross_stage(FormTensor x, const CspStage& stage, const std::string& name, bool third) {
    const std::string kind = third ? "cs3" : "csp", begin = name + '_' + kind;
    const int64_t wide = rounded_part(stage.filters, stage.expand);
    if (wide % 2 != 0) c_.fail("expand_ratio", "one that gives an even number of channels, not " + std::to_string(wide));
    const int64_t down = c_.flag("down_growth", false) || c_.flag("avg_down", false) ? stage.filters : channels_;
    if (stage.stride != 1) x = reduced(x, stage, name, kind, down, false);
    x = normalised(convolved(x, begin + "_conv_exp", wide, 1, 1, "valid"), begin + "_bn_2");
    if (!c_.flag("cross_linear", false)) x = active(x, begin + "_activation_2");
    FormTensor first = half(x, name, 0), second = half(x, name, 1);
    FormTensor& seen = third ? first : second;
    seen = blocks(seen, stage, name);
    if (!third) {
      second = normalised(convolved(second, begin + "_conv_transition_b", wide / 2, 1, 1, "valid"), begin + "_transition_b_bn");
      second = active(second, begin + "_transition_b_activation");
    }
    const std::string joined = begin + (third ? "_conv_transition_concat" : "_conv_concat");
    x = add("Concatenate", joined, {{"axis", -1}}, json_list({first, second}));
    channels_ = third ? wide / 2 : stage.filters;
    x = normalised(convolved(x, begin + "_conv_transition", channels_, 1, 1, "valid"), begin + "_transition_bn");
    return active(x, begin + (third ? "_activation_3" : "_transition_activation"));
  }

 private:
  FormTensor active(const FormTensor& x, const std::string& name) {
    if (c_.text("activation", "leaky_relu") == "leaky_relu") return add("LeakyReLU", name, {{"negative_slope", 0.01}}, x);
    return add("Activation", name, {{"activation", value_of(c_, "activation")}}, x);
  }

  FormTensor half(const FormTensor& x, const std::string& name, int64_t index) {
    return add(kHalf, name + "_half_" + std::to_string(index), {{"index", index}}, x);
  }

  FormTensor grouped(const FormTensor& x, const std::string& name, int64_t filters, int64_t kernel, int64_t stride,
                     const char* padding) {
    return add("Conv2D", name,
               {{"filters", filters},
                {"kernel_size", kernel},
                {"strides", stride},
                {"padding", padding},
                {"groups", groups_},
                {"use_bias", false}},
               x);
  }

  // Average pooling and a 1 x 1 convolution, or one 3 x 3 convolution.
  FormTensor reduced(FormTensor x, const CspStage& stage, const std::string& name, const std::string& kind, int64_t filters,
                     bool dark) {
    const std::string begin = name + '_' + kind;
    if (c_.flag("avg_down", false)) {
      const std::string pool = kind == "cs3" ? name + "_cross_stage3_avg_pool" : begin + "_avg_pool";
      if (stage.stride == 2) x = add("AveragePooling2D", pool, {{"pool_size", 2}}, x);
      x = grouped(x, begin + "_conv_down_1", stage.filters, 1, 1, "valid");
    } else {
      if (stage.stride > 1) x = padded(x, begin + "_conv_pad_1", 1);
      x = grouped(x, begin + "_conv_down_1", filters, 3, stage.stride, "valid");
    }
    channels_ = dark ? stage.filters : filters;
    return active(normalised(x, begin + "_bn_1"), begin + "_activation_1");
  }

  FormTensor blocks(FormTensor x, const CspStage& stage, const std::string& name) {
    const std::string kind = c_.text("block_type", "", {"dark_block", "edge_block", "bottleneck_block"});
    const int64_t filters = rounded_part(stage.filters, stage.block), inner = rounded_part(filters, stage.bottle);
    for (int64_t i = 0; i < stage.depth; ++i) {
      const std::string begin = name + "_block_" + std::to_string(i) + '_' + kind;
      const FormTensor before = x;
      const auto behind = [&](const FormTensor& y, const char* end) {
        return active(normalised(y, begin + "_bn_" + end), begin + "_activation_" + end);
      };
      const bool edge = kind == "edge_block";
      x = behind(
          edge ? grouped(x, begin + "_conv_1", inner, 3, 1, "same") : convolved(x, begin + "_conv_1", inner, 1, 1, "valid"), "1");
      const int64_t second = kind == "bottleneck_block" ? inner : filters;
      x = behind(
          edge ? convolved(x, begin + "_conv_2", second, 1, 1, "valid") : grouped(x, begin + "_conv_2", second, 3, 1, "same"),
          "2");
      if (kind == "bottleneck_block") x = normalised(convolved(x, begin + "_conv_3", filters, 1, 1, "valid"), begin + "_bn_3");
      x = added(x, before, begin + "_add");
      if (kind == "bottleneck_block") x = active(x, begin + "_activation_4");
    }
    if (stage.depth > 0) channels_ = filters;
    return x;
  }

  const Config& c_;
  int64_t groups_, channels_ = 0;
};

Json cspnet(const Config& c) {
  static_cast<void>(c.text("data_format", "channels_last", {"channels_last"}));
  const std::vector<int64_t> depths = hub_sizes(c, "stackwise_depth", 0), filters = hub_sizes(c, "stackwise_num_filters");
  const Json* stated = c.find("stackwise_strides");
  const std::vector<int64_t> strides = stated != nullptr && stated->is_int()
                                           ? std::vector<int64_t>{c.integer("stackwise_strides", Range{1, 8})}
                                           : hub_sizes(c, "stackwise_strides");
  if (filters.size() < depths.size()) c.fail("stackwise_num_filters", "as many numbers as stackwise_depth");
  const std::string type = c.text("stage_type", "", {"dark", "csp", "cs3"});
  CspForm f(c);
  const FormTensor image = f.image(c);
  FormTensor x = f.stem(image);
  int64_t reached = c.integer("stem_strides", Range{1, 4});
  const int64_t most = c.integer("output_strides", 32, Range{1, 1 << 10});
  for (size_t i = 0; i < depths.size(); ++i) {
    c.check("stackwise_depth", depths[i], Range{0, 128});
    const CspStage stage{.filters = filters[i],
                         .stride = strides[std::min(i, strides.size() - 1)],
                         .depth = depths[i],
                         .block = ratio_of_stage(c, "block_ratio", static_cast<int64_t>(i)),
                         .bottle = ratio_of_stage(c, "bottle_ratio", static_cast<int64_t>(i)),
                         .expand = ratio_of_stage(c, "expand_ratio", static_cast<int64_t>(i))};
    if (reached >= most && stage.stride > 1) c.fail("output_strides", "the product of all strides at least");
    reached *= stage.stride;
    const std::string name = hub_numbered("stage", static_cast<int64_t>(i));
    x = type == "dark" ? f.dark_stage(x, stage, name) : f.cross_stage(x, stage, name, type == "cs3");
  }
  return f.config(image, x);
}

// Max pooling; the maximum ignores the padding.
std::vector<Traced> lower_stem_pool(Lowering& l) {
  const Window window{.size = {3, 3, 1}, .stride = {2, 2, 1}, .low = {1, 1, 0}, .high = {1, 1, 0}};
  return {{l.max_pool(as_computed(l, l.input().value), window), {}}};
}

std::vector<Traced> lower_half(Lowering& l) {
  const Value x = as_computed(l, l.input().value);
  const int64_t width = l.dim(x, -1).size / 2;
  return {{l.slice_axis(x, -1, width * l.config().integer("index", Range{0, 1}), width), {}}};
}

}  // namespace

std::vector<LayerDef> hub_cspnet_layers() {
  return {
      hub_part_layer("StemPooling", {}, {}, lower_stem_pool), hub_part_layer("HalfOfChannels", {"index"}, {}, lower_half),
      hub_model(
          {"CSPNetBackbone"},
          {"stem_filters", "stem_kernel_size", "stem_strides",   "stackwise_depth", "stackwise_strides", "stackwise_num_filters",
           "stage_type",   "block_type",       "output_strides", "groups",          "activation",        "bottle_ratio",
           "block_ratio",  "expand_ratio",     "stem_padding",   "stem_pooling",    "avg_down",          "down_growth",
           "cross_linear", "image_shape",      "data_format"},
          cspnet)};
}

}  // namespace keraunos::loader
