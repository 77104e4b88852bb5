// The strict reader: Hdf5File's default. It supports what Keras, h5py and libhdf5 write, refuses everything else with a message,
// and checks every range before it reads. The guarantees are in README.md, "Security".
#pragma once

#include <mutex>
#include <unordered_map>

#include "loader/files/hdf5/dataset.h"
#include "loader/files/hdf5/links.h"
#include "loader/files/hdf5_backend.h"

namespace keraunos::files::hdf5 {

class StrictHdf5 final : public Hdf5Backend {
 public:
  explicit StrictHdf5(const SharedBytes& source);

  Hdf5File::Kind kind(std::string_view path) const override;
  std::vector<std::string> children(std::string_view path) const override;
  std::vector<std::string> datasets(std::string_view path) const override;
  std::vector<std::string> attribute_names(std::string_view path) const override;
  std::optional<std::vector<std::string>> strings(std::string_view path, const std::string& name) const override;
  Hdf5File::Dataset dataset(std::string_view path) const override;
  void read(std::string_view path, std::span<std::byte> target) const override;

 private:
  /// What was read of an object; each part is read once, when it is needed.
  struct Object {
    uint64_t address = 0;
    Header header;
    std::optional<std::vector<Link>> links;
    std::optional<std::vector<Attribute>> attributes;
    std::unique_ptr<StoredDataset> dataset;
  };

  /// Runs `work` under this reader's lock; adds the path to a Malformed error.
  template <class Work>
  decltype(auto) at(std::string_view path, const Work& work) const;
  [[noreturn]] void refuse(std::string_view path, const Malformed& fault) const;
  std::string where(std::string_view path) const { return describe_hdf5(path, image_.source().name()); }

  Object& object(uint64_t address) const;
  /// Follows hard links only; nullptr when there is no such object.
  Object* find(std::string_view path) const;
  /// ModelError when there is no such object.
  Object& open(std::string_view path) const;
  Object* follow(Object& group, const std::string& name, const std::string& place) const;
  const std::vector<Link>& links(Object& group) const;
  const std::vector<Attribute>& attributes(Object& object) const;
  const Attribute* attribute(Object& object, const std::string& name) const;
  StoredDataset& stored(std::string_view path) const;
  static Hdf5File::Kind kind_of(const Object& object);

  struct Traversal;
  void visit(Object& object, const std::string& path, Traversal& traversal) const;

  mutable std::mutex mutex_;
  Image image_;
  uint64_t root_ = 0;
  mutable GlobalHeaps heaps_{image_};
  mutable std::unordered_map<uint64_t, std::unique_ptr<Object>> objects_;  // by address
};

}  // namespace keraunos::files::hdf5
