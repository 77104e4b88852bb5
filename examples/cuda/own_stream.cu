// A CUDA application around a model: a kernel of its own writes the model's inputs into device memory, and that kernel, the model
// and a second kernel are captured as one graph on the application's own stream. Nothing is copied to the host but the results.
//
//   own_stream MODEL.keras        a model of one input (None, 3) and one output (None, 5), float32
#include <cuda_runtime_api.h>
#include <keraunos/keraunos.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr int64_t kRows = 64, kInputs = 3, kOutputs = 5;

__host__ __device__ float element(int64_t i, int turn) { return static_cast<float>((i * 7 + turn * 13) % 32) / 16.f - 1.f; }

__global__ void make_rows(float* x, int64_t count, const int* turn) {
  const int64_t i = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < count) x[i] = element(i, *turn);
}

__global__ void next_turn(int* turn) { ++*turn; }

void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(status));
}

// CUDA's handles as unique_ptr: each is given back however the function ends.
template <auto kDestroy>
struct Destroy {
  template <class T>
  void operator()(T* handle) const {
    kDestroy(handle);
  }
};
using Stream = std::unique_ptr<CUstream_st, Destroy<cudaStreamDestroy>>;
using Graph = std::unique_ptr<CUgraph_st, Destroy<cudaGraphDestroy>>;
using GraphExec = std::unique_ptr<CUgraphExec_st, Destroy<cudaGraphExecDestroy>>;
template <class T>
using DeviceMemory = std::unique_ptr<T, Destroy<cudaFree>>;

template <class T>
DeviceMemory<T> allocate(int64_t elements) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, static_cast<size_t>(elements) * sizeof(T)), "cudaMalloc");
  return DeviceMemory<T>(static_cast<T*>(memory));
}

Stream make_stream() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  return Stream(stream);
}

template <class Body>
GraphExec capture(cudaStream_t stream, const Body& body) {
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  body();
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
  const Graph owner(graph);
  cudaGraphExec_t exec = nullptr;
  check(cudaGraphInstantiate(&exec, graph, 0), "cudaGraphInstantiate");
  return GraphExec(exec);
}

// The largest difference from what the model gives on the CPU.
float difference(const keraunos::Model& on_cpu, const std::vector<float>& found, int turn) {
  std::vector<float> rows;
  for (int64_t i = 0; i < kRows * kInputs; ++i) rows.push_back(element(i, turn));
  const keraunos::Tensor expected = on_cpu.predict({rows, {kRows, kInputs}});
  float largest = 0;
  for (size_t i = 0; i < found.size(); ++i) largest = std::max(largest, std::abs(found[i] - expected.values<float>()[i]));
  return largest;
}

float run(const char* file) {
  const keraunos::Device gpu{keraunos::Device::cuda, 0};
  const keraunos::Model model = keraunos::load_model(file, {.device = gpu, .precision = keraunos::Precision::float32});
  const keraunos::Model on_cpu = keraunos::load_model(file, {.device = keraunos::Device{}});

  const Stream stream = make_stream();
  const auto x = allocate<float>(kRows * kInputs), y = allocate<float>(kRows * kOutputs);
  const auto turn = allocate<int>(1);
  check(cudaMemsetAsync(turn.get(), 0, sizeof(int), stream.get()), "cudaMemsetAsync");

  keraunos::Session session = model.session();
  session.reserve({{kRows, kInputs}});  // plans and allocates, which a capture must not
  const keraunos::TensorView in[] = {{x.get(), keraunos::DType::float32, {kRows, kInputs}, gpu}};
  const keraunos::MutableView out[] = {{y.get(), keraunos::DType::float32, {kRows, kOutputs}, gpu}};
  const GraphExec graph = capture(stream.get(), [&] {
    constexpr unsigned threads = 64, blocks = (kRows * kInputs + threads - 1) / threads;
    make_rows<<<blocks, threads, 0, stream.get()>>>(x.get(), kRows * kInputs, turn.get());
    session.enqueue(in, out, stream.get());
    next_turn<<<1, 1, 0, stream.get()>>>(turn.get());
    check(cudaGetLastError(), "a kernel's launch");
  });

  float largest = 0;
  for (int i = 0; i < 3; ++i) {
    std::vector<float> results(kRows * kOutputs);
    check(cudaGraphLaunch(graph.get(), stream.get()), "cudaGraphLaunch");
    check(cudaMemcpyAsync(results.data(), y.get(), results.size() * sizeof(float), cudaMemcpyDeviceToHost, stream.get()),
          "cudaMemcpyAsync");
    check(cudaStreamSynchronize(stream.get()), "cudaStreamSynchronize");
    session.check();  // errors in the data of this run, such as an id outside a table
    largest = std::max(largest, difference(on_cpu, results, i));
  }
  return largest;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: own_stream MODEL.keras\n");
    return 2;
  }
  try {
    const float largest = run(argv[1]);
    std::printf("three launches of one graph; largest difference from the CPU %.1e\n", static_cast<double>(largest));
    return largest < 1e-5f ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "own_stream: %s\n", error.what());
    return 1;
  }
}
