// Reads zip archives. libzip parses the central directory and inflates; irregular archives are refused at opening
// (zip_checks.cpp), so that later code may rely on the list of members.
#include "loader/files/zip.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <unordered_map>

#include "keraunos/error.h"
#include "loader/files/zip_checks.h"
#include "loader/files/zip_source.h"

namespace keraunos::files {

struct ZipArchive::State {
  explicit State(SharedBytes bytes) : input(std::move(bytes)), archive(open_zip(input)) {}

  const ZipMember& member(std::string_view name) const {
    const auto found = index.find(name);
    if (found != index.end()) return members[found->second];
    throw ModelError("'" + input.source->name() + "' has no member '" + std::string(name) + "'");
  }

  ZipInput input;
  ZipHandle archive;
  mutable std::mutex mutex;  // libzip's handles are not thread-safe
  std::vector<ZipMember> members;
  std::unordered_map<std::string_view, size_t> index;  // into members, whose names it views
};

namespace {

constexpr int64_t kPieceBytes = int64_t{1} << 18;

/// Unpacks a member in parts and passes them to `take`; libzip verifies the checksum at the member's end.
template <class Take>
void unpack(zip_t* archive, const ZipMember& member, const std::string& where, const Take& take) {
  const auto fail = [&](const std::string& reason) { throw ModelError("cannot read " + where + ": " + reason); };
  const ZipMemberHandle handle(zip_fopen(archive, member.name.c_str(), ZIP_FL_ENC_RAW));
  if (!handle) fail(zip_strerror(archive));
  std::vector<std::byte> piece(static_cast<size_t>(std::min(member.bytes + 1, kPieceBytes)));
  for (int64_t done = 0;;) {
    const int64_t count = zip_fread(handle.get(), piece.data(), piece.size());
    if (count < 0) fail(zip_file_strerror(handle.get()));
    if (count == 0 && done == member.bytes) return;
    done += count;
    if (count == 0 || done > member.bytes) fail("its size is not the " + std::to_string(member.bytes) + " bytes that it states");
    take(std::span(piece).first(static_cast<size_t>(count)));
  }
}

void check_method(const ZipMember& member, const std::string& where) {
  if (member.method != ZipMember::Method::other) return;
  throw ModelError("cannot read " + where + ": it is packed by a method other than stored and deflated; pack the archive again");
}

}  // namespace

bool is_zip(const ByteSource& source) {
  std::array<char, 4> start{};
  if (source.size() < 22) return false;
  source.read(0, std::as_writable_bytes(std::span(start)));
  const std::string_view magic(start.data(), start.size());
  return magic == "PK\3\4" || magic == "PK\5\6";
}

ZipArchive::ZipArchive(SharedBytes source) : state_(std::make_unique<State>(std::move(source))) {
  state_->members = checked_members(state_->archive.get(), state_->input);
  for (size_t i = 0; i < state_->members.size(); ++i) state_->index.emplace(state_->members[i].name, i);
}

ZipArchive::~ZipArchive() = default;
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive& ZipArchive::operator=(ZipArchive&&) noexcept = default;

const std::string& ZipArchive::name() const noexcept { return state_->input.source->name(); }
std::span<const ZipMember> ZipArchive::members() const noexcept { return state_->members; }

const ZipMember* ZipArchive::find(std::string_view name) const noexcept {
  const auto found = state_->index.find(name);
  return found == state_->index.end() ? nullptr : &state_->members[found->second];
}

std::string ZipArchive::read_text(std::string_view name) const {
  const ZipMember& member = state_->member(name);
  const std::string where = "'" + this->name() + "/" + member.name + "'";
  check_method(member, where);
  state_->input.source->budget().take(static_cast<uint64_t>(member.bytes), where);
  std::string text;
  const std::lock_guard lock(state_->mutex);
  unpack(state_->archive.get(), member, where,
         [&](std::span<const std::byte> piece) { text.append(reinterpret_cast<const char*>(piece.data()), piece.size()); });
  return text;
}

SharedBytes ZipArchive::open(std::string_view name) const {
  const ZipMember& member = state_->member(name);
  const std::string path = this->name() + "/" + member.name;
  check_method(member, "'" + path + "'");
  if (member.method == ZipMember::Method::stored) return window(state_->input.source, member.offset, member.bytes, path);
  const SharedBudget& budget = state_->input.source->shared_budget();
  Debit debit(*budget, static_cast<uint64_t>(member.bytes), "'" + path + "', unpacked,");
  std::vector<std::byte> bytes;
  bytes.reserve(static_cast<size_t>(member.bytes));
  const std::lock_guard lock(state_->mutex);
  unpack(state_->archive.get(), member, "'" + path + "'",
         [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return from_memory(std::move(bytes), path, budget, std::move(debit));
}

void ZipArchive::verify_crc(std::string_view name) const {
  const ZipMember& member = state_->member(name);
  const std::string where = "'" + this->name() + "/" + member.name + "'";
  check_method(member, where);
  const std::lock_guard lock(state_->mutex);
  unpack(state_->archive.get(), member, where, [](std::span<const std::byte>) {});
}

}  // namespace keraunos::files
