#include "unit/api/hdf5_edit.h"

#include <hdf5.h>

#include <functional>

#include "altered.h"

namespace keraunos::hdf5 {
namespace {

std::string edited(const std::string& bytes, const std::function<void(hid_t file)>& edit) {
  const Folder folder;
  const std::string path = folder.write("edited.h5", bytes).string();
  const hid_t file = bytes.empty() ? H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)
                                   : H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  EXPECT_GE(file, 0);
  edit(file);
  EXPECT_GE(H5Fclose(file), 0);
  return bytes_of_file(path);
}

void replace(hid_t file, const std::string& path, hid_t type, const std::vector<int64_t>& shape) {
  EXPECT_GE(H5Ldelete(file, path.c_str(), H5P_DEFAULT), 0) << path;
  const std::vector<hsize_t> extents(shape.begin(), shape.end());
  const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
  const hid_t dataset = H5Dcreate2(file, path.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  int64_t bytes = static_cast<int64_t>(H5Tget_size(type));
  for (int64_t extent : shape) bytes *= extent;
  const std::vector<char> zeros(static_cast<size_t>(bytes), '\0');
  EXPECT_GE(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros.data()), 0);
  H5Dclose(dataset);
  H5Sclose(space);
}

}  // namespace

std::string without(const std::string& bytes, const std::string& path) {
  return edited(bytes, [&](hid_t file) { EXPECT_GE(H5Ldelete(file, path.c_str(), H5P_DEFAULT), 0) << path; });
}

std::string with_shape(const std::string& bytes, const std::string& path, const std::vector<int64_t>& shape) {
  return edited(bytes, [&](hid_t file) { replace(file, path, H5T_IEEE_F32LE, shape); });
}

std::string with_text(const std::string& bytes, const std::string& path) {
  return edited(bytes, [&](hid_t file) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 8);
    replace(file, path, type, {2});
    H5Tclose(type);
  });
}

std::string with_attribute(const std::string& bytes, const std::string& name, const std::string& text) {
  return edited(bytes, [&](hid_t file) {
    EXPECT_GE(H5Adelete(file, name.c_str()), 0) << name;
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, H5T_VARIABLE);
    const hid_t attribute = H5Acreate2(file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT);
    const char* value = text.c_str();
    EXPECT_GE(H5Awrite(attribute, type, &value), 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
  });
}

std::string of_somebody_else() {
  return edited({}, [](hid_t file) { H5Gclose(H5Gcreate2(file, "stuff", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)); });
}

}  // namespace keraunos::hdf5
