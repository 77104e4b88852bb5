#include <algorithm>

#include "loader/layers/text/kernels.h"

namespace keraunos::loader::text {
namespace {

std::string encoding_text(const Encoding& encoding) {
  std::string text = std::to_string(static_cast<int>(encoding.mode)) + ' ' + std::string(name_of(encoding.type)) + ' ' +
                     std::to_string(encoding.depth);
  for (float weight : encoding.weights) text += ' ' + std::to_string(weight);
  return text;
}

template <class Token>
class Lookup final : public Kernel {
 public:
  using View = typename Table<Token>::View;

  Lookup(std::shared_ptr<const Table<Token>> table, Encoding encoding)
      : table_(std::move(table)), encoding_(std::move(encoding)) {}
  std::string name() const override { return "lookup"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{{encoding_.type, encoding_.result(inputs[0].dims)}};
  }
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const std::span<const View> tokens(static_cast<const View*>(inputs[0].data), static_cast<size_t>(inputs[0].dims.elements()));
    std::vector<int64_t> indices;
    indices.reserve(tokens.size());
    for (View token : tokens) indices.push_back(table_->index_of(token));
    encoding_.write(indices, inputs[0].dims, outputs[0]);
  }
  // For a rank-1 batch one vector depends on all rows.
  bool rows_are_local() const override {
    return encoding_.mode == Encoding::Mode::indices || encoding_.mode == Encoding::Mode::one_hot;
  }
  std::string parameters() const override { return std::to_string(table_->hash()) + ' ' + encoding_text(encoding_); }

 private:
  std::shared_ptr<const Table<Token>> table_;
  Encoding encoding_;
};

template <class Token>
class InverseLookup final : public Kernel {
 public:
  using View = typename Table<Token>::View;

  InverseLookup(std::shared_ptr<const Table<Token>> table, Token unknown)
      : table_(std::move(table)), unknown_(std::move(unknown)) {}
  std::string name() const override { return "inverse lookup"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{{dtype_of<View>(), inputs[0].dims}};
  }
  // Strings of the result are views into the table, which lives as long as the model.
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    const std::span<const int64_t> indices(static_cast<const int64_t*>(inputs[0].data),
                                           static_cast<size_t>(inputs[0].dims.elements()));
    std::transform(indices.begin(), indices.end(), static_cast<View*>(outputs[0].data), [&](int64_t index) {
      const Token* token = table_->token_at(index);
      return View(token != nullptr ? *token : unknown_);
    });
  }
  bool rows_are_local() const override { return true; }
  std::string parameters() const override {
    if constexpr (std::is_same_v<Token, std::string>)
      return std::to_string(table_->hash()) + ' ' + unknown_;
    else
      return std::to_string(table_->hash()) + ' ' + std::to_string(unknown_);
  }

 private:
  std::shared_ptr<const Table<Token>> table_;
  Token unknown_;
};

}  // namespace

template <class Token>
std::shared_ptr<const Kernel> lookup_kernel(std::shared_ptr<const Table<Token>> table, Encoding encoding) {
  return std::make_shared<const Lookup<Token>>(std::move(table), std::move(encoding));
}
template <class Token>
std::shared_ptr<const Kernel> inverse_lookup_kernel(std::shared_ptr<const Table<Token>> table, Token unknown) {
  return std::make_shared<const InverseLookup<Token>>(std::move(table), std::move(unknown));
}

template std::shared_ptr<const Kernel> lookup_kernel(std::shared_ptr<const Table<std::string>>, Encoding);
template std::shared_ptr<const Kernel> lookup_kernel(std::shared_ptr<const Table<int64_t>>, Encoding);
template std::shared_ptr<const Kernel> inverse_lookup_kernel(std::shared_ptr<const Table<std::string>>, std::string);
template std::shared_ptr<const Kernel> inverse_lookup_kernel(std::shared_ptr<const Table<int64_t>>, int64_t);

}  // namespace keraunos::loader::text
