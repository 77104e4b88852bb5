// Hostile archives use names (outside the folder, duplicates, one name in the directory and another in the local header) or sizes
// (a small file that unpacks to a huge one, by its ratio or because many members share the same bytes).
//
// Each member's local header is therefore read once: it must have the same name as the central directory, and the ranges from
// there to the end of the data must not overlap. libzip truncates names at a NUL; comparing lengths with the local header detects
// this.
#include "loader/files/zip_checks.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_set>

#include "keraunos/error.h"

namespace keraunos::files {
namespace {

constexpr int64_t kLocalHeaderBytes = 30;

class Checker {
 public:
  Checker(zip_t* archive, ZipInput& input)
      : archive_(archive),
        input_(input),
        max_bytes_(static_cast<int64_t>(std::min<uint64_t>(input.source->budget().limit(), INT64_MAX))) {}

  std::vector<ZipMember> run() {
    const zip_int64_t count = zip_get_num_entries(archive_, 0);
    if (count > ZipArchive::kMaxMembers) refuse("it has " + std::to_string(count) + " members");
    std::vector<ZipMember> members;
    for (zip_int64_t i = 0; i < count; ++i) members.push_back(member(static_cast<zip_uint64_t>(i)));
    check_names(members);
    check_overlap(members);
    std::erase_if(members, [](const ZipMember& m) { return m.name.ends_with('/'); });
    return members;
  }

 private:
  [[noreturn]] void refuse(const std::string& reason) const {
    throw ModelError("the zip archive '" + input_.source->name() + "' is refused: " + reason);
  }
  [[noreturn]] void refuse(const ZipMember& member, const std::string& reason) const {
    refuse("its member '" + member.name + "' " + reason);
  }

  ZipMember member(zip_uint64_t index) {
    zip_stat_t status;
    if (zip_stat_index(archive_, index, ZIP_FL_ENC_RAW, &status) != 0) refuse(zip_strerror(archive_));
    constexpr zip_uint64_t kNeeded =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
    if ((status.valid & kNeeded) != kNeeded) refuse("a member lacks its name or size");
    ZipMember result{.name = status.name};
    if (status.encryption_method != ZIP_EM_NONE) refuse(result, "is encrypted");
    if (is_link(index)) refuse(result, "is a symbolic link");
    result.method = status.comp_method == ZIP_CM_STORE     ? ZipMember::Method::stored
                    : status.comp_method == ZIP_CM_DEFLATE ? ZipMember::Method::deflated
                                                           : ZipMember::Method::other;
    check_sizes(result, status.size, status.comp_size);
    locate(result, index);
    return result;
  }

  bool is_link(zip_uint64_t index) const {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(archive_, index, 0, &system, &attributes) != 0) return false;
    return system == ZIP_OPSYS_UNIX && S_ISLNK(attributes >> 16);
  }

  void check_sizes(ZipMember& member, zip_uint64_t bytes, zip_uint64_t stored) {
    const auto size = static_cast<zip_uint64_t>(input_.source->size());
    if (stored > size) refuse(member, "states more bytes than the archive has");
    if (bytes > static_cast<zip_uint64_t>(max_bytes_ - total_)) {
      refuse(member, "brings the unpacked members above the limit of " + std::to_string(max_bytes_) +
                         " bytes; if the file is to be trusted, raise LoadOptions::max_bytes (--max-bytes)");
    }
    member.bytes = static_cast<int64_t>(bytes);
    member.stored_bytes = static_cast<int64_t>(stored);
    total_ += member.bytes;
    if (member.method == ZipMember::Method::stored && bytes != stored) refuse(member, "is stored, but states two sizes");
    if (member.bytes > ZipArchive::kFreeBytes && member.bytes / ZipArchive::kMaxRatio > member.stored_bytes) {
      refuse(member, "would unpack from " + std::to_string(stored) + " to " + std::to_string(bytes) + " bytes");
    }
  }

  void locate(ZipMember& member, zip_uint64_t index) {
    input_.first_seek.reset();
    const ZipMemberHandle opened(zip_fopen_index(archive_, index, ZIP_FL_COMPRESSED));
    if (!opened) refuse(member, "cannot be opened: " + std::string(zip_strerror(archive_)));
    if (!input_.first_seek && member.bytes == 0) return;  // libzip reads nothing for an empty member
    if (!input_.first_seek) refuse(member, "cannot be located");
    member.header = *input_.first_seek;
    std::array<unsigned char, kLocalHeaderBytes> header{};
    input_.source->read(member.header, std::as_writable_bytes(std::span(header)));
    if (std::memcmp(header.data(), "PK\3\4", 4) != 0) refuse(member, "is not where the directory says");
    const int64_t name_bytes = header[26] | (header[27] << 8);
    const int64_t extra_bytes = header[28] | (header[29] << 8);
    std::string name(static_cast<size_t>(name_bytes), '\0');
    input_.source->read(member.header + kLocalHeaderBytes, std::as_writable_bytes(std::span(name)));
    if (name != member.name) refuse(member, "has another name in front of its data");
    member.offset = member.header + kLocalHeaderBytes + name_bytes + extra_bytes;
    if (member.stored_bytes > input_.source->size() - member.offset) refuse(member, "runs over the end of the archive");
  }

  void check_names(const std::vector<ZipMember>& members) const {
    std::unordered_set<std::string_view> seen;
    for (const ZipMember& member : members) {
      if (!seen.insert(member.name).second) refuse(member, "exists twice");
      if (!is_harmless(member.name)) refuse(member, "has a name that could point outside the archive");
    }
  }

  static bool is_harmless(std::string_view name) {
    if (name.empty() || name.front() == '/' || name.find('\\') != name.npos || (name.size() > 1 && name[1] == ':')) return false;
    for (size_t start = 0; start <= name.size();) {
      const size_t end = std::min(name.find('/', start), name.size());
      if (name.substr(start, end - start) == "..") return false;
      start = end + 1;
    }
    return true;
  }

  void check_overlap(const std::vector<ZipMember>& members) const {
    std::vector<const ZipMember*> sorted;
    for (const ZipMember& member : members) {
      if (member.offset > 0) sorted.push_back(&member);  // empty members have no position
    }
    std::sort(sorted.begin(), sorted.end(), [](const ZipMember* a, const ZipMember* b) { return a->header < b->header; });
    for (size_t i = 1; i < sorted.size(); ++i) {
      const ZipMember& before = *sorted[i - 1];
      if (before.offset + before.stored_bytes > sorted[i]->header) refuse(before, "overlaps '" + sorted[i]->name + "'");
    }
  }

  zip_t* archive_;
  ZipInput& input_;
  int64_t max_bytes_;
  int64_t total_ = 0;
};

}  // namespace

std::vector<ZipMember> checked_members(zip_t* archive, ZipInput& input) { return Checker(archive, input).run(); }

}  // namespace keraunos::files
