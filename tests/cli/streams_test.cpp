// SPDX-License-Identifier: Apache-2.0
// Closed pipes and streams, files that are read and written, interrupted and failed writing.
#include <fmt/core.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

struct ShellRun {
  int status;
  std::string err;
};

// A script for bash; $A is the program. The status is that of the script's first pipeline member.
ShellRun shell(const TestFolder& folder, const std::string& script) {
  folder.write("script", fmt::format("A='{}'\ncd '{}'\n{}\n", program(), folder.text(), script));
  const std::string err = folder / "stderr";
  const int status =
      std::system(fmt::format("timeout 60 bash '{}' 2>'{}'", folder / "script", err).c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(err)};
}

const std::string kSpec =
    "name: small\nparams:\n  c: {default: 8, sweep: [8, 16]}\n"
    "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: c, kernel: 3}\n  - relu\n";

}  // namespace

TEST_CASE("a closed pipe ends a command quietly", "[output]") {
  const TestFolder folder;
  for (const std::string command :
       {"analyze resnet50", "--help", "list", "sweep mobilenet_v1 --format csv", "schema",
        "search mobilenet_v1 --maximize accuracy --limit 'macs <= 150M'", "verify mobilenet_v1"}) {
    INFO(command);
    // The reader has gone before anything is written.
    const ShellRun run =
        shell(folder, "{ sleep 0.1; $A " + command + "; echo $? >status; } | true");
    CHECK(read_file(folder / "status") == "141\n");
    CHECK(run.err == "");
  }
}

TEST_CASE("a closed pipe as -o FILE ends a command quietly", "[output]") {
  const TestFolder folder;
  const ShellRun run =
      shell(folder, "{ sleep 0.1; $A list -o /dev/stdout; echo $? >status; } | true");
  CHECK(read_file(folder / "status") == "141\n");
  CHECK(run.err == "");
}

TEST_CASE("closed standard streams change neither the status nor other files", "[output]") {
  const TestFolder folder;
  CHECK(shell(folder, "$A analyze nonsense 2>&-").status == 1);
  CHECK(shell(folder, "$A analyze nonsense 2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}").status ==
        1);
  CHECK(shell(folder, "$A analyze resnet50 --by nonsense 2>&-").status == 2);
  const ShellRun out = shell(folder, "$A analyze resnet50 >&-");
  CHECK(out.status == 0);
  CHECK(out.err == "");
  CHECK(shell(folder, "$A sweep mobilenet_v1 --format csv -o rows.csv >&- 2>&- <&-").status == 0);
  CHECK(read_csv(folder / "rows.csv").size() == 17);
}

TEST_CASE("a spec is read from a pipe that has a name", "[cli]") {
  const std::string spec = (source_dir() / "arch_specs/mobilenet_v1.yaml").string();
  const TestFolder folder;
  folder.write("run.sh", fmt::format("'{}' analyze <(cat '{}') --set rho=4/7 > out.txt 2>&1\n",
                                     ARCHCOST_PROGRAM, spec));
  REQUIRE(std::system(fmt::format("cd '{}' && bash run.sh", folder.text()).c_str()) == 0);
  CHECK(read_file(folder / "out.txt").starts_with("mobilenet_v1   α 1   ρ 4/7   3x128x128"));
}

TEST_CASE("what a command reads is not replaced by its output", "[output]") {
  const TestFolder folder;
  const std::string block = "blocks:\n  unit:\n    layers:\n      - relu\n";
  const std::string outer = "include: block.yaml\n" + kSpec + "  - unit\n";
  folder.write("block.yaml", block);
  folder.write("in.yaml", outer);
  folder.write("table.csv", "c,accuracy\n8,50\n16,60\n");
  fs::create_symlink("in.yaml", folder / "link.yaml");
  const std::string in = folder / "in.yaml";
  for (const std::string target : {"in.yaml", "block.yaml", "link.yaml"}) {
    for (const std::string command :
         {"analyze --format table", "show --format table", "sweep --format table",
          "memory --format table", "explain --format table", "sweep --format csv"}) {
      INFO(command << " -o " << target);
      const Run run = run_program(command + " in.yaml -o " + target, folder.text());
      CHECK(run.status == 1);
      CHECK(run.err ==
            fmt::format("error: -o {}: the command reads this file; name another one\n", target));
    }
  }
  CHECK(read_file(in) == outer);
  CHECK(read_file(folder / "block.yaml") == block);
  folder.write("plain.yaml", kSpec);
  CHECK(run_program("search plain.yaml --minimize macs -o plain.yaml", folder.text()).status == 1);
  CHECK(read_file(folder / "plain.yaml") == kSpec);
  CHECK(run_program("accuracy in.yaml --accuracy table.csv -o table.csv", folder.text()).status ==
        1);
  CHECK(run_program("analyze in.yaml --db any -o any", folder.text()).status == 0);
  CHECK(run_program("analyze in.yaml --db any -o any", folder.text()).status == 1);
  CHECK(shell(folder, "$A analyze - --format csv -o in.yaml <in.yaml").status == 1);
  CHECK(read_file(in) == outer);
  CHECK(run_program("analyze in.yaml -o out.txt", folder.text()).status == 0);
}

TEST_CASE("without HOME the user's own cache is used", "[cli]") {
  const TestFolder folder;
  const passwd* user = getpwuid(getuid());
  REQUIRE(user != nullptr);
  CHECK(shell(folder, "env -u HOME -u XDG_CACHE_HOME -u ARCHCOST_CACHE $A db list >out").status !=
        2);
  shell(folder,
        "env -u HOME -u ARCHCOST_CACHE XDG_CACHE_HOME= $A predict --help | tr -d ' \\n' >out");
  CHECK(contains(read_file(folder / "out"),
                 fmt::format("(default:{}/.cache/archcost/latency.db)", user->pw_dir)));
}

TEST_CASE("a cache that can't be written is no reason not to measure", "[measure][cli]") {
  const TestFolder folder;
  folder.write("small.yaml", kSpec);
  const ShellRun run = shell(folder,
                             "ARCHCOST_CACHE=/dev/null/x $A measure small.yaml --blocks 1 "
                             "--seconds 0 --samples 1 >out");
  CHECK(run.status == 0);
  CHECK(
      run.err.starts_with("note: the choice of kernels isn't stored: '/dev/null/x/latency.db' "
                          "can't be written: Not a directory\n"));
  CHECK(contains(read_file(folder / "out"), "small"));
}

TEST_CASE("an interrupted report leaves nothing, and removes what a killed one left", "[report]") {
  const TestFolder folder;
  const auto left = [&] {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder.text())) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(".archcost-report")) names.push_back(name);
    }
    return names;
  };
  for (const int signal : {SIGINT, SIGTERM}) {
    for (const int microseconds : {0, 1'000, 10'000, 50'000}) {
      run_and_signal(fmt::format("report mobilenet_v1 --sweep alpha -o {}", folder.text()), signal,
                     microseconds, folder / "report_files");
      CHECK(left() == std::vector<std::string>{});
      fs::remove_all(folder / "report_files");
      fs::remove(folder / "report.md");
    }
  }
  fs::create_directory(folder / ".archcost-report.999999999.part");
  CHECK(run_program("report standard_conv -o " + folder.text()).status == 0);
  CHECK(left() == std::vector<std::string>{});
}

TEST_CASE("join says why its file could not be written", "[cli]") {
  const TestFolder folder;
  const std::string sweep =
      "sweep mobilenet_v1 --vary alpha=0.1:1:0.001 --format csv --shard 1/1 -o part.csv";
  REQUIRE(run_program(sweep, folder.text()).status == 0);
  const ShellRun run = shell(folder, "ulimit -f 1; $A join part.csv -o all.csv");
  CHECK(run.status == 1);
  CHECK(run.err == "error: 'all.csv' can't be written: File too large\n");
  CHECK(!fs::exists(folder / "all.csv"));
  CHECK(!fs::exists(folder / "all.csv.part"));
}

TEST_CASE("without shipped specs every place that was searched is named", "[cli]") {
  const TestFolder folder;
  fs::create_directories(folder / "bin");
  fs::copy_file(program(), folder / "bin/archcost");
  const std::string real = fs::canonical(folder.text()).string();
  CHECK(shell(folder, "unset ARCHCOST_SPECS; bin/archcost analyze resnet18").err ==
        "error: no spec 'resnet18': the shipped specs were not found in '" + real +
            "/bin/arch_specs' or '" + real +
            "/share/archcost/arch_specs'; set ARCHCOST_SPECS to their folder\n");
  CHECK(shell(folder, "ARCHCOST_SPECS=none $A analyze resnet18").err ==
        "error: no spec 'resnet18': the shipped specs were not found in 'none'; set ARCHCOST_SPECS "
        "to their folder\n");
}
