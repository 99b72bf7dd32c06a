// SPDX-License-Identifier: Apache-2.0
#include "core/text_file.hpp"

#include <fmt/core.h>

#include <fstream>
#include <istream>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 256u << 20;
constexpr std::size_t kChunk = 1u << 16;

}  // namespace

std::string read_text(std::istream& stream, const std::string& name) {
  std::string text;
  while (stream) {
    const std::size_t size = text.size();
    text.resize(size + kChunk);
    stream.read(text.data() + size, kChunk);
    text.resize(size + static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kMostBytes)
      throw Error(fmt::format("'{}' is larger than {}", name, human_bytes(kMostBytes)));
  }
  if (stream.bad()) throw Error(fmt::format("'{}' can't be read", name));
  return text;
}

std::string read_text_file(const fs::path& path) {
  std::error_code status;
  if (fs::is_directory(path, status))
    throw Error(fmt::format("'{}' is a directory, not a file", path.string()));
  if (!fs::exists(path, status)) throw Error(fmt::format("no file '{}'", path.string()));
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw Error(fmt::format("'{}' can't be read", path.string()));
  return read_text(stream, path.string());
}

}  // namespace archcost
