// HDF5 files, read only: groups, attributes of strings, datasets of numbers. Features with which a hostile file could access
// other data (links, external storage, virtual datasets, filter plug-ins) are refused. The default is our own strict reader
// (hdf5/); libhdf5 is used on request (libhdf5/).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/tensor.h"
#include "loader/files/bytes.h"

namespace keraunos {
enum class Hdf5Reader : uint8_t;
}

namespace keraunos::files {

class Hdf5Backend;

/// True for the HDF5 signature at 0, 512, 1024, 2048, … (a user block precedes it).
bool is_hdf5(const ByteSource& source);

/// An HDF5 file. Its methods may be called from any thread. Paths are "a/b/c", with or without a leading slash; "" and "/" are
/// the root. Every method throws ModelError where the file is malformed or a path goes through a soft, external or user-defined
/// link.
/// link.
class Hdf5File {
 public:
  static constexpr int kMaxDepth = 64;                       ///< components of a path
  static constexpr int64_t kMaxChildren = 100'000;           ///< of a group, and objects in a traversal
  static constexpr int64_t kFreeBytes = int64_t{256} << 20;  ///< a dataset may have this size whatever is stored,
  static constexpr int64_t kMaxRatio = 1'100;                ///< and a larger one only up to this multiple of the stored bytes

  enum class Kind : uint8_t { none, group, dataset };

  struct Dataset {
    DType dtype = DType::float32;
    Dims dims;
    std::optional<int64_t> offset;  ///< in the ByteSource, when the elements are contiguous little-endian numbers there
    int64_t bytes = 0;              ///< of all elements once read
  };

  /// Uses the strict reader.
  explicit Hdf5File(SharedBytes source);
  Hdf5File(SharedBytes source, Hdf5Reader reader);
  ~Hdf5File();
  Hdf5File(Hdf5File&&) noexcept;
  Hdf5File& operator=(Hdf5File&&) noexcept;

  const SharedBytes& source() const noexcept;
  const std::string& name() const noexcept;

  Kind kind(std::string_view path) const;
  bool has(std::string_view path) const { return kind(path) != Kind::none; }
  bool is_group(std::string_view path) const { return kind(path) == Kind::group; }
  bool is_dataset(std::string_view path) const { return kind(path) == Kind::dataset; }
  /// Names of a group's links, sorted by bytes ("10" before "2").
  std::vector<std::string> children(std::string_view path) const;
  /// Paths of all datasets below a group, depth first in the order of children(). A group that contains itself is an error.
  std::vector<std::string> datasets(std::string_view path = {}) const;

  /// Names of the attributes of a group or dataset, sorted by bytes.
  std::vector<std::string> attribute_names(std::string_view path) const;
  /// An attribute of a group or dataset that holds strings of fixed or variable length, one or many. An attribute that Keras
  /// split into `name0`, `name1`, … is joined. An empty array of any type is an empty list (NumPy makes [] a float64). nullopt
  /// when there is no such attribute.
  std::optional<std::vector<std::string>> attribute_strings(std::string_view path, std::string_view name) const;
  /// The same for exactly one string (or opaque bytes).
  std::optional<std::string> attribute_text(std::string_view path, std::string_view name) const;

  /// ModelError when there is no such dataset or its elements are no numbers of DType.
  Dataset dataset(std::string_view path) const;
  /// Reads all elements, row-major, in the machine's byte order. `target` must have dataset(path).bytes.
  void read(std::string_view path, std::span<std::byte> target) const;
  /// The same, returned as a tensor; debits the source's budget.
  Tensor read_tensor(std::string_view path) const;

 private:
  SharedBytes source_;
  std::unique_ptr<Hdf5Backend> backend_;
};

}  // namespace keraunos::files
