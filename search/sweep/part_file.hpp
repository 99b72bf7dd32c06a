// SPDX-License-Identifier: Apache-2.0
// The file of one shard. Its first line says of which work it is a part and which command made it;
// its last line has its length and a checksum, so that a truncated or changed file is found.
//
//   # archcost part {"arguments":["sweep","mobilenet_v1"],"kind":"sweep","request":"90f2...",
//   "shard":"2/16","version":"0.1.0"}
//   alpha,macs
//   0.5,149497088
//   # archcost end {"bytes":164,"crc32":"1c291ca3","rows":1}
//
// In JSON lines the first and the last line are objects: {"archcost_part":{...}} and
// {"archcost_end":{...}}.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search/sweep/shard.hpp"

namespace archcost::sweep {

enum class PartFormat : std::uint8_t { kCsv, kJsonLines };

/// What a part says of itself.
struct PartHead {
  std::string kind;     ///< of work: "sweep", "search", "accuracy", "profile"
  std::string request;  ///< a fingerprint of all that the result depends on
  std::string version;  ///< of archcost
  Shard shard;
  /// Of the command, without its shard, its output and what does not change the result.
  std::vector<std::string> arguments;
};
/// The same part of the same work, by the same version.
bool is_same_part(const PartHead& a, const PartHead& b);
/// As one line of JSON, without a line break.
std::string to_json_text(const PartHead& head);
/// Throws Error where the text is no head; `name` is what messages call it.
PartHead part_head(std::string_view json_text, const std::string& name);

/// A line, with its line break.
std::string head_line(const PartHead& head, PartFormat format);

/// What precedes the last line.
struct PartEnd {
  std::uint64_t rows = 0, bytes = 0;
  std::uint32_t checksum = 0;  ///< see checksum()

  friend bool operator==(const PartEnd&, const PartEnd&) = default;
};
/// A line, with its line break.
std::string end_line(const PartEnd& end, PartFormat format);

/// CRC-32 of a text that follows one with the checksum `before`.
std::uint32_t checksum(std::string_view text, std::uint32_t before = 0);
/// CRC-32 of two texts in a row, from those of each; `bytes` is the second one's length.
std::uint32_t joined_checksum(std::uint32_t first, std::uint32_t second, std::uint64_t bytes);

/// The whole file of a part: its head, what follows that, and its end.
std::string part_text(const PartHead& head, PartFormat format, std::string_view body,
                      std::uint64_t rows);

/// A part that is read.
class PartFile {
 public:
  /// Reads the first line. Throws Error: can't be read, no part, of an earlier version.
  explicit PartFile(std::filesystem::path file);

  const std::filesystem::path& path() const { return path_; }
  const PartHead& head() const { return head_; }
  PartFormat format() const { return format_; }
  /// Reads the last line. Throws Error: the file is cut off or was changed.
  PartEnd end() const;
  /// Gives what stands between the first and the last line to `piece`, in pieces of at most 1 MiB.
  /// Throws Error as end() does, and where the checksum differs, after the last piece.
  void read_body(const std::function<void(std::string_view)>& piece) const;

 private:
  std::filesystem::path path_;
  PartFormat format_ = PartFormat::kCsv;
  PartHead head_;
  std::uint64_t head_bytes_ = 0;
};

/// Whether the first bytes of a file are those of a part, or of one of an earlier version.
bool looks_like_part(std::string_view first_bytes);

}  // namespace archcost::sweep
