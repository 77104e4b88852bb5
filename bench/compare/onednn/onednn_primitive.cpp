// The same layer as a primitive of oneDNN 2 (Debian's libdnnl-dev), with its weights in the primitive's preferred layout.
#include <omp.h>

#include <chrono>
#include <dnnl.hpp>
#include <unordered_map>

#include "layer.h"

namespace keraunos::bench {
namespace {

using Tag = dnnl::memory::format_tag;
using Type = dnnl::memory::data_type;

struct Primitive {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::primitive primitive{};
  std::unordered_map<int, dnnl::memory> arguments{};
  dnnl::memory::desc source{}, result{};
};

dnnl::memory::desc images(int64_t batch, int64_t channels, int64_t height, int64_t width, bool blocked) {
  return {{batch, channels, height, width}, Type::f32, blocked ? Tag::any : Tag::nhwc};
}

dnnl::memory reordered(Primitive& p, const std::vector<float>& values, const dnnl::memory::desc& from,
                       const dnnl::memory::desc& to) {
  dnnl::memory plain(from, p.engine, const_cast<float*>(values.data()));
  dnnl::memory liked(to, p.engine);
  dnnl::reorder(plain, liked).execute(p.stream, plain, liked);
  p.stream.wait();
  return liked;
}

void make_convolution(Primitive& p, const Layer& l, int64_t batch, const Weights& weights, bool blocked) {
  const int64_t groups = l.kind == Layer::depthwise ? l.channels : 1;
  const bool grouped = groups > 1;
  const dnnl::memory::dims kernel =
      grouped ? dnnl::memory::dims{groups, 1, 1, l.size, l.size} : dnnl::memory::dims{l.filters, l.channels, l.size, l.size};
  const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
                                             images(batch, l.channels, l.height, l.width, blocked), {kernel, Type::f32, Tag::any},
                                             {{l.filters}, Type::f32, Tag::a},
                                             images(batch, l.filters, l.out(l.height), l.out(l.width), blocked),
                                             {l.stride, l.stride}, {l.before, l.before}, {l.after, l.after});
  const dnnl::convolution_forward::primitive_desc chosen(desc, p.engine);
  p.primitive = dnnl::convolution_forward(chosen);
  p.source = chosen.src_desc(), p.result = chosen.dst_desc();
  // Keras stores (height, width, channels / groups, filters): for depthwise convolutions that is hwigo with one input channel and
  // the groups as filters.
  p.arguments[DNNL_ARG_WEIGHTS] =
      reordered(p, weights.kernel, {kernel, Type::f32, grouped ? Tag::hwigo : Tag::hwio}, chosen.weights_desc());
  p.arguments[DNNL_ARG_BIAS] = reordered(p, weights.bias, {{l.filters}, Type::f32, Tag::a}, {{l.filters}, Type::f32, Tag::a});
}

void make_product(Primitive& p, const Layer& l, int64_t batch, const Weights& weights) {
  const dnnl::memory::dims kernel{l.channels, l.filters};
  const dnnl::matmul::desc desc({{batch * l.height, l.channels}, Type::f32, Tag::ab}, {kernel, Type::f32, Tag::any},
                                {{1, l.filters}, Type::f32, Tag::ab}, {{batch * l.height, l.filters}, Type::f32, Tag::ab});
  const dnnl::matmul::primitive_desc chosen(desc, p.engine);
  p.primitive = dnnl::matmul(chosen);
  p.source = chosen.src_desc(), p.result = chosen.dst_desc();
  p.arguments[DNNL_ARG_WEIGHTS] = reordered(p, weights.kernel, {kernel, Type::f32, Tag::ab}, chosen.weights_desc());
  p.arguments[DNNL_ARG_BIAS] =
      reordered(p, weights.bias, {{1, l.filters}, Type::f32, Tag::ab}, {{1, l.filters}, Type::f32, Tag::ab});
}

// Pooling has no preferred layout for its source: blocked means blocks of eight channels, the result layout of AVX2's
// convolutions.
void make_pool(Primitive& p, const Layer& l, int64_t batch, bool blocked) {
  const dnnl::memory::desc source({batch, l.channels, l.height, l.width}, Type::f32, blocked ? Tag::nChw8c : Tag::nhwc);
  const dnnl::pooling_forward::desc desc(
      dnnl::prop_kind::forward_inference,
      l.kind == Layer::max_pool ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding, source,
      images(batch, l.channels, l.out(l.height), l.out(l.width), blocked), {l.stride, l.stride}, {l.size, l.size},
      {l.before, l.before}, {l.after, l.after});
  const dnnl::pooling_forward::primitive_desc chosen(desc, p.engine);
  p.primitive = dnnl::pooling_forward(chosen);
  p.source = chosen.src_desc(), p.result = chosen.dst_desc();
}

}  // namespace

Ready ready_onednn(const Layer& layer, int64_t batch, int threads, const Weights& weights, bool blocked) {
  omp_set_num_threads(threads);
  const auto p = std::make_shared<Primitive>();
  const auto begun = std::chrono::steady_clock::now();
  if (layer.kind == Layer::product)
    make_product(*p, layer, batch, weights);
  else if (layer.has_kernel())
    make_convolution(*p, layer, batch, weights, blocked);
  else
    make_pool(*p, layer, batch, blocked);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  p->arguments[DNNL_ARG_SRC] = dnnl::memory(p->source, p->engine, nullptr);
  p->arguments[DNNL_ARG_DST] = dnnl::memory(p->result, p->engine, nullptr);
  return {seconds, [p, threads](const float* x, float* y) {
            omp_set_num_threads(threads);
            p->arguments[DNNL_ARG_SRC].set_data_handle(const_cast<float*>(x));
            p->arguments[DNNL_ARG_DST].set_data_handle(y);
            p->primitive.execute(p->stream, p->arguments);
            p->stream.wait();
          }};
}

}  // namespace keraunos::bench
