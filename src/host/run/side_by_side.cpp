#include "host/run/side_by_side.h"

#include <algorithm>
#include <thread>

#include "host/run/row_views.h"
#include "host/run/session_state.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

constexpr int64_t kPiecesARound = 16;  // for each thread

}  // namespace

// State that the threads of one run() share.
struct SideBySide::Call {
  const PredictOptions& options;
  std::span<Tensor> results;
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int64_t> next{0}, done{0};  // pieces, rows
  int64_t end = 0;                        // of the round, in pieces
  std::atomic<bool> failed{false};
  std::mutex mutex{};
  std::exception_ptr problem{};

  void fail(std::exception_ptr what) {
    const std::lock_guard lock(mutex);
    if (problem == nullptr) problem = std::move(what);
    failed.store(true, std::memory_order_relaxed);
  }
};

SideBySide::SideBySide(const ModelState& model, std::span<const TensorView> inputs, int64_t rows_a_piece)
    : model_(model.one_thread()),
      threads_(model.device()),
      inputs_(inputs),
      total_(inputs[0].dims[0]),
      rows_(rows_a_piece),
      pieces_((total_ + rows_ - 1) / rows_) {
  const auto lanes = static_cast<size_t>(std::min<int64_t>(threads_->threads(), pieces_));
  sessions_.reserve(lanes);
  while (sessions_.size() < lanes) sessions_.push_back(model_.borrow());
  Scratch scratch;
  List<TensorView> piece = scratch.list<TensorView>(inputs.size());
  const auto warm_for = [&](int64_t rows) {
    piece.clear();
    for (const TensorView& view : inputs) piece.push_back(part_of(view, 0, rows));
    for (const ModelState::Borrowed& session : sessions_) session->warm(piece);
  };
  if (total_ % rows_ != 0) warm_for(total_ % rows_);
  warm_for(rows_);
  List<TensorType> types = scratch.list<TensorType>(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) types.push_back({model.source().inputs()[i].dtype, piece[i].dims});
  plan_ = model_.plan_for(types);
}

// The session borrowed last is returned first, so that the next call gets them in the same order: each thread finds its session
// in its core's cache.
SideBySide::~SideBySide() {
  while (!sessions_.empty()) sessions_.pop_back();
}

void SideBySide::run(const PredictOptions& options, std::span<Tensor> results) {
  Call call{.options = options, .results = results};
  for (const ModelState::Borrowed& session : sessions_) session->limit_turns(options.max_turns);
  // In rounds, so that concurrent calls take turns on the threads.
  while (call.next < pieces_ && !call.failed) {
    call.end = std::min(pieces_, call.next + kPiecesARound * static_cast<int64_t>(sessions_.size()));
    threads_->share_out(static_cast<int64_t>(sessions_.size()),
                        [this, &call](int64_t lane) { run_pieces(call, *sessions_[static_cast<size_t>(lane)]); });
    call.next = call.end;
  }
  if (call.problem != nullptr) std::rethrow_exception(call.problem);
  if (options.progress) options.progress(total_, total_);
}

void SideBySide::run_pieces(Call& call, SessionState& session) const {
  try {
    const bool reports = call.options.progress && std::this_thread::get_id() == call.caller;
    Scratch scratch;
    List<TensorView> in = scratch.list<TensorView>(inputs_.size());
    List<MutableView> out = scratch.list<MutableView>(call.results.size());
    for (int64_t piece = call.next++; piece < call.end && !call.failed; piece = call.next++) {
      if (call.options.stop.stop_requested())
        throw Cancelled("predict was stopped after " + std::to_string(call.done) + " of " + std::to_string(total_) + " rows");
      const int64_t start = piece * rows_, rows = std::min(rows_, total_ - start);
      in.clear(), out.clear();
      for (const TensorView& view : inputs_) in.push_back(part_of(view, start, rows));
      for (Tensor& tensor : call.results) out.push_back(part_of(tensor, start, rows));
      session.run(in, out);
      const int64_t done = call.done += rows;
      if (reports && done < total_) call.options.progress(done, total_);
    }
  } catch (...) {
    call.fail(std::current_exception());
  }
}

}  // namespace keraunos::host
