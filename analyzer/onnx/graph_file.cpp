// SPDX-License-Identifier: Apache-2.0
#include "onnx/graph_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "core/diagnostic.hpp"
#include "onnx/model.hpp"

namespace archcost::onnx {
namespace {

// Larger than the numbers that numbers_of() looks at: 4,096 real ones or 65,536 whole ones of at
// most eight bytes, packed in ten.
constexpr std::uint64_t kManyReals = 32 << 10, kManyNumbers = 640 << 10;
constexpr int kMostDepth = 64;

enum class Message : std::uint32_t { kModel, kGraph, kNode, kAttribute, kTensor, kFunction };

// The fields that lead to tensors, by their numbers in onnx.proto.
struct Inner {
  Message message;
  std::uint32_t field;
  Message inner;
};
constexpr Inner kInner[] = {
    {Message::kModel, 7, Message::kGraph},      {Message::kModel, 25, Message::kFunction},
    {Message::kFunction, 7, Message::kNode},    {Message::kGraph, 1, Message::kNode},
    {Message::kGraph, 5, Message::kTensor},     {Message::kNode, 5, Message::kAttribute},
    {Message::kAttribute, 5, Message::kTensor}, {Message::kAttribute, 6, Message::kGraph},
};
// float_data, int32_data, string_data, int64_data, raw_data, double_data, uint64_data
constexpr std::uint64_t kNumberFields[] = {4, 5, 6, 7, 9, 10, 11};

class File {
 public:
  explicit File(const std::filesystem::path& path)
      : path_(path), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_ < 0 && errno == ENOENT) throw Error(fmt::format("no file '{}'", path_.string()));
    if (file_ < 0) fail(std::strerror(errno));
    struct stat status = {};
    const bool known = fstat(file_, &status) == 0;
    const int reason = errno;
    if (known && S_ISREG(status.st_mode)) {
      size_ = static_cast<std::uint64_t>(status.st_size);
      return;
    }
    close(file_);
    fail(known ? "it isn't a file" : std::strerror(reason));
  }
  ~File() { close(file_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[noreturn]] void fail(const char* reason) const {
    throw Error(fmt::format("can't read '{}': {}", path_.string(), reason));
  }
  std::uint64_t size() const { return size_; }

  /// Fewer bytes than asked for only at the end of the file.
  std::size_t read(std::uint64_t offset, char* to, std::size_t count) const {
    std::size_t done = 0;
    while (done < count) {
      const ssize_t got = pread(file_, to + done, count - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail(std::strerror(errno));
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  std::filesystem::path path_;
  int file_;
  std::uint64_t size_ = 0;
};

// Finds the numbers of large tensors; only the heads of the fields are read.
class Scan {
 public:
  struct Range {
    std::uint64_t begin, end;
  };

  explicit Scan(const File& file) : file_(&file) {}

  /// In their order; none where the file is damaged.
  std::vector<Range> run() {
    if (!message(Message::kModel, 0, file_->size(), 0)) ranges_.clear();
    return std::move(ranges_);
  }

 private:
  std::optional<std::uint8_t> byte(std::uint64_t at) {
    if (at < start_ || at >= start_ + filled_) {
      start_ = at;
      filled_ = file_->read(at, window_.data(), window_.size());
      if (filled_ == 0) return std::nullopt;
    }
    return static_cast<std::uint8_t>(window_[at - start_]);
  }

  std::optional<std::uint64_t> varint(std::uint64_t& at, std::uint64_t end) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && at < end; shift += 7) {
      const auto next = byte(at++);
      if (!next) return std::nullopt;
      value |= static_cast<std::uint64_t>(*next & 0x7f) << shift;
      if ((*next & 0x80) == 0) return value;
    }
    return std::nullopt;
  }

  bool message(Message kind, std::uint64_t at, std::uint64_t end, int depth) {
    std::uint64_t many = kManyNumbers;  // of a tensor whose type isn't known yet
    while (at < end) {
      const auto tag = varint(at, end);
      if (!tag) return false;
      const std::uint64_t field = *tag >> 3;
      std::uint64_t size = 0;
      switch (*tag & 7) {
        case 0: {
          const auto value = varint(at, end);
          if (!value) return false;
          if (kind == Message::kTensor && field == 2)  // data_type
            many = is_whole(static_cast<std::int32_t>(*value)) ? kManyNumbers : kManyReals;
          break;
        }
        case 1:
          size = 8;
          break;
        case 2: {
          const auto length = varint(at, end);
          if (!length) return false;
          size = *length;
          break;
        }
        case 5:
          size = 4;
          break;
        default:
          return false;
      }
      if (size > end - at) return false;
      const bool large = (*tag & 7) == 2 && size > (kind == Message::kTensor ? many : kManyReals);
      if (large && !inside(kind, field, {at, at + size}, depth)) return false;
      at += size;
    }
    return true;
  }

  // A field of that many bytes; smaller ones hold nothing large.
  bool inside(Message kind, std::uint64_t field, const Range& range, int depth) {
    if (kind == Message::kTensor) {
      if (std::find(std::begin(kNumberFields), std::end(kNumberFields), field) !=
          std::end(kNumberFields))
        ranges_.push_back(range);
      return true;
    }
    for (const Inner& row : kInner) {
      if (row.message == kind && row.field == field)
        return depth < kMostDepth && message(row.inner, range.begin, range.end, depth + 1);
    }
    return true;
  }

  const File* file_;
  std::array<char, 512> window_ = {};
  std::uint64_t start_ = 0, filled_ = 0;
  std::vector<Range> ranges_;
};

}  // namespace

GraphFile::GraphFile(const std::filesystem::path& path) {
  const File file(path);
  if (file.size() == 0) return;
  std::vector<Scan::Range> skipped;
  if (file.size() > kManyReals) skipped = Scan(file).run();
  skipped.push_back({file.size(), file.size()});
  void* memory = mmap(nullptr, file.size(), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) file.fail(std::strerror(errno));
  memory_ = static_cast<char*>(memory);
  size_ = file.size();
  try {
    std::uint64_t at = 0;
    for (const Scan::Range& range : skipped) {
      const std::size_t count = range.begin - at;
      if (file.read(at, memory_ + at, count) < count) file.fail("it is being written");
      at = range.end;
    }
  } catch (...) {
    munmap(memory_, size_);
    throw;
  }
}

GraphFile::~GraphFile() {
  if (memory_ != nullptr) munmap(memory_, size_);
}

}  // namespace archcost::onnx
