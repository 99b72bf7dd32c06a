// SPDX-License-Identifier: Apache-2.0
// batch: the scripts run, with stand-ins for the schedulers, and give what one run gives.
// tests/cluster has the real ones.
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

const std::string kBatchSweep = "sweep mobilenet_v1 --vary alpha=0.1:1:0.01 --columns macs";

// Runs a shell command in the folder, in which `archcost` is the program; its status.
int shell_in(const TestFolder& folder, const std::string& command) {
  fs::create_directories(folder / "bin");
  std::error_code status;
  fs::create_symlink(ARCHCOST_PROGRAM, folder / "bin/archcost", status);
  const std::string line = fmt::format(
      "cd '{0}' && PATH='{0}/bin':$PATH bash -c '{1}' > log.txt 2>&1", folder.text(), command);
  return std::system(line.c_str());
}

// Slurm's sbatch that runs the tasks of an array at once, one after the other.
const char* const kSbatch = R"(#!/bin/bash
for argument; do
  case $argument in
    --array=*) tasks=${argument#--array=1-}; tasks=${tasks%%%*} ;;
    *.sh) script=$argument ;;
  esac
done
if [ -n "$tasks" ]; then
  for k in $(seq "$tasks"); do
    SLURM_ARRAY_TASK_ID=$k SLURM_ARRAY_TASK_COUNT=$tasks SLURM_ARRAY_TASK_MIN=1 bash "$script" task || exit
  done
  echo 17
else
  bash "$script" join
fi
)";

// A program of that name in the folder's bin/, which job.sh finds first.
void write_program(const TestFolder& folder, const std::string& name, const std::string& text) {
  fs::create_directories(folder / "bin");
  folder.write("bin/" + name, text);
  chmod((folder / ("bin/" + name)).c_str(), 0755);
}

std::string joined_lines(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// Writes the script of `batch`, with these arguments.
void write_script(const TestFolder& folder, const std::string& arguments) {
  const Run run = run_program("batch " + arguments, folder.text());
  INFO(run.err);
  REQUIRE(run.status == 0);
}

bool has_make() { return std::system("command -v make > /dev/null") == 0; }

// The rows of job.sh, which `batch` writes, are those of one run.
void check_script(const TestFolder& folder, const std::string& batch, const std::string& rows) {
  REQUIRE(run_program(batch, folder.text()).status == 0);
  REQUIRE(run_program(kBatchSweep + " -o whole.csv", folder.text()).status == 0);
  INFO(read_file(folder / "job.sh"));
  const int status = shell_in(folder, "bash job.sh");
  INFO(read_file(folder / "log.txt"));
  CHECK(status == 0);
  CHECK(read_file(folder / rows) == read_file(folder / "whole.csv"));
}

// Of the only script for this result.
std::string parts_folder(const TestFolder& folder, const std::string& result) {
  const fs::directory_iterator parts(folder / (result + ".parts"));
  return result + ".parts/" + parts->path().filename().string();
}

}  // namespace

TEST_CASE("the script for Slurm gives the rows of one run", "[batch]") {
  const TestFolder folder;
  write_program(folder, "sbatch", kSbatch);
  check_script(folder, "batch slurm --tasks 3 -o job.sh -- " + kBatchSweep + " -o rows.csv",
               "rows.csv");
  CHECK(contains(read_file(folder / "job.sh"),
                 "# sweep: 91 points, about 1 s in all; 3 tasks of about 1 s\n"));
  CHECK(contains(read_file(folder / "job.sh"), "--array=\"${1:-1-3}%3\" --cpus-per-task=1"));
  // Some tasks alone.
  write_program(folder, "sbatch", "#!/bin/bash\necho \"$*\" >> calls.txt; echo 17\n");
  CHECK(shell_in(folder, "bash job.sh submit 2,3") == 0);
  CHECK(contains(read_file(folder / "calls.txt"), " --array=2,3%3 "));
  CHECK(contains(read_file(folder / "calls.txt"), " --dependency=afterok:17 "));
}

TEST_CASE("the script for Slurm knows how long arrays may be", "[batch]") {
  const TestFolder folder;
  write_program(folder, "sbatch", kSbatch);
  write_program(folder, "scontrol", "#!/bin/bash\necho 'MaxArraySize            = 3'\n");
  check_script(folder, "batch slurm --tasks 2 -o job.sh -- " + kBatchSweep + " -o rows.csv",
               "rows.csv");
  REQUIRE(run_program("batch slurm --tasks 3 -o job.sh -- " + kBatchSweep + " -o more.csv",
                      folder.text())
              .status == 0);
  CHECK(shell_in(folder, "bash job.sh") != 0);
  CHECK(read_file(folder / "log.txt") ==
        "error: arrays of this cluster have at most 2 tasks, not 3; make the script again with "
        "--tasks 2, or with more --minutes\n");
  CHECK_FALSE(fs::exists(folder / "more.csv.parts"));
}

TEST_CASE("the script for an array of one task gives the rows of one run", "[batch]") {
  const TestFolder folder;
  write_program(folder, "sbatch", kSbatch);
  check_script(folder,
               "batch slurm --tasks 1 -o job.sh -- " + kBatchSweep + " --threads=2 -o rows.csv",
               "rows.csv");
  CHECK(!contains(read_file(folder / "job.sh"), "--threads 1"));
}

TEST_CASE("the script for GNU parallel takes names with blanks", "[batch]") {
  const TestFolder folder;
  // What parallel does with the lines of its input.
  write_program(folder, "parallel",
                "#!/bin/bash\ncommand=${@: -1}\n"
                "while read -r k; do PARALLEL_SEQ=$k bash -c \"${command//\\{\\}/$k}\"; done\n");
  check_script(folder, "batch parallel --tasks 3 -o job.sh -- " + kBatchSweep + " -o 'my rows.csv'",
               "my rows.csv");
}

TEST_CASE("the makefile gives the rows of one run", "[batch]") {
  if (!has_make()) return;
  const TestFolder folder;
  write_script(folder, "make --tasks 3 -o job.mk -- " + kBatchSweep + " -o rows.jsonl");
  REQUIRE(run_program(kBatchSweep + " -o whole.jsonl", folder.text()).status == 0);
  const int status = shell_in(folder, "make -s -f job.mk -j 2");
  INFO(read_file(folder / "log.txt"));
  CHECK(status == 0);
  CHECK(read_file(folder / "rows.jsonl") == read_file(folder / "whole.jsonl"));
}

TEST_CASE("scripts of other commands for one result do not take each other's parts", "[batch]") {
  if (!has_make()) return;
  const TestFolder folder;
  // The first one runs again after the second, and another number of tasks.
  const std::string other = " --where 'alpha < 0.5'";
  for (const std::string more : {"", other.c_str(), "", "4"}) {
    const std::string where = more == other ? more : "";
    write_script(folder, fmt::format("make --tasks {} -o job.mk -- {}{} -o rows.csv",
                                     more == "4" ? 4 : 3, kBatchSweep, where));
    fs::last_write_time(folder / "job.mk",
                        fs::file_time_type::clock::now() - std::chrono::hours(1));
    REQUIRE(run_program(kBatchSweep + where + " -o whole.csv", folder.text()).status == 0);
    CHECK(shell_in(folder, "make -s -f job.mk") == 0);
    INFO(read_file(folder / "log.txt"));
    CHECK(read_file(folder / "rows.csv") == read_file(folder / "whole.csv"));
  }
  int folders = 0;
  for (const auto& entry : fs::directory_iterator(folder / "rows.csv.parts"))
    folders += entry.is_directory() ? 1 : 0;
  CHECK(folders == 3);
}

TEST_CASE("a makefile makes a damaged part again", "[batch]") {
  if (!has_make()) return;
  const TestFolder folder;
  write_script(folder, "make --tasks 3 -o job.mk -- " + kBatchSweep + " -o rows.csv");
  REQUIRE(shell_in(folder, "make -s -f job.mk") == 0);
  const std::string whole = read_file(folder / "rows.csv");
  const std::string file = parts_folder(folder, "rows.csv") + "/part-2.csv";
  const std::string part = read_file(folder / file);
  folder.write(file, part.substr(0, part.size() / 2));
  fs::remove(folder / "rows.csv");
  CHECK(shell_in(folder, "make -s -f job.mk") != 0);
  CHECK(contains(read_file(folder / "log.txt"), "part-2.csv: error: cut off, or changed"));
  CHECK(!fs::exists(folder / "rows.csv"));
  CHECK(shell_in(folder, "make -s -f job.mk") == 0);
  CHECK(read_file(folder / "rows.csv") == whole);
  CHECK(read_file(folder / file) == part);
}

TEST_CASE("a part that was not finished is no target of the makefile", "[batch]") {
  if (!has_make()) return;
  const TestFolder folder;
  // The first task leaves what it has and fails; the same command finishes it.
  write_script(folder, "make --tasks 2 -o job.mk -- accuracy vgg resnet -o rows.csv");
  write_program(folder, "archcost",
                "#!/bin/bash\n[ $1 = join ] && exec cat rows.csv.parts/*/part-*.csv\n"
                "echo some > \"${@: -1}\"\n[ -e failed ] || { touch failed; exit 130; }\n");
  CHECK(shell_in(folder, "make -s -f job.mk") != 0);
  const std::string parts = parts_folder(folder, "rows.csv");
  CHECK(read_file(folder / (parts + "/part-1.csv")) == "some\n");
  CHECK(shell_in(folder, "make -s -f job.mk") == 0);
  CHECK(fs::exists(folder / (parts + "/part-2.csv")));
}

TEST_CASE("the join under Kubernetes waits for parts and fails for all else", "[batch]") {
  const TestFolder folder;
  const std::string yaml =
      run_program("batch kubernetes --tasks 2 -- profile resnet18 squeezenet --db x.db",
                  folder.text())
          .out;
  const std::size_t begin = yaml.rfind("until messages=$(archcost join x.db.parts/2-");
  REQUIRE(begin != std::string::npos);
  folder.write("join.sh", yaml.substr(begin, yaml.find("resources:", begin) - begin));
  write_program(folder, "sleep", "#!/bin/bash\necho waits\n");
  // The statuses of archcost, one after the other.
  write_program(folder, "archcost",
                "#!/bin/bash\necho $1\nstatus=$(head -n 1 statuses)\nsed -i 1d statuses\n"
                "exit $status\n");
  const auto run = [&](const std::string& statuses) {
    folder.write("statuses", statuses);
    const int status = shell_in(folder, "bash join.sh");
    return fmt::format("{}: {}", WEXITSTATUS(status), joined_lines(read_file(folder / "log.txt")));
  };
  CHECK(run("0\n0\n") == "0: join profile");
  CHECK(run("1\n1\n0\n0\n") == "0: waits waits join profile");
  CHECK(run("1\n3\n") == "3: waits join");
  CHECK(run("137\n") == "137: join");
  CHECK(run("0\n3\n") == "3: join profile");
}

TEST_CASE("the number of tasks follows from the work and the minutes", "[batch]") {
  const auto tasks = [](const std::string& options) {
    const std::string script = run_program("batch slurm " + options).out;
    const std::size_t at = script.find("{1:-1-");
    return at == std::string::npos ? 0 : std::atoi(script.c_str() + at + 6);
  };
  const std::string many =
      " -- sweep mobilenet_v1 --vary alpha=0.1:1:0.00001 --vary rho=0.5:1:0.0001 --where "
      "\"macs <= 1\" -o rows.csv";
  const int few = tasks("--minutes 0.1" + many), more = tasks("--minutes 0.0001" + many);
  CHECK(few >= 1);
  CHECK(more > few);
  CHECK(tasks("--minutes 0.0001 --cores 16" + many) < more);  // a task has 16 threads
  CHECK(tasks("--minutes 0.000001 -- accuracy -o rows.csv") ==
        static_cast<int>(shipped_library().names().size()));  // not more than specs
}

TEST_CASE("batch says what it needs", "[batch]") {
  const auto error = [](const std::string& arguments) { return run_program(arguments).err; };
  CHECK(error("batch slurm -- analyze vgg16 -o x") ==
        "error: batch divides sweep, search, accuracy, profile or db check; 'analyze' is none of "
        "them\n");
  CHECK(error("batch slurm -- " + kBatchSweep) ==
        "error: -o: name the file of the joined result\n");
  CHECK(error("batch slurm -- " + kBatchSweep + " -o x.csv --shard 1/2") ==
        "error: --shard: batch divides the work itself; leave it out\n");
  CHECK(error("batch slurm -- " + kBatchSweep + " -o x.md") ==
        "error: -o: batch divides rows; name a file .csv, .jsonl or, for columns, .npy\n");
  CHECK(error("batch make -- " + kBatchSweep + " -o x.json") ==
        "error: -o: batch divides rows; name a file .csv, .jsonl or, for columns, .npy\n");
  CHECK(error("batch make -- accuracy mobilenet_v1 -o x.json") ==
        "error: -o: batch divides rows; name a file .csv or .jsonl\n");
  CHECK(error("batch make -- " + kBatchSweep + " -o x.csv --format jsonl") ==
        "error: -o x.csv: the rows have --format jsonl; name a file .jsonl\n");
  CHECK(error("batch make -- " + kBatchSweep + " -o x.csv --sort macs") ==
        "error: batch divides rows in the order of the points: leave out --sort and --top\n");
  CHECK(error("batch slurm --name '$(id)' -- " + kBatchSweep + " -o x.csv") ==
        "error: --name $(id): a name has letters, digits, '.', '_' and '-'\n");
  CHECK(error("batch kubernetes --image 'a b' -- " + kBatchSweep + " -o x.csv") ==
        "error: --image a b: the name of an image has no such characters\n");
  CHECK(error("batch make -- " + kBatchSweep + " -o x --format csv") ==
        "error: --output x: the joined result needs a name with an extension\n");
  CHECK(error("batch parallel -- profile resnet18 --db=-x.db") ==
        "error: --db -x.db: commands take such a name for an option; write ./-x.db\n");
  CHECK(error("batch slurm -- " + kBatchSweep + " -o a%j.csv") ==
        "error: -o a%j.csv: Slurm replaces % and \\ in the names of logs\n");
  CHECK(error("batch slurm -- " + kBatchSweep + " -o 'a\\b.csv'") ==
        "error: -o a\\b.csv: Slurm replaces % and \\ in the names of logs\n");
  CHECK(error("batch slurm -- " + kBatchSweep + " --where 'alpha\n< 1' -o x.csv") ==
        "error: batch takes no line breaks in a command\n");
  CHECK(error("batch slurm -- search mobilenet_v1 --minimize macs -ox.csv --join a b") ==
        "error: --join: the script joins the parts itself; leave it out\n");
  CHECK(error("batch slurm -- " + kBatchSweep + " -o 'x.a b' --format csv") ==
        "error: --output x.a b: the scripts take no extension such as '.a b'\n");
  CHECK(error("batch slurm") ==
        "error: batch needs a command: archcost batch slurm -- sweep mobilenet_v1 -o rows.csv\n");
  CHECK(contains(error("batch slrm -- " + kBatchSweep), "; did you mean 'slurm'?"));
  const TestFolder folder;
  folder.write("mine.sh", "@TASKS@ of @NAME@, a@b @ @TASK@\n");
  CHECK(contains(
      error("batch slurm --template " + (folder / "mine.sh") + " -- " + kBatchSweep + " -o x.csv"),
      "mine.sh: error: no value '@TASK@'; there are @AND_COMPLETE@, @AT_ONCE@, "));
  folder.write("mine.sh", "@TASKS@ of @NAME@, a@b @\n");
  CHECK(run_program("batch slurm --tasks 2 --template " + (folder / "mine.sh") + " -- " +
                    kBatchSweep + " -o x.csv")
            .out == "2 of archcost-sweep, a@b @\n");
}
