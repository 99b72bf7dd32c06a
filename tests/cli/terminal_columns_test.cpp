// SPDX-License-Identifier: Apache-2.0
// Which columns of db and engines a terminal of some width shows, and what is told on one.
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "cli/figures_folder.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

struct TerminalRun {
  int status = -1;
  std::string out, raw;  // raw: with its colors and ends of lines
};

// The program with standard output, and standard error too if `errors`, on a terminal of that
// width; what it prints without colors.
TerminalRun on_terminal(int width, const std::string& arguments, const TestFolder& folder,
                        bool errors = false) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  REQUIRE(terminal >= 0);
  REQUIRE(grantpt(terminal) == 0);
  REQUIRE(unlockpt(terminal) == 0);
  const int end = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  REQUIRE(end >= 0);
  winsize size{};
  size.ws_row = 50;
  size.ws_col = static_cast<unsigned short>(width);
  REQUIRE(ioctl(end, TIOCSWINSZ, &size) == 0);
  const std::string command = "cd '" + folder.text() + "' && exec '" + program() + "' " + arguments;
  const pid_t child = fork();
  if (child == 0) {
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, STDIN_FILENO);
    dup2(end, STDOUT_FILENO);
    dup2(errors ? end : nothing, STDERR_FILENO);
    close(terminal);
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  close(end);
  TerminalRun run;
  char buffer[4096];
  for (ssize_t count = 0; (count = read(terminal, buffer, sizeof buffer)) > 0;)
    run.out.append(buffer, static_cast<std::size_t>(count));
  close(terminal);
  int status = 0;
  waitpid(child, &status, 0);
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  run.raw = run.out;
  std::erase(run.out, '\r');
  for (std::size_t at = 0; (at = run.out.find("\033[", at)) != std::string::npos;)
    run.out.erase(at, run.out.find_first_of("mK", at) + 1 - at);
  return run;
}

// The titles of a table's columns, one blank between words.
std::string titles(const TerminalRun& run) {
  for (const std::string& line : split(run.out, '\n')) {
    if (!line.starts_with("  ")) continue;
    std::string words;
    for (const std::string& word : split(line, ' ')) {
      if (!word.empty()) words += (words.empty() ? "" : " ") + word;
    }
    return words;
  }
  return "";
}

// Widths, the largest before a title is added, each with the titles there.
using WidthsAndTitles = std::vector<std::pair<int, std::string>>;

void check_titles(const std::string& arguments, const TestFolder& folder,
                  const WidthsAndTitles& expected) {
  for (const auto& [width, title] : expected) {
    INFO(arguments << " " << width);
    CHECK(titles(on_terminal(width, arguments, folder)) == title);
  }
}

// A machine with long names.
const char* const kWideMachine =
    R"({"figure":"layer","machine":{"cpu":"Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz","data_type":"f32","engine":"onednn","isa":"avx512_core_amx_int8_bf16","name":"","provider":"cpu","version":"2.6.3"},"problem":"conv 1x3x8x6 > 1x8x8x6 8 3 3 1 1 1 1 1 0 0 0 0 w2 w0 image f32 1T","option":"nchw>nchw","implementation":"jit:avx512_core","origin":"library","threads":1,"seconds":0.0001,"spread":0.02,"reference":0.003,"samples":[0.0001],"passes":5,"how":"in the network","date":"2026-01-31T10:00:00Z","core_latency":5e-08}
)";

}  // namespace

TEST_CASE("db list gives up the kernels tried first, then type and provider", "[latency][cli]") {
  const FiguresFolder folder;
  const std::string head = "machine name engine version ";
  check_titles(
      "db list --db u.db", folder,
      {{50, head + "layers checks"},
       {60, head + "provider layers checks"},
       {66, head + "provider type layers checks"},
       {81, head + "provider type layers kernels tried checks"},
       {91, "machine name cpu isa engine version provider type layers kernels tried checks"}});
  folder.write("wide.jsonl", kWideMachine);
  REQUIRE(folder.run("db merge wide.jsonl --db w.db").status == 0);
  const std::string wide = "machine cpu isa engine version ";
  check_titles(
      "db list --db w.db", folder,
      {{62, wide + "layers checks"},
       {92, wide + "provider layers checks"},
       {98, wide + "provider type layers checks"},
       {113, wide + "provider type layers kernels tried checks"},
       {153, "machine name cpu isa engine version provider type layers kernels tried checks"}});
  // A processor's name goes on below from 20 columns on, an instruction set is cut from 16 on.
  CHECK(on_terminal(78, "db list --db w.db", folder).out ==
        "w.db\n\n"
        "  machine  cpu               isa               engine  version  layers  checks\n"
        "        1  Intel(R) Xeon(R)  avx512_…nt8_bf16  onednn  2.6.3         1       0\n"
        "           Platinum 8481C\n"
        "           CPU @ 2.70GHz\n\n"
        "Left out for lack of width: provider, type, kernels tried; a wider terminal or\n"
        "  -o FILE shows them.\n");
  CHECK(
      on_terminal(100, "db list --db w.db", folder).out ==
      "w.db\n\n"
      "  machine  cpu                   isa                 engine  version  provider  type  "
      "layers  checks\n"
      "        1  Intel(R) Xeon(R)      avx512_c…int8_bf16  onednn  2.6.3    cpu       f32        "
      "1       0\n"
      "           Platinum 8481C CPU @\n"
      "           2.70GHz\n\n"
      "Left out for lack of width: kernels tried; a wider terminal or -o FILE shows it.\n");
}

TEST_CASE("db show gives up its last columns first, and the kernel last", "[latency][cli]") {
  const FiguresFolder folder;
  const std::string least = "problem option time ± %";
  check_titles("db show --of 1 --db u.db", folder,
               {{40, least},
                {72, least},
                {83, least + " kernel"},
                {97, least + " kernel reference"},
                {105, least + " kernel reference core latency"},
                {114, least + " kernel reference core latency passes"},
                {128, least + " kernel reference core latency passes how"},
                {129, least + " kernel reference core latency passes how date"}});
  CHECK(on_terminal(60, "db show --of 1 --db u.db", folder).out ==
        "u.db   3 figures   pixel7, TensorFlow Lite 2.1 on gpu, f16\n\n"
        "  problem                          option         time   ± %\n"
        "  conv 1x3x8x6 > …w0 image f32 1T  nchw>nchw  100.0 us  2.00\n"
        "  conv 1x8x8x6 > … w0 relu f32 1T  nchw>nchw  40.00 us  1.50\n"
        "  conv 1x8x8x6 > … w0 relu f32 2T  nhwc>nchw  30.00 us     -\n\n"
        "Left out for lack of width: kernel, reference, core latency,\n"
        "  passes, how, date; a wider terminal or -o FILE shows them.\n");
}

TEST_CASE("engines gives up what an engine tells before where it is", "[engines][measure][cli]") {
  const TestFolder folder;
  setenv("PYTHONPATH", (source_dir() / "tests/runner/fake_onnxruntime").c_str(), 1);
  setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
  setenv("FAKE_ONNXRUNTIME", "missing", 1);
  setenv("ARCHCOST_CACHE", folder.text().c_str(), 1);
  // The paths and the reasons are cut.
  check_titles("engines", folder,
               {{63, "engine program version problem"},
                {74, "engine program version place problem"},
                {88, "engine program version providers place problem"},
                {95, "engine program version providers tells place problem"},
                {96, "engine program version providers tells types place problem"}});
  for (const char* name :
       {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "FAKE_ONNXRUNTIME", "ARCHCOST_CACHE"})
    unsetenv(name);
}

TEST_CASE("binary files are not written to a terminal", "[export][cli]") {
  const TestFolder folder;
  for (const std::string format : {"onnx", "netron"}) {
    const TerminalRun run =
        on_terminal(80, "export standard_conv --format " + format, folder, true);
    CHECK(run.status == 1);
    CHECK(run.out == "error: " + format + " isn't text; write it to a file with -o\n");
  }
  CHECK(on_terminal(80, "export standard_conv --format stacks", folder, true).out ==
        "standard_conv;conv 972\n");
  CHECK(on_terminal(80, "export standard_conv -o net.onnx", folder, true).out.empty());
  CHECK(run_program("export standard_conv --format onnx", folder.text()).out ==
        read_file(folder / "net.onnx"));
}

TEST_CASE("memory leaves no progress on a terminal", "[cli]") {
  const TestFolder folder;
  const TerminalRun run = on_terminal(80, "memory standard_conv", folder, true);
  CHECK(run.status == 0);
  CHECK(run.raw.ends_with("\r\033[K"));
}
