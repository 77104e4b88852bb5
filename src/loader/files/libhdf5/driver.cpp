// The library requests ranges of bytes from a driver. Ours reads a ByteSource, so that a file inside a zip archive or in memory
// is read in place: no temporary file, no mapping (a truncated file would crash the process), and no copy of the weights.
//
// `open` allocates a struct whose first member is the library's H5FD_t. Exceptions must not pass through C code.
#include "loader/files/libhdf5/driver.h"

#include <cstring>
#include <limits>
#include <vector>

#include "loader/files/libhdf5/heap.h"

namespace keraunos::files {
namespace {

/// The argument of open() in the file access list.
struct DriverInfo {
  const ByteSource* source;
};

struct DriverFile {
  H5FD_t base;  // must be first
  const ByteSource* source;
  haddr_t end_of_allocation;
};

DriverFile& file_of(H5FD_t* file) { return *reinterpret_cast<DriverFile*>(file); }
const DriverFile& file_of(const H5FD_t* file) { return *reinterpret_cast<const DriverFile*>(file); }

H5FD_t* open_source(const char*, unsigned flags, hid_t access, haddr_t) {
  const auto* info = static_cast<const DriverInfo*>(H5Pget_driver_info(access));
  if (info == nullptr || (flags & H5F_ACC_RDWR) != 0) return nullptr;
  auto* file = new (std::nothrow) DriverFile{};
  if (file == nullptr) return nullptr;
  file->source = info->source;
  return &file->base;
}

herr_t close_source(H5FD_t* file) {
  delete &file_of(file);
  return 0;
}

herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_DATA_SIEVE;
  return 0;
}

haddr_t get_end_of_allocation(const H5FD_t* file, H5FD_mem_t) { return file_of(file).end_of_allocation; }

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  file_of(file).end_of_allocation = address;
  return 0;
}

haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t) { return static_cast<haddr_t>(file_of(file).source->size()); }

bool bears_its_heap(const ByteSource& source, int64_t address, std::span<const std::byte> beginning) {
  const int64_t size = stated_heap_bytes(beginning);
  if (size < kHeapHeaderBytes || size > source.size() - address) return false;
  std::vector<std::byte> heap(static_cast<size_t>(size));
  source.read(address, heap);
  return is_sound_heap(heap);
}

herr_t read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t bytes, void* target) {
  if (address > static_cast<haddr_t>(std::numeric_limits<int64_t>::max())) return -1;
  try {
    file_of(file).source->read(static_cast<int64_t>(address), {static_cast<std::byte*>(target), bytes});
    const std::span<const std::byte> got(static_cast<const std::byte*>(target), bytes);
    // The library reads heaps in the same way as raw data; weights do not begin with these eight bytes by chance.
    if (begins_heap(got) && !bears_its_heap(*file_of(file).source, static_cast<int64_t>(address), got)) return -1;
  } catch (const std::exception&) {
    return -1;
  }
  return 0;
}

herr_t refuse_to_write(H5FD_t*, H5FD_mem_t, hid_t, haddr_t, size_t, const void*) { return -1; }

Hid register_driver() {
  H5FD_class_t driver{};
  driver.name = "keraunos";
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<int64_t>::max());
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(DriverInfo);
  driver.open = open_source;
  driver.close = close_source;
  driver.query = query;
  driver.get_eoa = get_end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = get_end_of_file;
  driver.read = read;
  driver.write = refuse_to_write;
  const H5FD_mem_t map[] = H5FD_FLMAP_SINGLE;
  std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));
  return checked(H5FDregister(&driver), H5FDunregister, "cannot register a driver with the HDF5 library");
}

}  // namespace

Hdf5Handle open_hdf5(const ByteSource& source) {
  const std::string problem = "cannot read '" + source.name() + "' as an HDF5 file";
  Hdf5Handle handle{.driver = register_driver(), .file = {}};
  const Hid access = checked(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, problem);
  const DriverInfo info{&source};
  checked(H5Pset_driver(access.get(), handle.driver.get(), &info), problem);
  checked(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), problem);
  handle.file = {H5Fopen("model", H5F_ACC_RDONLY, access.get()), H5Fclose};
  if (!handle.file)
    throw ModelError(problem + library_reason() + "; the file is cut short or damaged, copy or download it again");
  return handle;
}

}  // namespace keraunos::files
