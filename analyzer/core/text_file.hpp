// SPDX-License-Identifier: Apache-2.0
// Reading texts whole.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

namespace archcost {

/// The whole of a file. Throws Error: missing, a directory, not readable, larger than 256 MiB.
std::string read_text_file(const std::filesystem::path& path);
/// The rest of a stream; `name` is what messages call it. Throws Error: not readable, larger than
/// 256 MiB.
std::string read_text(std::istream& stream, const std::string& name);

}  // namespace archcost
