#include "standin/runtime/state.h"

using namespace standin;

namespace {

cudaError_t check(Runtime& r, cudaGraphExec_t exec) {
  return r.execs.contains(exec) ? cudaSuccess
                                : r.refuse(cudaErrorInvalidValue, "the executable graph does not exist, or no longer");
}

}  // namespace

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long flags) {
  return call([&](Runtime& r) -> cudaError_t {
    if (exec == nullptr || !r.graphs.contains(graph))
      return r.refuse(cudaErrorInvalidValue, "the graph does not exist, or no longer");
    if (flags != 0) return r.refuse(cudaErrorNotSupported, "the stand-in knows no flags of instantiation");
    *exec = new CUgraphExec_st{graph->nodes, {}};
    r.execs.insert(*exec);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return call([&](Runtime& r) -> cudaError_t {
    if (r.graphs.erase(graph) == 0) return r.refuse(cudaErrorInvalidValue, "the graph does not exist, or no longer");
    delete graph;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = check(r, exec); status != cudaSuccess) return status;
    r.execs.erase(exec);
    delete exec;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t stream) {
  return call([&](Runtime& r) -> cudaError_t {
    const cudaError_t status = r.check(stream);
    return status == cudaSuccess ? check(r, exec) : status;
  });
}

// Runs after the stream's earlier work and after the graph's previous launch; later work of the stream runs after all nodes.
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  return call([&](Runtime& r) -> cudaError_t {
    if (const cudaError_t status = r.check(stream); status != cudaSuccess) return status;
    if (const cudaError_t status = check(r, exec); status != cudaSuccess) return status;
    if (stream->capture != nullptr) {
      stream->capture->invalid = true;
      return r.refuse(cudaErrorNotSupported, "the stand-in does not launch a graph into a stream that is being captured");
    }
    ++r.counters.graph_launches;
    std::vector<OperationRef> nodes, ends{stream->last, exec->last};
    for (const Node& node : exec->nodes) {
      std::vector<OperationRef> before;
      for (const size_t i : node.before) before.push_back(nodes[i]);
      if (before.empty()) before = {stream->last, exec->last};
      nodes.push_back(r.add(node.work, r.lane_of(stream, node.branch), std::move(before)));
    }
    ends.insert(ends.end(), nodes.begin(), nodes.end());
    static const auto end = std::make_shared<const Work>(Work{.kind = Work::nothing, .name = "the end of a graph"});
    stream->last = exec->last = r.add(end, r.lane_of(stream, 0), std::move(ends));
    return cudaSuccess;
  });
}
