// SPDX-License-Identifier: Apache-2.0
#include "reports/pictures/gnuplot.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::pictures {
namespace {

namespace fs = std::filesystem;

// A colour of the script, as gnuplot writes it into SVGs, and what a dark scheme has instead.
struct Shade {
  const char* name;
  const char* light;
  std::array<const char*, 2> written;
  const char* dark;
};
constexpr Shade kShades[] = {
    {"ink", "#24292f", {"rgb(36,41,47)", "rgb( 36,  41,  47)"}, "#e6edf3"},
    {"axis", "#57606a", {"rgb(87,96,106)", "rgb( 87,  96, 106)"}, "#9ea7b3"},
    {"faint", "#d0d7de", {"rgb(208,215,222)", "rgb(208, 215, 222)"}, "#3d444d"},
    {"ground", "#ffffff", {"#ffffff", "rgb(255, 255, 255)"}, "#0d1117"},
};

// Distinct for colour-blind readers, of medium lightness: Okabe and Ito,
// https://jfly.uni-koeln.de/color/.
constexpr const char* kSeries[] = {"#0072b2", "#e69f00", "#009e73",
                                   "#d55e00", "#cc79a7", "#56b4e9"};

std::string preamble(const Picture& picture) {
  std::string text = "# Draws " + picture.name + ".svg from " + picture.name + ".csv.\nreset\n";
  text += fmt::format(
      "set terminal svg size {},{} font 'sans-serif,14' background rgb '#ffffff' noenhanced\n"
      "set output '{}.svg'\n",
      kPictureWidth, picture.height, picture.name);
  for (const Shade& shade : kShades) text += fmt::format("{} = '{}'\n", shade.name, shade.light);
  int type = 1;
  for (const char* color : kSeries)
    text += fmt::format("set linetype {} lc rgb '{}' lw 2 pt 7 ps 0.7\n", type++, color);
  text +=
      "set encoding utf8\n"
      "set datafile separator comma\n"
      "set datafile commentschars ''\n"
      "set datafile columnheaders\n"
      "set border 3 lc rgb axis\n"
      "set tics nomirror textcolor rgb ink\n"
      "set xlabel textcolor rgb ink\n"
      "set ylabel textcolor rgb ink\n"
      "set grid lc rgb faint lw 1 lt 1\n"
      "set key textcolor rgb ink\n"
      "set style fill solid 1 noborder\n";
  return text;
}

std::string dark_style() {
  std::string rules;
  for (const Shade& shade : kShades) {
    for (const char* written : shade.written) {
      rules += fmt::format("[fill=\"{0}\"] {{fill: {1}}} [stroke=\"{0}\"] {{stroke: {1}}}\n",
                           written, shade.dark);
    }
  }
  return "<style>@media (prefers-color-scheme: dark) {\n" + rules + "}</style>\n";
}

// Whole, or not at all: gnuplot leaves half a file behind when it fails.
bool finish_svg(const fs::path& file, const Picture& picture) {
  std::error_code status;
  if (!fs::is_regular_file(file, status)) return false;
  std::string text = read_text_file(file);
  const std::string title = "<title>Gnuplot</title>";
  const std::size_t at = text.find(title);
  if (at == std::string::npos || text.find("</svg>") == std::string::npos) return false;
  text.replace(
      at, title.size(),
      "<title>" + escape_xml(writers::one_line(picture.alt)) + "</title>\n" + dark_style());
  std::ofstream stream(file, std::ios::binary);
  stream << text << std::flush;
  return stream.good();
}

struct Outcome {
  bool fine = false;
  std::string said;
};

// Runs in `folder`, without a shell.
Outcome run_gnuplot(const fs::path& gnuplot, const std::vector<const Picture*>& pictures,
                    const fs::path& folder) {
  std::vector<std::string> words = {gnuplot.string()};
  for (const Picture* picture : pictures) words.push_back(picture->name + ".gp");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw Error(fmt::format("'{}' can't be started: {}", gnuplot.string(), std::strerror(errno)));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  pid_t process = 0;
  const int failed =
      posix_spawn(&process, gnuplot.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Outcome outcome;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; failed == 0;) {
    got = read(ends[0], buffer.data(), buffer.size());
    if (got > 0) outcome.said.append(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) break;
  }
  close(ends[0]);
  if (failed != 0)
    throw Error(fmt::format("'{}' can't be started: {}", gnuplot.string(), std::strerror(failed)));
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  return outcome;
}

// gnuplot's message is between lines of the script and carets.
std::string last_line(const std::string& said) {
  std::string line = "no reason given";
  for (const std::string& each : split(said, '\n')) {
    if (!trim(each).empty()) line = std::string(trim(each));
  }
  return line;
}

}  // namespace

std::string gnuplot_quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : writers::one_line(text))
    quoted += c == '\'' || c == '"' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string gnuplot_script(const Picture& picture) { return preamble(picture) + picture.script; }

std::optional<fs::path> find_gnuplot() {
  std::error_code status;
  const auto runs = [&](const fs::path& file) {
    return fs::is_regular_file(file, status) && access(file.c_str(), X_OK) == 0;
  };
  if (const char* named = std::getenv("ARCHCOST_GNUPLOT"); named != nullptr) {
    if (runs(named)) return fs::absolute(named);
    return {};
  }
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "" : path, ':')) {
    if (!folder.empty() && runs(fs::path(folder) / "gnuplot"))
      return fs::absolute(fs::path(folder) / "gnuplot");
  }
  return {};
}

DrawnPictures draw_pictures(const fs::path& gnuplot, const std::vector<const Picture*>& pictures,
                            const fs::path& folder) {
  DrawnPictures drawn;
  if (pictures.empty()) return drawn;
  // One process for all; when one script fails, each has a process of its own.
  const bool all = run_gnuplot(gnuplot, pictures, folder).fine;
  for (const Picture* picture : pictures) {
    const Outcome outcome = all ? Outcome{true, ""} : run_gnuplot(gnuplot, {picture}, folder);
    const fs::path file = folder / (picture->name + ".svg");
    if (outcome.fine && finish_svg(file, *picture)) {
      drawn.names.insert(picture->name);
      continue;
    }
    std::error_code status;
    fs::remove(file, status);
    if (drawn.failure.empty())
      drawn.failure = fmt::format("{}: {}", picture->name, last_line(outcome.said));
  }
  return drawn;
}

}  // namespace archcost::pictures
