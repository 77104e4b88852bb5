// Attributes that hold strings, in all forms that h5py has used.
#include <algorithm>

#include "loader/files/libhdf5/reader.h"

namespace keraunos::files {
namespace {

/// Strings of variable length, which the library allocates and frees.
class VariableStrings {
 public:
  VariableStrings(hid_t type, hid_t space, size_t count) : type_(type), space_(space), pointers_(count, nullptr) {}
  ~VariableStrings() { H5Dvlen_reclaim(type_, space_, H5P_DEFAULT, pointers_.data()); }
  VariableStrings(const VariableStrings&) = delete;
  VariableStrings& operator=(const VariableStrings&) = delete;

  void* data() { return pointers_.data(); }
  std::vector<std::string> copy(MemoryBudget& budget, const std::string& what) const {
    std::vector<std::string> strings;
    for (const char* text : pointers_) {
      const std::string_view view = text == nullptr ? std::string_view() : text;
      budget.take(sizeof(std::string) + view.size(), what);  // many elements may refer to one object of the file
      strings.emplace_back(view);
    }
    return strings;
  }

 private:
  hid_t type_, space_;
  std::vector<char*> pointers_;
};

/// One attribute of an open object.
class Attribute {
 public:
  Attribute(const Hid& object, const std::string& name, const std::string& where, const ByteSource& source)
      : problem_("cannot read the attribute '" + name + "' of " + where), source_(source) {
    attribute_ = checked(H5Aopen(object.get(), name.c_str(), H5P_DEFAULT), H5Aclose, problem_);
    space_ = checked(H5Aget_space(attribute_.get()), H5Sclose, problem_);
    type_ = checked(H5Aget_type(attribute_.get()), H5Tclose, problem_);
  }

  std::vector<std::string> strings() const {
    const int64_t count = elements();
    if (count == 0) return {};
    const H5T_class_t kind = H5Tget_class(type_.get());
    if (kind == H5T_STRING && checked(H5Tis_variable_str(type_.get()), problem_) > 0) return read_variable(count);
    if (kind == H5T_STRING || kind == H5T_OPAQUE) return read_fixed(count);
    throw ModelError(problem_ + ": expected strings, found another type");
  }

 private:
  int64_t elements() const {
    if (H5Sget_simple_extent_type(space_.get()) == H5S_NULL) return 0;
    return checked(H5Sget_simple_extent_npoints(space_.get()), problem_);
  }

  /// Elements are stored in the file, so they cannot have more bytes than it; checked before memory is allocated.
  void check_size(int64_t count, int64_t size) const {
    if (size > 0 && count <= source_.size() / size) return;
    throw ModelError(problem_ + ": it states " + std::to_string(count) + " elements, more than the file can hold");
  }

  std::vector<std::string> read_variable(int64_t count) const {
    check_size(count, static_cast<int64_t>(sizeof(hvl_t)));
    const Hid memory = checked(H5Tcopy(H5T_C_S1), H5Tclose, problem_);
    checked(H5Tset_size(memory.get(), H5T_VARIABLE), problem_);
    checked(H5Tset_cset(memory.get(), H5Tget_cset(type_.get())), problem_);
    VariableStrings values(memory.get(), space_.get(), static_cast<size_t>(count));
    checked(H5Aread(attribute_.get(), memory.get(), values.data()), problem_);
    return values.copy(source_.budget(), problem_);
  }

  std::vector<std::string> read_fixed(int64_t count) const {
    const size_t size = H5Tget_size(type_.get());
    check_size(count, static_cast<int64_t>(size));
    source_.budget().take(static_cast<uint64_t>(count) * (2 * size + sizeof(std::string)), problem_);
    std::string all(static_cast<size_t>(count) * size, '\0');
    checked(H5Aread(attribute_.get(), type_.get(), all.data()), problem_);
    std::vector<std::string> strings;
    for (size_t start = 0; start < all.size(); start += size) {
      std::string& text = strings.emplace_back(all.substr(start, size));
      text.erase(text.find_last_not_of('\0') + 1);
    }
    return strings;
  }

  std::string problem_;
  const ByteSource& source_;
  Hid attribute_, space_, type_;
};

}  // namespace

extern "C" herr_t collect_attribute(hid_t, const char* name, const H5A_info_t*, void* target) {
  try {
    static_cast<std::vector<std::string>*>(target)->emplace_back(name);
  } catch (const std::exception&) {
    return -1;
  }
  return 0;
}

std::vector<std::string> LibraryHdf5::attribute_names(std::string_view path) const {
  const LibraryScope scope;
  const Hid object = open(path);
  std::vector<std::string> names;
  checked(H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_attribute, &names),
          "cannot list the attributes of " + where(path));
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::vector<std::string>> LibraryHdf5::strings(std::string_view path, const std::string& name) const {
  const LibraryScope scope;
  const Hid object = open(path);
  const std::string problem = "cannot look up the attribute '" + name + "' of " + where(path);
  if (checked(H5Aexists(object.get(), name.c_str()), problem) == 0) return std::nullopt;
  return Attribute(object, name, where(path), *source_).strings();
}

}  // namespace keraunos::files
