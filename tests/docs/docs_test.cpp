// SPDX-License-Identifier: Apache-2.0
// The command blocks of README and docs are run, and what they print is compared. A block is fenced
// and has no language. In one with lines "$ COMMAND" the lines after a command are its output, and
// "..." stands for any lines; otherwise every line is a command that must succeed. A comment before
// the fence changes that:
//   <!-- test: file NAME -->     the block is a file of the folder in which commands run; so are
//   the
//                                lines of a comment that begins with <!-- test: file NAME
//   <!-- test: machine -->       needs archcost-kernels; run by the long test, which does not
//   compare
//                                the numbers in the output
//   <!-- test: status 1 -->      the exit status
//   <!-- test: not run, WHY -->
// ARCHCOST_UPDATE_DOCS=1 writes the outputs into the documents instead.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <regex>

#include "core/text.hpp"
#include "core/text_file.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

struct Block {
  std::size_t first = 0, last = 0;  ///< lines between the fences, from 0; `last` is the closing one
  std::string language, mark;
};

bool is_fence(const std::string& line) { return line.starts_with("```"); }

std::vector<Block> blocks_of(const std::vector<std::string>& lines) {
  const std::string start = "<!-- test: ";
  std::vector<Block> blocks;
  std::string mark;
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const std::string line(trim(lines[k]));
    if (line.starts_with(start)) {
      mark = line.substr(start.size(), line.find(" -->") - start.size());
      if (line.ends_with("-->")) continue;
      Block block = {k + 1, k + 1, "", mark};  // the comment itself is the file
      while (block.last < lines.size() && trim(lines[block.last]) != "-->") ++block.last;
      k = block.last;
      mark.clear();
      blocks.push_back(block);
      continue;
    }
    if (!is_fence(line)) {
      if (!line.empty()) mark.clear();
      continue;
    }
    Block block = {k + 1, k + 1, line.substr(3), mark};
    while (block.last < lines.size() && trim(lines[block.last]) != "```") ++block.last;
    k = block.last;
    mark.clear();
    blocks.push_back(block);
  }
  return blocks;
}

// A command with the lines that it printed; those of a block without "$" have no output.
struct Step {
  std::string command;
  std::optional<std::vector<std::string>> output;
  std::size_t from = 0, to = 0;  ///< the lines of the output
};

std::vector<Step> steps_of(const std::vector<std::string>& lines, const Block& block) {
  std::vector<Step> steps;
  const auto begin = lines.begin() + static_cast<long>(block.first);
  const auto end = lines.begin() + static_cast<long>(block.last);
  const bool transcript =
      std::any_of(begin, end, [](const std::string& line) { return line.starts_with("$ "); });
  for (std::size_t k = block.first; k < block.last; ++k) {
    const bool command = !transcript || lines[k].starts_with("$ ");
    if (!command) {
      steps.back().output->push_back(lines[k]);
      steps.back().to = k + 1;
      continue;
    }
    std::string text = lines[k].substr(transcript ? 2 : 0);
    while (text.ends_with("\\") && k + 1 < block.last)
      text = text.substr(0, text.size() - 1) + std::string(trim(lines[++k]));
    if (trim(text).empty()) continue;
    steps.push_back({text, {}, k + 1, k + 1});
    if (transcript) steps.back().output.emplace();
  }
  return steps;
}

// "..." stands for any lines.
bool matches(const std::vector<std::string>& wanted, const std::vector<std::string>& got,
             std::size_t w = 0, std::size_t g = 0) {
  for (; w < wanted.size(); ++w, ++g) {
    if (wanted[w] == "...") {
      for (std::size_t to = g; to <= got.size(); ++to) {
        if (matches(wanted, got, w + 1, to)) return true;
      }
      return false;
    }
    if (g >= got.size() || wanted[w] != got[g]) return false;
  }
  return g == got.size();
}

// Numbers, names of processors and the space that they take differ from machine to machine.
std::vector<std::string> without_numbers(std::vector<std::string> lines) {
  static const std::regex number("[-+]?[0-9][0-9.,]*( (ms|us|s|%|GFLOP/s|MiB|KiB))?"), blanks(" +");
  for (std::string& line : lines)
    line =
        std::string(trim(std::regex_replace(std::regex_replace(line, number, "N"), blanks, " ")));
  return lines;
}

std::vector<std::string> lines_of_text(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

class Document {
 public:
  explicit Document(const fs::path& file)
      : file_(file),
        folder_(fs::temp_directory_path() /
                fmt::format("archcost_docs_{}_{}", getpid(), file.stem().string())) {
    lines_ = split(read_text_file(file), '\n');
    fs::create_directories(folder_);
  }
  ~Document() { fs::remove_all(folder_); }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  /// `machine`: the blocks that measure, too.
  void check(bool machine) {
    const std::vector<Block> blocks = blocks_of(lines_);
    run("archcost export mobilenet_v1:alpha=0.25,rho=4/7 -o model.onnx");
    // A file may be used before the document shows it; each block that shows it writes it again.
    for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
      if (block->mark.starts_with("file ")) write_file(block->mark.substr(5), *block);
    }
    for (const Block& block : blocks) {
      if (block.mark.starts_with("file "))
        write_file(block.mark.substr(5), block);
      else if (block.language.empty() && !block.mark.starts_with("not run") &&
               (machine || (block.mark != "machine" && !measures(block))))
        check_block(block);
      else if (block.mark == "python" && machine)
        check_python(block);
    }
    if (!updated_.empty()) update();
  }

 private:
  // Whether it has output behind its commands, which then begin with "$ ".
  bool block_prints(const Block& block) const { return lines_[block.first].starts_with("$ "); }

  // Whether a command of it runs kernels.
  bool measures(const Block& block) const {
    for (std::size_t k = block.first; k < block.last; ++k) {
      if (block_prints(block) && !lines_[k].starts_with("$ ")) continue;
      for (const char* words : {" --measure", "archcost measure", "archcost profile",
                                "archcost machine", "archcost db check", "--remeasure-top"}) {
        if (lines_[k].find(words) != std::string::npos) return true;
      }
      // Without a database a search measures its candidates.
      if (lines_[k].find("archcost search") != std::string::npos &&
          lines_[k].find("latency") != std::string::npos)
        return true;
    }
    return false;
  }

  void write_file(const std::string& name, const Block& block) {
    std::ofstream stream(folder_ / name);
    for (std::size_t k = block.first; k < block.last; ++k) stream << lines_[k] << "\n";
  }

  // Standard output and error together, as on a terminal.
  std::pair<int, std::vector<std::string>> run(const std::string& command) {
    const fs::path out = folder_ / ".output";
    const std::string line = fmt::format(
        "cd {0} && PATH={1}:$PATH XDG_DATA_HOME={0}/.data ARCHCOST_CACHE={0}/.cache "
        "sh -c {2} >{3} 2>&1 </dev/null",
        folder_.string(), fs::path(ARCHCOST_PROGRAM).parent_path().string(), shell_quoted(command),
        out.string());
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, lines_of_text(read_text_file(out))};
  }

  void check_block(const Block& block) {
    const bool machine = block.mark == "machine";
    const int status = block.mark.starts_with("status ") ? std::stoi(block.mark.substr(7)) : 0;
    for (const Step& step : steps_of(lines_, block)) {
      INFO(fmt::format("{}:{}: {}", file_.filename().string(), step.from, step.command));
      const auto [got_status, got] = run(step.command);
      INFO(join(got, "\n"));
      CHECK(got_status == status);
      if (!step.output) continue;
      std::vector<std::string> wanted = *step.output;
      while (!wanted.empty() && wanted.back().empty()) wanted.pop_back();
      if (std::getenv("ARCHCOST_UPDATE_DOCS") != nullptr) {
        if (!matches(wanted, got) && std::ranges::find(wanted, "...") == wanted.end())
          updated_.push_back({step, got});
        continue;
      }
      CHECK((machine ? matches(without_numbers(wanted), without_numbers(got))
                     : matches(wanted, got)));
    }
  }

  // A program of its own, where its libraries are installed.
  void check_python(const Block& block) {
    write_file("block.py", block);
    const auto [status, got] = run("/usr/bin/python3 block.py");
    INFO(fmt::format("{}:{}: {}", file_.filename().string(), block.first, join(got, "\n")));
    if (!got.empty() && got.back().starts_with("ModuleNotFoundError: No module named 'torch"))
      WARN(got.back());
    else
      CHECK(status == 0);
  }

  void update() {
    for (auto at = updated_.rbegin(); at != updated_.rend(); ++at) {
      const auto& [step, got] = *at;
      lines_.erase(lines_.begin() + static_cast<long>(step.from),
                   lines_.begin() + static_cast<long>(step.to));
      lines_.insert(lines_.begin() + static_cast<long>(step.from), got.begin(), got.end());
    }
    std::ofstream(file_) << join(lines_, "\n");
  }

  fs::path file_, folder_;
  std::vector<std::string> lines_;
  std::vector<std::pair<Step, std::vector<std::string>>> updated_;
};

}  // namespace

namespace {

std::vector<fs::path> documents() {
  std::vector<fs::path> files = {source_dir() / "README.md"};
  for (const fs::directory_entry& entry : fs::directory_iterator(source_dir() / "docs"))
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

TEST_CASE("command blocks of the documents print what they say", "[docs]") {
  for (const fs::path& file : documents()) {
    SECTION(file.filename().string()) { Document(file).check(false); }
  }
}

TEST_CASE("command blocks that measure print what they say, but for the numbers",
          "[docs][measure][long]") {
  for (const fs::path& file : documents()) {
    SECTION(file.filename().string()) { Document(file).check(true); }
  }
}

TEST_CASE("the command reference is that of the program", "[docs]") {
  const fs::path made =
      fs::temp_directory_path() / fmt::format("archcost_commands_{}.md", getpid());
  REQUIRE(run_program("manual --reference " + made.string()).status == 0);
  const std::string text = read_text_file(made);
  fs::remove(made);
  const bool same = text == read_text_file(source_dir() / "docs" / "COMMANDS.md");
  INFO("write it again: archcost manual --reference docs/COMMANDS.md");
  CHECK(same);
}
