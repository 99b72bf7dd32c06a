// SPDX-License-Identifier: Apache-2.0
#include "support/support.hpp"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"

namespace archcost::test {

namespace fs = std::filesystem;

fs::path source_dir() { return ARCHCOST_SOURCE_DIR; }

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

const spec::SpecLibrary& shipped_library() {
  static const spec::SpecLibrary kLibrary(source_dir() / "arch_specs");
  return kLibrary;
}

const spec::ArchSpec& shipped_spec(const std::string& name) {
  static std::map<std::string, spec::ArchSpec> specs;
  if (!specs.contains(name)) specs.emplace(name, spec::read_spec(*shipped_library().find(name)));
  return specs.at(name);
}

namespace {

// Kernels that tests run are timed by a clock that does not depend on what else the machine does.
const int kReplacedClock = setenv("ARCHCOST_KERNELS_CLOCK", "1e-3", 0);

// Nor do results depend on the user's database.
struct OwnCache {
  OwnCache() { setenv("ARCHCOST_CACHE", path.c_str(), 0); }
  ~OwnCache() {
    std::error_code status;
    fs::remove_all(path, status);
  }
  const fs::path path = fs::temp_directory_path() / fmt::format("archcost_test_cache_{}", getpid());
};
const OwnCache kOwnCache;

graph::Network build(const spec::ArchSpec& spec, const std::string& preset,
                     const std::vector<std::string>& settings) {
  graph::BuildOptions options;
  options.preset = preset;
  for (const std::string& setting : settings)
    options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
  return graph::build_network(spec, options);
}

}  // namespace

graph::Network network_of(const std::string& yaml, const std::vector<std::string>& settings) {
  return build(spec::read_spec_text("spec.yaml", yaml, source_dir()), "", settings);
}

graph::Network shipped(const std::string& name, const std::vector<std::string>& settings) {
  if (const auto path = shipped_library().find(name))
    return build(spec::read_spec(*path), "", settings);
  const auto path = shipped_library().find_with_preset(name);
  if (!path) throw Error(fmt::format("no shipped spec or preset '{}'", name));
  return build(spec::read_spec(*path), name, settings);
}

std::string error_of(const std::string& yaml, const std::vector<std::string>& settings) {
  try {
    network_of(yaml, settings);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

std::string spec_with(const std::string& layers, const std::string& input) {
  const std::vector<std::string> sizes = split(input, 'x');
  return fmt::format("name: test\ninput: {{channels: {}, height: {}, width: {}}}\nlayers:\n{}\n",
                     sizes[0], sizes[1], sizes[2], layers);
}

std::string program() {
  const char* named = std::getenv("ARCHCOST_TEST_PROGRAM");
  return named != nullptr ? named : ARCHCOST_PROGRAM;
}

Run run_program(const std::string& arguments, const fs::path& folder, const std::string& input,
                int seconds) {
  static int count = 0;
  const fs::path base =
      fs::temp_directory_path() / fmt::format("archcost_test_{}_{}", getpid(), count++);
  const fs::path out = base.string() + ".out", err = base.string() + ".err",
                 in = base.string() + ".in";
  std::ofstream(in, std::ios::binary) << input;
  const std::string command =
      fmt::format("cd '{}' && timeout {} '{}' {} <'{}' >'{}' 2>'{}'", folder.string(), seconds,
                  program(), arguments, in.string(), out.string(), err.string());
  const int status = std::system(command.c_str());
  Run run = {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
  for (const fs::path& path : {out, err, in}) fs::remove(path);
  return run;
}

int run_and_signal(const std::string& arguments, int signal, int microseconds,
                   const std::function<bool()>& ready) {
  const std::string command = "exec " + program() + " " + arguments + " >/dev/null 2>&1";
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  while (!ready()) {
    if (waitpid(child, &status, WNOHANG) == child) return status;
    usleep(1000);
  }
  usleep(static_cast<useconds_t>(microseconds));
  kill(child, signal);
  waitpid(child, &status, 0);
  return status;
}

int run_and_signal(const std::string& arguments, int signal, int microseconds,
                   const std::string& wait_for) {
  return run_and_signal(arguments, signal, microseconds,
                        [&] { return wait_for.empty() || std::filesystem::exists(wait_for); });
}

std::vector<std::vector<std::string>> read_csv(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::ifstream stream(path);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line[0] != '#') rows.push_back(split(line, ','));
  }
  return rows;
}

bool same_layers(const graph::Network& a, const graph::Network& b) {
  if (a.layers.size() != b.layers.size()) return false;
  for (std::size_t k = 0; k < a.layers.size(); ++k) {
    const graph::Layer &x = a.layers[k], &y = b.layers[k];
    if (x.name != y.name || x.kind != y.kind || x.inputs != y.inputs || x.output != y.output ||
        x.numbers != y.numbers || x.words != y.words)
      return false;
  }
  return true;
}

TestFolder::TestFolder() {
  static std::atomic<int> count = 0;
  path_ = std::filesystem::temp_directory_path() /
          fmt::format("archcost_test_{}_{}", getpid(), count++);
  std::filesystem::create_directories(path_);
}

TestFolder::~TestFolder() { std::filesystem::remove_all(path_); }

std::string TestFolder::error(const std::string& arguments) const {
  const Run done = run_program(arguments, path_);
  INFO(arguments);
  CHECK(done.status == 1);
  CHECK(done.out.empty());
  return done.err;
}

void TestFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name) << text;
}

}  // namespace archcost::test
