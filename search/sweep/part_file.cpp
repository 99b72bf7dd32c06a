// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/part_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::sweep {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kPiece = 1 << 20, kLongestEnd = 256, kLongestHead = kPiece / 2;

// What stands around the JSON of the two lines, by PartFormat.
struct LineForm {
  std::string_view head, end, close, earlier;
};
constexpr LineForm kForms[] = {
    {"# archcost part ", "# archcost end ", "", "# archcost sweep "},
    {"{\"archcost_part\":", "{\"archcost_end\":", "}", "{\"archcost_sweep\":"}};

const LineForm& form_of(PartFormat format) { return kForms[static_cast<std::size_t>(format)]; }

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path)
      : path_(path), handle_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (handle_ < 0) fail();
  }
  ~OpenFile() { close(handle_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  // Bytes from `place` on: fewer than asked for at the end of the file only.
  std::size_t read(char* bytes, std::size_t count, std::uint64_t place) const {
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got =
          pread(handle_, bytes + done, count - done, static_cast<off_t>(place + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail();
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }
  std::uint64_t size() const {
    const off_t end = lseek(handle_, 0, SEEK_END);
    if (end < 0) fail();
    return static_cast<std::uint64_t>(end);
  }
  // The kernel reads ahead.
  void will_be_read() const { posix_fadvise(handle_, 0, 0, POSIX_FADV_SEQUENTIAL); }

 private:
  [[noreturn]] void fail() const {
    throw Error(fmt::format("'{}' can't be read: {}", path_.string(), std::strerror(errno)));
  }
  const std::filesystem::path& path_;
  int handle_;
};

// The first line without its line break, or nothing where the file has none within reason.
std::optional<std::string> first_line(const OpenFile& file) {
  std::string line;
  while (line.size() < kLongestHead) {
    char bytes[4096];
    const std::size_t got = file.read(bytes, sizeof bytes, line.size());
    line.append(bytes, got);
    const std::size_t end = line.find('\n');
    if (end != std::string::npos) return line.substr(0, end);
    if (got < sizeof bytes) break;
  }
  return {};
}

std::optional<std::string_view> between(std::string_view line, std::string_view open,
                                        std::string_view close) {
  if (!line.starts_with(open) || !line.ends_with(close)) return {};
  line.remove_prefix(open.size());
  line.remove_suffix(close.size());
  return line;
}

std::string hexadecimal(std::uint32_t number) { return fmt::format("{:08x}", number); }

[[noreturn]] void fail_cut_off(const std::filesystem::path& path, const std::string& how) {
  throw Error(path.string(), fmt::format("cut off, or changed: {}", how));
}

}  // namespace

bool is_same_part(const PartHead& a, const PartHead& b) {
  return a.kind == b.kind && a.request == b.request && a.version == b.version &&
         to_text(a.shard) == to_text(b.shard);
}

std::string to_json_text(const PartHead& head) {
  return Json{{"kind", head.kind},
              {"request", head.request},
              {"version", head.version},
              {"shard", to_text(head.shard)},
              {"arguments", head.arguments}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

PartHead part_head(std::string_view json_text, const std::string& name) {
  try {
    const Json in = Json::parse(json_text);
    return {in.at("kind"), in.at("request"), in.at("version"),
            parse_shard(in.at("shard").get<std::string>()),
            in.at("arguments").get<std::vector<std::string>>()};
  } catch (const std::exception&) {  // of the JSON library, or of parse_shard()
    throw Error(name, "its first line is damaged");
  }
}

std::string head_line(const PartHead& head, PartFormat format) {
  return fmt::format("{}{}{}\n", form_of(format).head, to_json_text(head), form_of(format).close);
}

std::string end_line(const PartEnd& end, PartFormat format) {
  const Json json = {
      {"rows", end.rows}, {"bytes", end.bytes}, {"crc32", hexadecimal(end.checksum)}};
  return fmt::format("{}{}{}\n", form_of(format).end, json.dump(), form_of(format).close);
}

std::uint32_t checksum(std::string_view text, std::uint32_t before) {
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

std::uint32_t joined_checksum(std::uint32_t first, std::uint32_t second, std::uint64_t bytes) {
  return static_cast<std::uint32_t>(crc32_combine(first, second, static_cast<z_off_t>(bytes)));
}

std::string part_text(const PartHead& head, PartFormat format, std::string_view body,
                      std::uint64_t rows) {
  std::string text = head_line(head, format);
  text += body;
  return text + end_line({rows, text.size(), checksum(text)}, format);
}

PartFile::PartFile(std::filesystem::path file) : path_(std::move(file)) {
  const OpenFile open(path_);
  const std::optional<std::string> line = first_line(open);
  if (open.size() == 0) throw Error(path_.string(), "empty");
  if (!line) throw Error(path_.string(), "no part of an archcost run, or cut off");
  for (const PartFormat format : {PartFormat::kCsv, PartFormat::kJsonLines}) {
    const LineForm& form = form_of(format);
    if (line->starts_with(form.earlier))
      throw Error(path_.string(), "written by an earlier version of archcost");
    const auto head = between(*line, form.head, form.close);
    if (!head) continue;
    format_ = format;
    head_ = part_head(*head, path_.string());
    head_bytes_ = line->size() + 1;
    return;
  }
  throw Error(path_.string(), "no part of an archcost run");
}

PartEnd PartFile::end() const {
  const OpenFile open(path_);
  const std::uint64_t size = open.size();
  const std::size_t count = std::min<std::uint64_t>(size, kLongestEnd);
  std::string tail(count, '\0');
  tail.resize(open.read(tail.data(), count, size - count));
  if (!tail.ends_with('\n')) fail_cut_off(path_, "its last line is not complete");
  tail.pop_back();
  const std::string line = tail.substr(tail.rfind('\n') + 1);
  const auto text = between(line, form_of(format_).end, form_of(format_).close);
  if (!text) fail_cut_off(path_, "its last line is missing");
  const Json json = Json::parse(*text, nullptr, false);
  PartEnd end;
  try {
    end = {json.at("rows"), json.at("bytes"), 0};
    const auto digits = json.at("crc32").get<std::string>();
    std::from_chars(digits.data(), digits.data() + digits.size(), end.checksum, 16);
  } catch (const Json::exception&) {
    fail_cut_off(path_, "its last line is damaged");
  }
  if (end.bytes + line.size() + 1 != size || end.bytes < head_bytes_)
    fail_cut_off(
        path_,
        fmt::format("it has {} bytes instead of {}", with_commas(static_cast<std::int64_t>(size)),
                    with_commas(static_cast<std::int64_t>(end.bytes + line.size() + 1))));
  return end;
}

void PartFile::read_body(const std::function<void(std::string_view)>& piece) const {
  const PartEnd expected = end();
  const OpenFile open(path_);
  open.will_be_read();
  std::string bytes(kPiece, '\0');
  std::uint32_t found = 0;
  for (std::uint64_t place = 0; place < expected.bytes;) {
    // The first piece is the first line: it is not of the body.
    const std::uint64_t wanted = place == 0 ? head_bytes_ : expected.bytes - place;
    const std::size_t count = std::min<std::uint64_t>(wanted, kPiece);
    const std::size_t got = open.read(bytes.data(), count, place);
    if (got < count) fail_cut_off(path_, "it became shorter while it was read");
    const std::string_view text(bytes.data(), got);
    found = checksum(text, found);
    if (place > 0) piece(text);
    place += got;
  }
  if (found != expected.checksum)
    throw Error(path_.string(), fmt::format("damaged: its checksum is {} instead of {}",
                                            hexadecimal(found), hexadecimal(expected.checksum)));
}

bool looks_like_part(std::string_view first_bytes) {
  return std::any_of(std::begin(kForms), std::end(kForms), [&](const LineForm& form) {
    return first_bytes.starts_with(form.head) || first_bytes.starts_with(form.earlier);
  });
}

}  // namespace archcost::sweep
