#include "loader/files/libhdf5/writer.h"

#include "keraunos/error.h"
#include "loader/files/libhdf5/library.h"

namespace keraunos::files {
namespace {

// Errors here are not caused by an untrusted file.
template <class T>
T wrote(T answer, const std::string& what) {
  if (answer < 0) throw UsageError("the HDF5 file cannot be written: " + what + library_reason());
  return answer;
}

Hid made(hid_t id, Hid::Closer close, const std::string& what) { return {wrote(id, what), close}; }

Hid type_of(DType dtype, const std::string& path) {
  const auto copy = [&](hid_t type) { return made(H5Tcopy(type), H5Tclose, path); };
  switch (dtype) {
    case DType::float64: return copy(H5T_IEEE_F64LE);
    case DType::float32: return copy(H5T_IEEE_F32LE);
    case DType::int8: return copy(H5T_STD_I8LE);
    case DType::int16: return copy(H5T_STD_I16LE);
    case DType::int32: return copy(H5T_STD_I32LE);
    case DType::int64: return copy(H5T_STD_I64LE);
    case DType::uint8: return copy(H5T_STD_U8LE);
    case DType::uint16: return copy(H5T_STD_U16LE);
    case DType::uint32: return copy(H5T_STD_U32LE);
    case DType::uint64: return copy(H5T_STD_U64LE);
    case DType::bfloat16: return made(H5Tcreate(H5T_OPAQUE, 2), H5Tclose, path);
    case DType::float16: {  // the library has no such type: sign in bit 15, exponent in 10 to 14, mantissa in 0 to 9
      Hid type = copy(H5T_IEEE_F32LE);
      wrote(H5Tset_fields(type.get(), 15, 10, 5, 0, 10), path);
      wrote(H5Tset_size(type.get(), 2), path);
      wrote(H5Tset_ebias(type.get(), 15), path);
      return type;
    }
    case DType::boolean: {  // as in h5py: an enumeration
      Hid type = made(H5Tenum_create(H5T_STD_I8LE), H5Tclose, path);
      const int8_t no = 0, yes = 1;
      wrote(H5Tenum_insert(type.get(), "FALSE", &no), path);
      wrote(H5Tenum_insert(type.get(), "TRUE", &yes), path);
      return type;
    }
    case DType::string: break;
  }
  throw UsageError("the HDF5 file cannot be written: " + path + " is of dtype " + std::string(name_of(dtype)));
}

void write_attribute(hid_t object, const Hdf5Attribute& attribute) {
  const Hid type = made(H5Tcopy(H5T_C_S1), H5Tclose, attribute.name);
  wrote(H5Tset_size(type.get(), H5T_VARIABLE), attribute.name);
  wrote(H5Tset_cset(type.get(), H5T_CSET_UTF8), attribute.name);
  const Hid space = made(H5Screate(H5S_SCALAR), H5Sclose, attribute.name);
  const Hid made_here = made(H5Acreate2(object, attribute.name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                             H5Aclose, attribute.name);
  const char* text = attribute.value.c_str();
  wrote(H5Awrite(made_here.get(), type.get(), &text), attribute.name);
}

// Creates objects without times, and links with all missing groups of their paths.
struct Creation {
  Hid links = made(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "links"), group = made(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, "groups"),
      dataset = made(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "datasets");
  Creation() {
    wrote(H5Pset_create_intermediate_group(links.get(), 1), "links");
    wrote(H5Pset_char_encoding(links.get(), H5T_CSET_UTF8), "links");
    wrote(H5Pset_obj_track_times(group.get(), 0), "groups");
    wrote(H5Pset_obj_track_times(dataset.get(), 0), "datasets");
  }
};

void write_group(hid_t file, const Hdf5Group& group, const Creation& creation) {
  const Hid made_here =
      made(H5Gcreate2(file, group.path.c_str(), creation.links.get(), creation.group.get(), H5P_DEFAULT), H5Gclose, group.path);
  for (const Hdf5Attribute& attribute : group.attributes) write_attribute(made_here.get(), attribute);
}

void write_dataset(hid_t file, const Hdf5Dataset& dataset, const Creation& creation) {
  const TensorView& values = dataset.values;
  std::vector<hsize_t> extents;
  for (const int64_t extent : values.dims) extents.push_back(static_cast<hsize_t>(extent));
  const Hid space =
      extents.empty() ? made(H5Screate(H5S_SCALAR), H5Sclose, dataset.path)
                      : made(H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr), H5Sclose, dataset.path);
  const Hid type = type_of(values.dtype, dataset.path);
  const Hid made_here = made(
      H5Dcreate2(file, dataset.path.c_str(), type.get(), space.get(), creation.links.get(), creation.dataset.get(), H5P_DEFAULT),
      H5Dclose, dataset.path);
  if (values.dims.elements() > 0)
    wrote(H5Dwrite(made_here.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data), dataset.path);
  if (values.dtype == DType::bfloat16) write_attribute(made_here.get(), {"dtype", "bfloat16"});
}

}  // namespace

std::vector<std::byte> hdf5_bytes(const std::vector<Hdf5Group>& groups, const std::vector<Hdf5Dataset>& datasets) {
  const LibraryScope scope;
  constexpr size_t kGrowth = size_t{1} << 20;
  const Hid access = made(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "driver");
  wrote(H5Pset_fapl_core(access.get(), kGrowth, 0), "driver");
  const Hid creation = made(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "file");
  wrote(H5Pset_obj_track_times(creation.get(), 0), "file");
  const Hid file = made(H5Fcreate("weights.h5", H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose, "file");
  const Creation objects;
  for (const Hdf5Group& group : groups) write_group(file.get(), group, objects);
  for (const Hdf5Dataset& dataset : datasets) write_dataset(file.get(), dataset, objects);
  wrote(H5Fflush(file.get(), H5F_SCOPE_LOCAL), "file");
  const ssize_t size = wrote(H5Fget_file_image(file.get(), nullptr, 0), "file");
  std::vector<std::byte> bytes(static_cast<size_t>(size));
  wrote(H5Fget_file_image(file.get(), bytes.data(), bytes.size()), "file");
  return bytes;
}

}  // namespace keraunos::files
