// SPDX-License-Identifier: Apache-2.0
// What a terminal gets: its width, bold text, and lines of progress that are replaced.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <regex>
#include <string>
#include <vector>

#include "cli/recorded_kernels.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct OnTerminal {
  int status = -1;
  std::string text;  ///< what the terminal got
};

/// The program with `stream` as a terminal of that width; its other output goes to files out and
/// err of the folder. It is interrupted once the terminal got `until`, where that isn't empty.
OnTerminal run_on_terminal(const std::string& arguments, const TestFolder& folder, int stream,
                           int columns, const std::string& until = "") {
  OnTerminal result;
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  REQUIRE(grantpt(terminal) == 0);
  REQUIRE(unlockpt(terminal) == 0);
  const int inner = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  REQUIRE(inner >= 0);
  termios modes{};
  tcgetattr(inner, &modes);
  cfmakeraw(&modes);  // line breaks as they are written
  tcsetattr(inner, TCSANOW, &modes);
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  REQUIRE(ioctl(terminal, TIOCSWINSZ, &size) == 0);
  const std::string other = stream == STDOUT_FILENO ? "2>err" : ">out";
  const std::string command =
      fmt::format("cd '{}' && exec '{}' {} {}", folder.text(), program(), arguments, other);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(inner, stream);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  close(inner);
  char buffer[4096];
  bool ended = false;
  for (ssize_t got = read(terminal, buffer, sizeof buffer); got > 0;
       got = read(terminal, buffer, sizeof buffer)) {
    result.text.append(buffer, static_cast<std::size_t>(got));
    if (!ended && !until.empty() && contains(result.text, until)) {
      kill(child, SIGINT);
      ended = true;
    }
  }
  close(terminal);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) result.status = WEXITSTATUS(status);
  return result;
}

std::size_t widest_shown_line(const std::string& text) {
  std::size_t widest = 0;
  for (const std::string& line : split(text, '\n')) widest = std::max(widest, display_width(line));
  return widest;
}

/// The variable NO_COLOR while it is needed.
struct NoColor {
  NoColor() { setenv("NO_COLOR", "1", 1); }
  ~NoColor() { unsetenv("NO_COLOR"); }
};

const std::string kWideTable =
    "analyze mobilenet_v1 --by kind --columns "
    "params,macs,flops,activations,weight_bytes,input_bytes,"
    "output_bytes,traffic";

}  // namespace

TEST_CASE("tables are as wide as the terminal, and at least 40 columns", "[cli][output]") {
  const TestFolder folder;
  const NoColor no_color;
  const auto shown = [&](int columns, const std::string& arguments = kWideTable) {
    const OnTerminal run = run_on_terminal(arguments, folder, STDOUT_FILENO, columns);
    CHECK(run.status == 0);
    CHECK(read_file(folder / "err").empty());
    return run.text;
  };
  const std::string piped = run_program(kWideTable).out;
  CHECK(widest_shown_line(piped) > 80);
  CHECK(shown(1000) == piped);
  const std::string at_80 = shown(80), at_60 = shown(60), at_40 = shown(40);
  CHECK(widest_shown_line(at_80) <= 80);
  CHECK(contains(at_80, "\nLeft out for lack of width: "));
  CHECK(shown(0) == at_80);  // it doesn't know its width
  CHECK(widest_shown_line(at_60) <= 60);
  CHECK(at_60 != at_80);
  CHECK(widest_shown_line(at_40) <= 40);
  CHECK(at_40 != at_60);
  CHECK(shown(39) == at_40);
  CHECK(shown(1) == at_40);
  CHECK(shown(41) != at_40);
  // A file has every column.
  CHECK(shown(40, kWideTable + " -o file.txt").empty());
  CHECK(read_file(folder / "file.txt") == piped);
}

TEST_CASE("a terminal gets bold text, unless NO_COLOR is set", "[cli][output]") {
  const TestFolder folder;
  const std::string arguments = "analyze standard_conv";
  const std::string piped = run_program(arguments).out;
  CHECK_FALSE(contains(piped, "\033"));
  const std::string bold = run_on_terminal(arguments, folder, STDOUT_FILENO, 1000).text;
  CHECK(bold.starts_with("\033[1mstandard_conv"));
  std::string plain = std::regex_replace(bold, std::regex("\033\\[[0-9;]*m"), "");
  CHECK(plain == piped);
  {
    const NoColor no_color;
    CHECK(run_on_terminal(arguments, folder, STDOUT_FILENO, 1000).text == piped);
  }
  CHECK(run_on_terminal(arguments + " -o file.txt", folder, STDOUT_FILENO, 1000).text.empty());
  CHECK(read_file(folder / "file.txt") == piped);
  // What standard error is changes nothing.
  CHECK(run_on_terminal(arguments, folder, STDERR_FILENO, 1000).text.empty());
  CHECK(read_file(folder / "out") == piped);
}

TEST_CASE("a long sweep shows its progress on a terminal", "[cli][sweep]") {
  const TestFolder folder;
  const std::string sweep =
      "sweep mobilenet_v1 --vary alpha=0.1:1:0.0001 --vary rho=0.5:1:0.000005 --where 'macs < 1' "
      "--columns macs --format csv --threads 1";
  const OnTerminal run = run_on_terminal(sweep, folder, STDERR_FILENO, 80, "\033[K");
  CHECK(run.status == 130);
  CHECK(read_file(folder / "out") == "alpha,rho,macs\n");
  const std::regex line(
      "\r\033\\[K([0-9.]+)([KM]?) of 900.11M points \\(([0-9.]+) %\\), ([0-9.]+)([KM]?)/s, "
      "([0-9]+) s "
      "left");
  std::smatch found;
  INFO(run.text);
  REQUIRE(std::regex_search(run.text, found, line));
  const auto number = [&](std::size_t at) {
    const double unit = found[at + 1] == "M" ? 1e6 : found[at + 1] == "K" ? 1e3 : 1;
    return std::stod(found[at].str()) * unit;
  };
  const double total = 9001.0 * 100001.0, done = number(1), rate = number(4);
  // Both are rounded: the points to 0.01M, which is 0.001 % of all.
  CHECK(std::stod(found[3].str()) == Approx(100 * done / total).margin(0.051));
  CHECK(std::stod(found[6].str()) == Approx((total - done) / rate).epsilon(0.02).margin(1));
  CHECK(contains(run.text, " s left\r\033[Kstopped after "));  // the line is removed
  CHECK(run.text.ends_with(" of 900,109,001 points\n"));
}

TEST_CASE("a sweep that is interrupted says what continues it", "[cli][sweep]") {
  const TestFolder folder;
  const auto stopped = [&](const std::string& arguments) {
    const OnTerminal run = run_on_terminal(
        "sweep mobilenet_v1 --vary alpha=0.1:1:0.0001 --vary rho=0.5:1:0.000005 --where 'macs < 1' "
        "--threads 1 " +
            arguments,
        folder, STDERR_FILENO, 80, "\033[K");
    CHECK(run.status == 130);
    const std::string said = run.text.substr(run.text.find("stopped after ") + 14);
    CHECK_FALSE(said.starts_with("0 "));
    return said.substr(said.find(" of "));
  };
  const std::string points = " of 900,109,001 points", end = "\n";
  const auto continued = [&](const std::string& file) {
    return points + "; the same command with --resume continues ('" + file +
           ".part' has the rows so far)" + end;
  };
  CHECK(stopped("-o rows.csv") == continued("rows.csv"));
  CHECK(stopped("--format npy -o columns") == continued("columns"));
  CHECK(stopped("--format json -o rows.json") == continued("rows.json"));
  CHECK(stopped("--format csv") == points + end);
  CHECK(stopped("--sort macs -o sorted.csv") == points + end);
  CHECK(stopped("--top 3 -o top.csv") == points + end);
  CHECK(stopped("-o table.md") == points + end);
  for (const std::string file : {"sorted.csv", "top.csv", "table.md", "rows.csv"})
    CHECK_FALSE(std::filesystem::exists(folder / file));
}

TEST_CASE("what is measured is told on a terminal, and removed", "[cli][measure]") {
  const Recorded recorded;
  recorded.set_blocks(false);
  const OnTerminal run =
      run_on_terminal("report one.yaml --measure -o report.html", recorded, STDERR_FILENO, 80);
  CHECK(run.status == 0);
  CHECK(run.text.starts_with("\r\033[Kmeasuring the peak rates of this machine\r\033[K\r\033[K"));
  CHECK(contains(run.text, "\r\033[Kone: "));
  CHECK(run.text.ends_with("\r\033[K"));
  const std::size_t last = run.text.rfind("\r\033[Kone: ");
  CHECK(run.text.find("\r", last + 1) == run.text.size() - 4);  // nothing stays
}

TEST_CASE("a quick sweep shows no progress, nor does one without a terminal", "[cli][sweep]") {
  const TestFolder folder;
  CHECK(run_on_terminal("sweep mobilenet_v1 --format csv", folder, STDERR_FILENO, 80).text.empty());
}
