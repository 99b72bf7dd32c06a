// Where results go: terminal, pipe or file.
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/command.hpp"
#include "core/diagnostic.hpp"
#include "reports/writers.hpp"

namespace archcost {
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

}  // namespace

void declare_output(CLI::App& app, OutputOptions& output) {
  app.add_option("--format", output.format, "table, markdown, csv or json")
      ->check(CLI::IsMember({"table", "markdown", "csv", "json"}))
      ->capture_default_str();
  app.add_option("-o,--output", output.file, "write to FILE instead of standard output")
      ->type_name("FILE");
  app.add_flag("--exact", output.exact, "all digits for people too");
}

void declare_spec_options(CLI::App& app, SpecOptions& options) {
  app.add_option("--set", options.settings,
                 "set a parameter; the value may be an expression, a word or a list")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_option("--input", options.input, "input size instead of the spec's, as 3x224x224")
      ->type_name("CxHxW");
  app.add_option("--batch", options.batch, "images that are computed together")
      ->type_name("N")
      ->capture_default_str();
}

void write_output(const std::string& text, const std::string& file) {
  if (file.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    if (std::fflush(stdout) != 0) throw Error("standard output can't be written");
    return;
  }
  const fs::path target(file), partial(fmt::format("{}.{}.part", file, getpid()));
  {
    std::ofstream stream(partial, std::ios::binary);
    stream << text;
    if (!stream.flush()) {
      std::error_code status;
      fs::remove(partial, status);
      throw Error(fmt::format("'{}' can't be written; does its folder exist?", file));
    }
  }
  std::error_code status;
  fs::rename(partial, target, status);
  if (!status) return;
  const std::string reason = status.message();
  fs::remove(partial, status);
  throw Error(fmt::format("'{}' can't be written: {}", file, reason));
}

void write_document(const Document& document, const OutputOptions& output) {
  std::string text;
  if (output.format == "csv") {
    text = write_csv(document);
  } else if (output.format == "markdown") {
    text = write_markdown(document, output.exact);
  } else {
    const bool color = to_terminal(output) && std::getenv("NO_COLOR") == nullptr;
    text = write_text(document, {terminal_width(output), output.exact, color});
  }
  write_output(text, output.file);
}

}  // namespace archcost
