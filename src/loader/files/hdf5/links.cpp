// Groups since HDF5 1.8: link messages in the header or, when there are many, in a fractal heap with an index by name.
#include "loader/files/hdf5/links.h"

#include <algorithm>

#include "loader/files/hdf5/btree2.h"
#include "loader/files/hdf5/fractal_heap.h"

namespace keraunos::files::hdf5 {
namespace {

constexpr uint8_t kLinksByName = 5;
constexpr const char* kLink = "link message";

// A name must be a valid component of a path.
void check_name(const std::string& name) {
  if (!name.empty() && name != "." && name.find('/') == name.npos && name.find('\0') == name.npos) return;
  throw Malformed("a link has the name '" + name + "', which cannot be part of a path");
}

void check_links(std::vector<Link>& links, uint64_t most) {
  if (links.size() > most) throw Malformed("the group has too many members, above " + std::to_string(most));
  for (const Link& link : links) check_name(link.name);
  std::sort(links.begin(), links.end(), [](const Link& a, const Link& b) { return a.name < b.name; });
  const auto twice =
      std::adjacent_find(links.begin(), links.end(), [](const Link& a, const Link& b) { return a.name == b.name; });
  if (twice != links.end()) throw Malformed("two links have the name '" + twice->name + "'");
}

void read_dense_links(const Image& image, const Message& message, uint64_t most, std::vector<Link>& links) {
  Cursor cursor = fields(image, message, "link info message");
  cursor.version({0});
  const uint8_t flags = cursor.u8();
  if ((flags & 1) != 0) cursor.skip(8);
  const uint64_t heap_address = cursor.address(), index = cursor.address();
  if (heap_address == kNowhere) return;
  FractalHeap heap(image, heap_address);
  for_each_record(image, index, kLinksByName, [&](Cursor record) {
    record.skip(4);  // the name's hash
    if (links.size() >= most) record.fail("the group has too many members, above " + std::to_string(most));
    const Piece piece = heap.object(record.take(record.left()));
    links.push_back(read_link({piece.bytes, piece.position, kLink, image.sizes}));
  });
}

}  // namespace

bool is_group(const Header& header) { return header.has(Message::symbol_table) || header.has(Message::link_info); }

Link read_link(Cursor cursor) {
  cursor.version({1});
  const uint8_t flags = cursor.u8();
  const uint8_t type = (flags & 0x08) != 0 ? cursor.u8() : 0;
  if ((flags & 0x04) != 0) cursor.skip(8);
  if ((flags & 0x10) != 0) cursor.skip(1);
  Link link;
  link.name = cursor.text(cursor.number(1 << (flags & 3)));
  link.kind = type == 0    ? Link::Kind::hard
              : type == 1  ? Link::Kind::soft
              : type == 64 ? Link::Kind::external
                           : Link::Kind::user_defined;
  if (link.kind == Link::Kind::hard) link.address = cursor.address();
  return link;
}

std::vector<Link> read_links(const Image& image, const Header& header, uint64_t most) {
  std::vector<Link> links;
  if (const Message* table = header.find(Message::symbol_table)) links = read_old_links(image, *table, most);
  for (const Message& message : header.messages) {
    if (message.type == Message::link) links.push_back(read_link(fields(image, message, kLink)));
  }
  if (const Message* info = header.find(Message::link_info)) read_dense_links(image, *info, most, links);
  check_links(links, most);
  uint64_t bytes = links.size() * sizeof(Link);
  for (const Link& link : links) bytes += link.name.size();
  image.budget().take(bytes, "the list of a group's members in '" + image.source().name() + "'");
  return links;
}

}  // namespace keraunos::files::hdf5
