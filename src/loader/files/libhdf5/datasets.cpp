// Datasets of numbers. Keras writes contiguous, little-endian ones; those are located and read directly from the ByteSource,
// without the library and its lock. All other harmless forms (chunks, compression, other byte order) are read by the library.
#include <array>
#include <limits>

#include "loader/files/libhdf5/reader.h"
#include "loader/files/libhdf5/types.h"

namespace keraunos::files {
namespace {

static_assert(std::endian::native == std::endian::little, "files are read on little-endian machines");

constexpr int64_t kMaxChunkBytes = int64_t{1} << 30;
constexpr int64_t kMaxChunks = 1'000'000;  // the library keeps a record of each chunk while it reads

/// An open dataset whose properties were all checked.
class OpenDataset {
 public:
  OpenDataset(Hid dataset, const ByteSource& source, std::string where)
      : dataset_(std::move(dataset)), source_(source), where_(std::move(where)) {
    if (H5Iget_type(dataset_.get()) != H5I_DATASET) throw ModelError(where_ + " is no dataset");
    check_storage();
    element_ = element_type(dataset_, where_);
    measure();
    locate();
  }

  const Hdf5File::Dataset& description() const { return result_; }

  void read(std::span<std::byte> target) const {
    const Hid memory = checked(H5Tcopy(element_.file_type.get()), H5Tclose, where_);
    if (element_.is_big_endian) checked(H5Tset_order(memory.get(), H5T_ORDER_LE), where_);
    checked(H5Dread(dataset_.get(), memory.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, target.data()), "cannot read " + where_);
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw ModelError("the dataset " + where_ + " is refused: " + reason);
  }

  void check_storage() {
    const Hid properties = checked(H5Dget_create_plist(dataset_.get()), H5Pclose, where_);
    layout_ = H5Pget_layout(properties.get());
    if (layout_ != H5D_COMPACT && layout_ != H5D_CONTIGUOUS && layout_ != H5D_CHUNKED) refuse("its storage is virtual");
    if (checked(H5Pget_external_count(properties.get()), where_) > 0) refuse("its elements lie in another file");
    const int filters = checked(H5Pget_nfilters(properties.get()), where_);
    for (unsigned i = 0; i < static_cast<unsigned>(filters); ++i) check_filter(properties, i);
    if (layout_ == H5D_CHUNKED) {
      std::array<hsize_t, H5S_MAX_RANK> chunk{};
      const int rank = checked(H5Pget_chunk(properties.get(), H5S_MAX_RANK, chunk.data()), where_);
      chunk_.assign(chunk.begin(), chunk.begin() + rank);
    }
  }

  void check_filter(const Hid& properties, unsigned index) const {
    unsigned flags = 0, config = 0;
    size_t values = 0;
    const int id = H5Pget_filter2(properties.get(), index, &flags, &values, nullptr, 0, nullptr, &config);
    if (id == H5Z_FILTER_DEFLATE || id == H5Z_FILTER_SHUFFLE || id == H5Z_FILTER_FLETCHER32) return;
    refuse("its filter number " + std::to_string(id) + " is none of deflate, shuffle and fletcher32");
  }

  int64_t multiply(int64_t product, uint64_t factor) const {
    if (factor > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) refuse("its size overflows");
    if (__builtin_mul_overflow(product, static_cast<int64_t>(factor), &product)) refuse("its size overflows");
    return product;
  }

  void measure() {
    const Hid space = checked(H5Dget_space(dataset_.get()), H5Sclose, where_);
    const H5S_class_t kind = H5Sget_simple_extent_type(space.get());
    if (kind != H5S_SCALAR && kind != H5S_SIMPLE) refuse("it is empty (a null dataspace)");
    const int rank = checked(H5Sget_simple_extent_ndims(space.get()), where_);
    if (rank > Dims::kMaxRank)
      refuse("it has " + std::to_string(rank) + " dimensions, more than " + std::to_string(Dims::kMaxRank));
    std::array<hsize_t, H5S_MAX_RANK> extents{};
    checked(H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr), where_);
    std::vector<int64_t> sizes;
    // The product without extents of 0: for (0, huge, huge) Dims would throw a usage error, but the file is at fault.
    int64_t nonzero = size_of(element_.dtype);
    for (int i = 0; i < rank; ++i) {
      const hsize_t extent = extents[static_cast<size_t>(i)];
      nonzero = multiply(nonzero, extent == 0 ? 1 : extent);
      sizes.push_back(static_cast<int64_t>(extent));
    }
    if (nonzero > std::numeric_limits<int64_t>::max() / 16) refuse("its size overflows");
    result_ = {.dtype = element_.dtype, .dims = Dims(sizes), .offset = {}, .bytes = 0};
    result_.bytes = result_.dims.elements() * size_of(element_.dtype);
    if (layout_ == H5D_CHUNKED) check_chunk();
    check_expansion();
    if (layout_ == H5D_CHUNKED) check_count();
  }

  /// A small number of stored bytes must not expand to gigabytes.
  void check_expansion() const {
    const auto stored = static_cast<int64_t>(H5Dget_storage_size(dataset_.get()));
    if (result_.bytes > Hdf5File::kFreeBytes && result_.bytes / Hdf5File::kMaxRatio > stored) {
      refuse("it states " + std::to_string(result_.bytes) + " bytes where " + std::to_string(stored) + " are stored");
    }
  }

  void check_chunk() const {
    if (static_cast<int>(chunk_.size()) != result_.dims.rank()) refuse("its chunks have another rank than it has");
    int64_t bytes = size_of(element_.dtype);
    for (const hsize_t extent : chunk_) {
      if (extent == 0) refuse("its chunks are empty");
      bytes = multiply(bytes, extent);
    }
    if (bytes > kMaxChunkBytes) refuse("its chunks are larger than " + std::to_string(kMaxChunkBytes) + " bytes");
  }

  void check_count() const {
    int64_t count = 1;
    for (size_t i = 0; i < chunk_.size(); ++i) {
      const auto extent = static_cast<uint64_t>(result_.dims[static_cast<int>(i)]);
      count = multiply(count, extent / chunk_[i] + (extent % chunk_[i] != 0 ? 1 : 0));
    }
    if (count > kMaxChunks) refuse("it has more than " + std::to_string(kMaxChunks) + " chunks");
  }

  void locate() {
    const haddr_t address = layout_ == H5D_CONTIGUOUS ? H5Dget_offset(dataset_.get()) : HADDR_UNDEF;
    const auto stored = static_cast<int64_t>(H5Dget_storage_size(dataset_.get()));  // the address is wrong after a user block
    // Nothing is stored: the library returns the fill value.
    if (address == HADDR_UNDEF || stored == 0 || result_.bytes == 0) return;
    const int64_t size = source_.size();
    const bool inside = address <= static_cast<haddr_t>(size) && result_.bytes <= size - static_cast<int64_t>(address);
    if (!inside || stored < result_.bytes) {
      refuse("its " + std::to_string(result_.bytes) + " bytes run over its storage; the file is cut short or damaged");
    }
    if (!element_.is_big_endian) result_.offset = static_cast<int64_t>(address);
  }

  Hid dataset_;
  const ByteSource& source_;
  std::string where_;
  H5D_layout_t layout_ = H5D_LAYOUT_ERROR;
  std::vector<hsize_t> chunk_;  // extents, of chunked storage
  ElementType element_;
  Hdf5File::Dataset result_;
};

}  // namespace

Hdf5File::Dataset LibraryHdf5::dataset(std::string_view path) const {
  const LibraryScope scope;
  return OpenDataset(open(path), *source_, where(path)).description();
}

void LibraryHdf5::read(std::string_view path, std::span<std::byte> target) const {
  Hdf5File::Dataset description;
  {
    const LibraryScope scope;
    const OpenDataset opened(open(path), *source_, where(path));
    description = opened.description();
    if (!description.offset && description.bytes > 0) opened.read(target);
  }
  if (description.offset) source_->read(*description.offset, target);
}

}  // namespace keraunos::files
