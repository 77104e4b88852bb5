#include "loader/layers/text/key_values.h"

#include <cstring>

#include "keraunos/error.h"
#include "loader/layers/text/hash.h"

namespace keraunos::loader::text {
namespace {

std::string_view bytes_of(const Tensor& tensor) {
  return {static_cast<const char*>(tensor.data()), static_cast<size_t>(tensor.bytes())};
}

uint64_t hash_of(const Tensor& tensor) {
  if (tensor.dtype() != DType::string) return fingerprint64(bytes_of(tensor));
  uint64_t hash = 0;
  for (const std::string_view text : tensor.values<std::string_view>()) hash = hash * 0x9ddfea08eb382d69ull + fingerprint64(text);
  return hash;
}

bool same_values(const Tensor& values, int64_t a, int64_t b) {
  if (values.dtype() == DType::string) return values.string(a) == values.string(b);
  const std::string_view bytes = bytes_of(values);
  const auto width = static_cast<size_t>(size_of(values.dtype()));
  return bytes.substr(static_cast<size_t>(a) * width, width) == bytes.substr(static_cast<size_t>(b) * width, width);
}

template <class Key>
void insert_all(const Tensor& keys, const Tensor& values, std::unordered_map<Key, int64_t>& places, const std::string& where) {
  int64_t place = 0;
  places.reserve(static_cast<size_t>(keys.dims().elements()));
  for (const Key key : keys.values<Key>()) {
    const auto [found, is_new] = places.emplace(key, place++);
    if (!is_new && !same_values(values, found->second, place - 1))
      throw ModelError(where + " has two values for one key, its entries " + std::to_string(found->second) + " and " +
                       std::to_string(place - 1));
  }
}

class FindKernel final : public Kernel {
 public:
  explicit FindKernel(std::shared_ptr<const KeyValues> table) : table_(std::move(table)) {}
  std::string name() const override { return "find in a table"; }
  std::optional<std::vector<TensorType>> infer(std::span<const TensorType> inputs) const override {
    return std::vector<TensorType>{{table_->values().dtype(), inputs[0].dims}};
  }
  // Strings of the result are views into the table, which lives as long as the model, or into the operand.
  void run(std::span<const TensorView> inputs, std::span<const MutableView> outputs) const override {
    if (table_->key_type() == DType::string)
      find<std::string_view>(inputs, outputs[0]);
    else
      find<int64_t>(inputs, outputs[0]);
  }
  bool rows_are_local() const override { return true; }
  std::string parameters() const override { return std::to_string(table_->hash()) + ' ' + std::to_string(table_->size()); }

 private:
  template <class Key>
  void find(std::span<const TensorView> inputs, const MutableView& out) const {
    const auto* keys = static_cast<const Key*>(inputs[0].data);
    const auto* values = static_cast<const std::byte*>(table_->values().data());
    const auto width = static_cast<size_t>(size_of(table_->values().dtype()));
    auto* to = static_cast<std::byte*>(out.data);
    for (int64_t i = 0; i < inputs[0].dims.elements(); ++i, to += width) {
      const int64_t place = table_->place_of(keys[i]);
      std::memcpy(to, place < 0 ? inputs[1].data : values + static_cast<size_t>(place) * width, width);
    }
  }

  std::shared_ptr<const KeyValues> table_;
};

}  // namespace

KeyValues::KeyValues(std::shared_ptr<const Tensor> keys, std::shared_ptr<const Tensor> values, const std::string& where)
    : keys_(std::move(keys)), values_(std::move(values)) {
  if (keys_->dims() != values_->dims())
    throw ModelError(where + " has keys of shape " + keys_->dims().to_string() + " and values of shape " +
                     values_->dims().to_string());
  if (keys_->dtype() != DType::string && keys_->dtype() != DType::int64)
    throw ModelError(where + " has keys of " + std::string(name_of(keys_->dtype())) + "; strings and int64 are supported");
  if (keys_->dtype() == DType::string)
    insert_all(*keys_, *values_, texts_, where);
  else
    insert_all(*keys_, *values_, integers_, where);
  hash_ = hash_of(*keys_) * 31 + hash_of(*values_);
}

int64_t KeyValues::place_of(std::string_view key) const {
  const auto found = texts_.find(key);
  return found == texts_.end() ? -1 : found->second;
}

int64_t KeyValues::place_of(int64_t key) const {
  const auto found = integers_.find(key);
  return found == integers_.end() ? -1 : found->second;
}

std::shared_ptr<const Kernel> find_kernel(std::shared_ptr<const KeyValues> table) {
  return std::make_shared<const FindKernel>(std::move(table));
}

}  // namespace keraunos::loader::text
