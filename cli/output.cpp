// SPDX-License-Identifier: Apache-2.0
// Where results go: terminal, pipe or file.
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>

#include "cli/command.hpp"
#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDefaultWidth = 80;
constexpr std::size_t kNarrowestTerminal = 40;

bool to_terminal(const OutputOptions& output) {
  return output.file.empty() && isatty(STDOUT_FILENO) == 1;
}

std::size_t terminal_width(const OutputOptions& output) {
  winsize size{};
  if (!to_terminal(output) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return kDefaultWidth;
  return std::max<std::size_t>(size.ws_col, kNarrowestTerminal);
}

// What this command reads.
std::set<std::string>& input_files() {
  static std::set<std::string> files;
  return files;
}

[[noreturn]] void fail_to_write(const std::string& file, int reason) {
  if (reason == ENOENT)
    throw Error(fmt::format("'{}' can't be written; does its folder exist?", file));
  throw Error(fmt::format("'{}' can't be written: {}", file, std::strerror(reason)));
}

// 0, or errno.
int write_straight(const fs::path& file, const WritePieces& write) {
  std::FILE* stream = std::fopen(file.c_str(), "wb");
  if (stream == nullptr) return errno;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> guard(stream, std::fclose);  // write may throw
  errno = 0;
  int reason = 0;
  write([&](std::string_view piece) {
    if (reason == 0 && std::fwrite(piece.data(), 1, piece.size(), stream) != piece.size())
      reason = errno;
  });
  const bool closed = std::fclose(guard.release()) == 0;
  return reason != 0 ? reason : closed ? 0 : errno;
}

}  // namespace

void protect_input(const std::string& file) { input_files().insert(file); }

OutputTarget output_target(const std::string& file) {
  constexpr int kMostLinks = 40;  // as the kernel
  std::error_code status;
  OutputTarget target = {file, false};
  for (int links = 0; links < kMostLinks && fs::is_symlink(target.path, status); ++links) {
    const fs::path link = fs::read_symlink(target.path, status);
    target.path = link.is_absolute() ? link : target.path.parent_path() / link;
  }
  const fs::file_status there = fs::status(file, status);
  if (fs::is_directory(there)) fail_to_write(file, EISDIR);
  for (const std::string& input : input_files()) {
    if (fs::is_regular_file(there) && fs::equivalent(input, file, status))
      throw Error(fmt::format("-o {}: the command reads this file; name another one", file));
  }
  target.special = fs::exists(there) && !fs::is_regular_file(there);
  return target;
}

void write_output(const std::string& text, const std::string& file) {
  write_pieces([&](const auto& sink) { sink(text); }, file);
}

void write_pieces(const WritePieces& write, const std::string& file) {
  if (file.empty()) {
    write([](std::string_view piece) { write_standard_output(std::string(piece)); });
    return;
  }
  std::error_code status;
  const fs::file_status there = fs::status(file, status);
  const auto [target, special] = output_target(file);
  if (special) {
    const int reason = write_straight(file, write);
    if (reason == EPIPE) throw OutputClosed{};
    if (reason != 0) fail_to_write(file, reason);
    return;
  }
  const fs::path partial = fmt::format("{}.{}.part", target.string(), getpid());
  int reason = 0;
  try {
    reason = write_straight(partial, write);
  } catch (...) {
    fs::remove(partial, status);
    throw;
  }
  if (reason == 0 && fs::exists(there)) {
    fs::permissions(partial, there.permissions(), status);
    if (status) reason = status.value();
  }
  if (reason == 0) {
    fs::rename(partial, target, status);
    reason = status.value();
  }
  if (reason == 0) return;
  fs::remove(partial, status);
  fail_to_write(file, reason);
}

void write_document(const document::Document& document, const OutputOptions& output) {
  const bool color = to_terminal(output) && std::getenv("NO_COLOR") == nullptr;
  const std::size_t width = terminal_width(output);
  const writers::TextOptions options = {width, to_terminal(output) ? width : writers::kUnlimited,
                                        output.exact, color};
  write_output(writers::find_output_format(output.format)->write(document, options), output.file);
}

void write_result(const CommandResult& result, const OutputOptions& output) {
  if (output.format == "json" && result.json)
    write_output(result.json(), output.file);
  else if (result.data && writers::find_output_format(output.format)->one_table)
    write_document(result.data(), output);
  else
    write_document(result.report(), output);
}

}  // namespace archcost::cli
