#include "kernels/cpu/onednn/primitive.h"

#include <omp.h>

#include "kernels/cpu/memory.h"

namespace keraunos::cpu::onednn {
namespace {

static_assert(DNNL_VERSION_MAJOR == 2, "written for oneDNN 2, whose descriptors oneDNN 3 replaced");
static_assert(DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP,
              "a oneDNN that does not run on OpenMP cannot be kept to one thread");

using Dims = dnnl::memory::dims;
using Tag = dnnl::memory::format_tag;

constexpr auto kFloat = dnnl::memory::data_type::f32;

Dims kernel_dims(const Geometry& g) {
  if (g.groups == 1) return {g.filters, g.channels, g.size[0], g.size[1]};
  return {g.groups, g.filters / g.groups, g.channels / g.groups, g.size[0], g.size[1]};
}

// Keras saves (height, width, channels of a group, filters); the filters of a group are adjacent.
dnnl::memory::desc saved_kernel(const Geometry& g) {
  const int64_t depth = g.channels / g.groups, column = depth * g.filters, line = g.size[1] * column;
  if (g.transposed) return {kernel_dims(g), kFloat, Dims{g.channels, 1, line, column}};
  if (g.groups == 1) return {kernel_dims(g), kFloat, Dims{1, g.filters, line, column}};
  return {kernel_dims(g), kFloat, Dims{g.filters / g.groups, 1, g.filters, line, column}};
}

dnnl::convolution_forward::primitive_desc made(const dnnl::engine& engine, const Geometry& g, bool bias,
                                               const dnnl::memory::desc* weights) {
  const dnnl::memory::desc x({g.batch, g.channels, g.in[0], g.in[1]}, kFloat, Tag::nhwc);
  const dnnl::memory::desc y({g.batch, g.filters, g.out[0], g.out[1]}, kFloat, Tag::nhwc);
  const dnnl::memory::desc kernel = weights ? *weights : dnnl::memory::desc(kernel_dims(g), kFloat, Tag::any);
  const dnnl::memory::desc start = bias ? dnnl::memory::desc({g.filters}, kFloat, Tag::a) : dnnl::memory::desc();
  const Dims stride{g.stride[0], g.stride[1]}, dilation{g.dilation[0] - 1, g.dilation[1] - 1};
  const dnnl::convolution_forward::desc desc(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x, kernel,
                                             start, y, stride, dilation, {g.low[0], g.low[1]}, {g.high[0], g.high[1]});
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return {desc, attributes, engine};
}

// Distinguishes packings of one constant: by the layout it was read in, and the layout it is packed in.
std::string packing_name(const Geometry& g, const dnnl::memory::desc& layout) {
  std::string name = std::string("onednn") + (g.transposed ? " transposed" : "") + " groups " + std::to_string(g.groups) +
                     " of " + std::to_string(g.channels) + " to " + std::to_string(g.filters);
  const auto& blocking = layout.data.format_desc.blocking;
  for (int i = 0; i < layout.data.ndims; ++i) {
    name += ' ' + std::to_string(layout.data.padded_dims[i]) + ':' + std::to_string(blocking.strides[i]);
  }
  for (int i = 0; i < blocking.inner_nblks; ++i) {
    name += " by " + std::to_string(blocking.inner_blks[i]) + " of " + std::to_string(blocking.inner_idxs[i]);
  }
  return name;
}

}  // namespace

OneThread::OneThread() : before_(omp_get_max_threads()) {
  if (before_ != 1) omp_set_num_threads(1);
}

OneThread::~OneThread() {
  if (before_ != 1) omp_set_num_threads(before_);
}

Arguments::Arguments(const dnnl::engine& engine, const dnnl::convolution_forward::primitive_desc& desc, const void* weights,
                     bool bias)
    : x_(desc.src_desc(), engine, nullptr),
      weights_(desc.weights_desc(), engine, const_cast<void*>(weights)),
      y_(desc.dst_desc(), engine, nullptr),
      scratch_(desc.scratchpad_desc(), engine, nullptr) {
  if (bias) bias_ = dnnl::memory(desc.bias_desc(), engine, nullptr);
  all_ = {{{DNNL_ARG_SRC, x_.get()},
           {DNNL_ARG_WEIGHTS, weights_.get()},
           {DNNL_ARG_DST, y_.get()},
           {DNNL_ARG_SCRATCHPAD, scratch_.get()},
           {DNNL_ARG_BIAS, bias_.get(true)}}};
}

dnnl_status_t Arguments::set(const float* x, const float* bias, float* y, void* scratch) {
  int status = dnnl_memory_set_data_handle(x_.get(), const_cast<float*>(x));
  status |= dnnl_memory_set_data_handle(y_.get(), y);
  status |= dnnl_memory_set_data_handle(scratch_.get(), scratch);
  if (bias != nullptr) status |= dnnl_memory_set_data_handle(bias_.get(), const_cast<float*>(bias));
  return static_cast<dnnl_status_t>(status);
}

Primitive::Primitive(const dnnl::engine& engine, const Geometry& geometry, bool bias, const dnnl::memory::desc* weights)
    : bias_(bias), made_(made(engine, geometry, bias, weights)), run_(made_) {}

dnnl_status_t Primitive::run(const dnnl::stream& stream, const Arguments& arguments) const {
  return dnnl_primitive_execute(run_.get(), stream.get(), bias_ ? 5 : 4, arguments.all().data());
}

std::shared_ptr<const void> packed_kernel(const Task& task, const dnnl::engine& engine, const Geometry& geometry,
                                          const dnnl::memory::desc& layout) {
  const std::string name = packing_name(geometry, layout);
  return task.constants.packed(task.node, 1, name, [&](const Tensor& saved) -> std::shared_ptr<const void> {
    const std::shared_ptr<void> memory = allocate_aligned(static_cast<int64_t>(layout.get_size()));
    dnnl::memory from(saved_kernel(geometry), engine, const_cast<void*>(saved.data())), to(layout, engine, memory.get());
    dnnl::stream stream(engine);
    dnnl::reorder(from, to).execute(stream, from, to);
    stream.wait();
    return memory;
  });
}

}  // namespace keraunos::cpu::onednn
