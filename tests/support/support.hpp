// SPDX-License-Identifier: Apache-2.0
// What the tests share: networks from text, files, and the program as a process.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "graph/build.hpp"
#include "spec/library.hpp"

namespace archcost::test {

/// The repository's root.
std::filesystem::path source_dir();
std::string read_file(const std::filesystem::path& path);
bool contains(std::string_view text, std::string_view part);

/// A shipped spec by its name, read once.
const spec::ArchSpec& shipped_spec(const std::string& name);
const spec::SpecLibrary& shipped_library();

/// The network of a spec given as text, with settings as "alpha=0.5".
graph::Network network_of(const std::string& yaml, const std::vector<std::string>& settings = {});
/// The network of a shipped spec or a preset.
graph::Network shipped(const std::string& name, const std::vector<std::string>& settings = {});
/// The whole message of the error that the spec raises; empty if it raises none.
std::string error_of(const std::string& yaml, const std::vector<std::string>& settings = {});
/// A spec whose layers are the given YAML lines, over an input of "CxHxW".
std::string spec_with(const std::string& layers, const std::string& input = "8x16x16");

/// The same layers with the same names, inputs, outputs and attributes.
bool same_layers(const graph::Network& a, const graph::Network& b);

/// A folder that is there while it is needed.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  /// The path of a file in it.
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  void write(const std::string& name, const std::string& text) const;
  std::string text() const { return path_.string(); }
  /// What the program says there of arguments that it refuses: status 1, and no output.
  std::string error(const std::string& arguments) const;

 private:
  std::filesystem::path path_;
};

/// The program that tests run: of the build, or what the variable ARCHCOST_TEST_PROGRAM names.
std::string program();

struct Run {
  int status = -1;
  std::string out, err;
};
/// The archcost program, with arguments for a shell, in a folder.
Run run_program(const std::string& arguments, const std::filesystem::path& folder = source_dir(),
                const std::string& input = "", int seconds = 60);

/// The program in the background, ended by a signal that many microseconds after the file
/// `wait_for` is there (where one is named). Returns its wait status.
int run_and_signal(const std::string& arguments, int signal, int microseconds,
                   const std::string& wait_for = "");
/// The same, that long after `ready` has become true: it is asked each millisecond.
int run_and_signal(const std::string& arguments, int signal, int microseconds,
                   const std::function<bool()>& ready);

/// Rows of a CSV without quoting; lines that begin with '#' are left out.
std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path);

}  // namespace archcost::test
