// Paths are walked one component at a time. Objects that were read are kept by address, so that later accesses are look-ups.
#include "loader/files/hdf5/strict.h"

#include <algorithm>

#include "loader/files/hdf5/superblock.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr const char* kAdvice =
    "; copy or download the file again, or, if it is to be trusted, let libhdf5 read it (LoadOptions::hdf5, --hdf5 library)";

}  // namespace

StrictHdf5::StrictHdf5(const SharedBytes& source) : image_(source) {
  try {
    root_ = read_superblock(image_);
    if (kind_of(object(root_)) != Hdf5File::Kind::group) throw Malformed("its root is no group");
  } catch (const Malformed& fault) {
    throw ModelError("cannot read '" + source->name() + "' as an HDF5 file: " + fault.what() +
                     "; the file is cut short or damaged" + kAdvice);
  }
}

void StrictHdf5::refuse(std::string_view path, const Malformed& fault) const {
  throw ModelError(where(path) + " is refused: " + fault.what() + kAdvice);
}

template <class Work>
decltype(auto) StrictHdf5::at(std::string_view path, const Work& work) const {
  const std::lock_guard lock(mutex_);
  try {
    return work();
  } catch (const Malformed& fault) {
    refuse(path, fault);
  }
}

StrictHdf5::Object& StrictHdf5::object(uint64_t address) const {
  std::unique_ptr<Object>& known = objects_[address];
  if (known != nullptr) return *known;
  auto read = std::make_unique<Object>();
  read->address = address;
  read->header = read_header(image_, address);
  known = std::move(read);
  return *known;
}

Hdf5File::Kind StrictHdf5::kind_of(const Object& object) {
  if (is_group(object.header)) return Hdf5File::Kind::group;
  return is_dataset(object.header) ? Hdf5File::Kind::dataset : Hdf5File::Kind::none;
}

const std::vector<Link>& StrictHdf5::links(Object& group) const {
  if (!group.links) group.links = read_links(image_, group.header, Hdf5File::kMaxChildren);
  return *group.links;
}

const std::vector<Attribute>& StrictHdf5::attributes(Object& object) const {
  if (!object.attributes) object.attributes = read_attributes(image_, object.header);
  return *object.attributes;
}

const Attribute* StrictHdf5::attribute(Object& object, const std::string& name) const {
  const auto& all = attributes(object);
  const auto found =
      std::lower_bound(all.begin(), all.end(), name, [](const Attribute& a, const std::string& b) { return a.name < b; });
  return found == all.end() || found->name != name ? nullptr : &*found;
}

StrictHdf5::Object* StrictHdf5::follow(Object& group, const std::string& name, const std::string& place) const {
  if (kind_of(group) != Hdf5File::Kind::group) return nullptr;
  const auto& all = links(group);
  const auto found =
      std::lower_bound(all.begin(), all.end(), name, [](const Link& a, const std::string& b) { return a.name < b; });
  if (found == all.end() || found->name != name) return nullptr;
  if (found->kind == Link::Kind::hard) return &object(found->address);
  const char* kind = found->kind == Link::Kind::soft       ? "a soft"
                     : found->kind == Link::Kind::external ? "an external"
                                                           : "a user-defined";
  throw ModelError(place + " is refused: it runs through " + kind + " link ('" + name + "'), which Keras never writes");
}

StrictHdf5::Object* StrictHdf5::find(std::string_view path) const {
  const auto parts = components_of(path);
  if (parts.size() > Hdf5File::kMaxDepth) throw ModelError(where(path) + " is nested too deep");
  Object* found = &object(root_);
  for (const std::string& part : parts) {
    found = follow(*found, part, where(path));
    if (found == nullptr) return nullptr;
  }
  return found;
}

StrictHdf5::Object& StrictHdf5::open(std::string_view path) const {
  Object* found = find(path);
  if (found == nullptr) throw ModelError("there is no " + where(path));
  return *found;
}

Hdf5File::Kind StrictHdf5::kind(std::string_view path) const {
  return at(path, [&] {
    const Object* found = find(path);
    return found == nullptr ? Hdf5File::Kind::none : kind_of(*found);
  });
}

std::vector<std::string> StrictHdf5::children(std::string_view path) const {
  return at(path, [&] {
    Object& group = open(path);
    if (kind_of(group) != Hdf5File::Kind::group) throw ModelError(where(path) + " is no group");
    std::vector<std::string> names;
    for (const Link& link : links(group)) names.push_back(link.name);
    return names;
  });
}

// A hard link to an ancestor group makes a loop, and parallel links can make 2^n paths with n groups: therefore the open groups
// are tracked, and all visited objects and the characters of their paths are counted.
struct StrictHdf5::Traversal {
  std::vector<uint64_t> trail;
  int64_t seen = 0;
  std::vector<std::string> found;
};

void StrictHdf5::visit(Object& object, const std::string& path, Traversal& traversal) const {
  const std::string& file = image_.source().name();
  if (++traversal.seen > Hdf5File::kMaxChildren) throw ModelError("'" + file + "' has too many objects");
  image_.count_metadata(path.size());
  if (kind_of(object) == Hdf5File::Kind::dataset) {
    image_.budget().take(sizeof(std::string) + path.size(), "the list of datasets in '" + file + "'");
    traversal.found.push_back(path);
  }
  if (kind_of(object) != Hdf5File::Kind::group) return;
  if (std::find(traversal.trail.begin(), traversal.trail.end(), object.address) != traversal.trail.end())
    throw ModelError(where(path) + " contains itself");
  if (traversal.trail.size() >= Hdf5File::kMaxDepth) throw ModelError(where(path) + " is nested too deep");
  traversal.trail.push_back(object.address);
  for (const Link& link : links(object)) {
    const std::string below = path.empty() ? link.name : path + "/" + link.name;
    if (Object* child = follow(object, link.name, where(below))) visit(*child, below, traversal);
  }
  traversal.trail.pop_back();
}

std::vector<std::string> StrictHdf5::datasets(std::string_view path) const {
  return at(path, [&] {
    Traversal traversal;
    std::string start(path);
    start.erase(0, std::min(start.find_first_not_of('/'), start.size()));
    visit(open(path), start, traversal);
    return std::move(traversal.found);
  });
}

std::vector<std::string> StrictHdf5::attribute_names(std::string_view path) const {
  return at(path, [&] {
    std::vector<std::string> names;
    for (const Attribute& attribute : attributes(open(path))) names.push_back(attribute.name);
    return names;
  });
}

std::optional<std::vector<std::string>> StrictHdf5::strings(std::string_view path, const std::string& name) const {
  return at(path, [&]() -> std::optional<std::vector<std::string>> {
    const Attribute* found = attribute(open(path), name);
    if (found == nullptr) return std::nullopt;
    try {
      return strings_in(*found, image_, heaps_);
    } catch (const Malformed& fault) {
      throw Malformed("its attribute '" + name + "': " + fault.what());
    }
  });
}

StoredDataset& StrictHdf5::stored(std::string_view path) const {
  return at(path, [&]() -> StoredDataset& {
    Object& found = open(path);
    if (kind_of(found) != Hdf5File::Kind::dataset) throw ModelError(where(path) + " is no dataset");
    if (found.dataset == nullptr) found.dataset = std::make_unique<StoredDataset>(image_, found.header, attributes(found));
    return *found.dataset;
  });
}

Hdf5File::Dataset StrictHdf5::dataset(std::string_view path) const { return stored(path).description(); }

// Without the lock, so that threads can read datasets in parallel.
void StrictHdf5::read(std::string_view path, std::span<std::byte> target) const {
  const StoredDataset& dataset = stored(path);
  try {
    dataset.read(target);
  } catch (const Malformed& fault) {
    refuse(path, fault);
  }
}

}  // namespace keraunos::files::hdf5

namespace keraunos::files {

std::unique_ptr<Hdf5Backend> open_strict_hdf5(const SharedBytes& source) { return std::make_unique<hdf5::StrictHdf5>(source); }

}  // namespace keraunos::files
