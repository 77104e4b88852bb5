// Groups and paths. The library would follow soft and external links, the latter to any file of the machine. So paths are walked
// here, one component at a time, and the kind of each link is checked before it is followed.
#include <algorithm>

#include "loader/files/libhdf5/reader.h"

namespace keraunos::files {
namespace {

bool is_kind(const Hid& object, H5I_type_t kind) { return H5Iget_type(object.get()) == kind; }

/// The child of a group that a hard link names; empty when there is none.
Hid follow(const Hid& group, const std::string& name, const std::string& where) {
  if (name == "." || !is_kind(group, H5I_GROUP)) return {};
  if (checked(H5Lexists(group.get(), name.c_str(), H5P_DEFAULT), "cannot look up " + where) == 0) return {};
  H5L_info_t link{};
  checked(H5Lget_info(group.get(), name.c_str(), &link, H5P_DEFAULT), "cannot look up " + where);
  if (link.type != H5L_TYPE_HARD) {
    const char* kind = link.type == H5L_TYPE_SOFT ? "a soft" : link.type == H5L_TYPE_EXTERNAL ? "an external" : "a user-defined";
    throw ModelError(where + " is refused: it runs through " + kind + " link ('" + name + "'), which Keras never writes");
  }
  return checked(H5Oopen(group.get(), name.c_str(), H5P_DEFAULT), H5Oclose, "cannot open " + where);
}

extern "C" herr_t collect_name(hid_t, const char* name, const H5L_info_t*, void* target) {
  try {
    static_cast<std::vector<std::string>*>(target)->emplace_back(name);
  } catch (const std::exception&) {
    return -1;
  }
  return 0;
}

std::vector<std::string> names_in(const Hid& group, const std::string& where) {
  if (!is_kind(group, H5I_GROUP)) throw ModelError(where + " is no group");
  H5G_info_t info{};
  checked(H5Gget_info(group.get(), &info), "cannot read " + where);
  if (info.nlinks > static_cast<hsize_t>(Hdf5File::kMaxChildren)) throw ModelError(where + " has too many members");
  std::vector<std::string> names;
  checked(H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_name, &names), "cannot list " + where);
  std::sort(names.begin(), names.end());
  return names;
}

/// Lists datasets. A hard link to an ancestor group makes a loop, and parallel links can make 2^n paths with n groups: therefore
/// the open groups are tracked and all visited objects are counted.
class Traversal {
 public:
  explicit Traversal(const std::string& file) : file_(file) {}

  void visit(const Hid& object, const std::string& path) {
    if (++seen_ > Hdf5File::kMaxChildren) throw ModelError("'" + file_ + "' has too many objects");
    if (is_kind(object, H5I_DATASET)) found_.push_back(path);
    if (!is_kind(object, H5I_GROUP)) return;
    const std::string where = describe_hdf5(path, file_);
    H5O_info_t info{};
    checked(H5Oget_info2(object.get(), &info, H5O_INFO_BASIC), "cannot read " + where);
    if (std::find(trail_.begin(), trail_.end(), info.addr) != trail_.end()) throw ModelError(where + " contains itself");
    if (trail_.size() >= Hdf5File::kMaxDepth) throw ModelError(where + " is nested too deep");
    trail_.push_back(info.addr);
    for (const std::string& name : names_in(object, where)) {
      const std::string below = path.empty() ? name : path + "/" + name;
      if (const Hid child = follow(object, name, describe_hdf5(below, file_))) visit(child, below);
    }
    trail_.pop_back();
  }

  std::vector<std::string> take() { return std::move(found_); }

 private:
  const std::string& file_;
  std::vector<haddr_t> trail_;
  int64_t seen_ = 0;
  std::vector<std::string> found_;
};

}  // namespace

LibraryHdf5::LibraryHdf5(SharedBytes source) : source_(std::move(source)) {
  const LibraryScope scope;
  handle_ = open_hdf5(*source_);
}

LibraryHdf5::~LibraryHdf5() {
  const LibraryScope scope;
  handle_.file.reset();
  handle_.driver.reset();
}

Hid LibraryHdf5::find(std::string_view path) const {
  const auto parts = components_of(path);
  if (parts.size() > Hdf5File::kMaxDepth) throw ModelError(where(path) + " is nested too deep");
  Hid object =
      checked(H5Oopen(handle_.file.get(), "/", H5P_DEFAULT), H5Oclose, "cannot open the root group of '" + source_->name() + "'");
  for (const std::string& part : parts) {
    object = follow(object, part, where(path));
    if (!object) return {};
  }
  return object;
}

Hid LibraryHdf5::open(std::string_view path) const {
  Hid object = find(path);
  if (!object) throw ModelError("there is no " + where(path));
  return object;
}

Hdf5File::Kind LibraryHdf5::kind(std::string_view path) const {
  const LibraryScope scope;
  const Hid object = find(path);
  if (!object) return Hdf5File::Kind::none;
  if (is_kind(object, H5I_GROUP)) return Hdf5File::Kind::group;
  return is_kind(object, H5I_DATASET) ? Hdf5File::Kind::dataset : Hdf5File::Kind::none;
}

std::vector<std::string> LibraryHdf5::children(std::string_view path) const {
  const LibraryScope scope;
  return names_in(open(path), where(path));
}

std::vector<std::string> LibraryHdf5::datasets(std::string_view path) const {
  const LibraryScope scope;
  Traversal traversal(source_->name());
  std::string start(path);
  start.erase(0, std::min(start.find_first_not_of('/'), start.size()));
  traversal.visit(open(path), start);
  return traversal.take();
}

std::unique_ptr<Hdf5Backend> open_library_hdf5(const SharedBytes& source) { return std::make_unique<LibraryHdf5>(source); }

}  // namespace keraunos::files
