// SPDX-License-Identifier: Apache-2.0
// What is installed works from there, and is removed without a rest.
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <set>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost::test;
namespace fs = std::filesystem;

namespace {

// A folder that is there while it is needed.
class Prefix {
 public:
  Prefix() {
    static int count = 0;
    path_ = fs::temp_directory_path() / fmt::format("archcost_install_{}_{}", getpid(), count++);
    fs::create_directories(path_);
  }
  ~Prefix() { fs::remove_all(path_); }
  Prefix(const Prefix&) = delete;
  Prefix& operator=(const Prefix&) = delete;
  std::string text() const { return path_.string(); }

  std::set<std::string> files() const {
    std::set<std::string> all;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path_))
      all.insert(fs::relative(entry.path(), path_).string());
    return all;
  }

 private:
  fs::path path_;
};

class InstallLock {
 public:
  InstallLock() : file_(open(ARCHCOST_BINARY_DIR "/install.lock", O_CREAT | O_RDWR, 0644)) {
    flock(file_, LOCK_EX);
  }
  ~InstallLock() { close(file_); }
  InstallLock(const InstallLock&) = delete;
  InstallLock& operator=(const InstallLock&) = delete;

 private:
  int file_;
};

bool succeeds(const std::string& command) {
  INFO(command);
  const int status = std::system(command.c_str());
  CHECK(status == 0);
  return status == 0;
}

std::string install(const std::string& options) {
  return fmt::format("cmake --install {} {} >/dev/null", ARCHCOST_BINARY_DIR, options);
}

}  // namespace

// Installations of one build folder share its manifest: one after the other.
TEST_CASE("an installed archcost works from its folder and is removed whole", "[cli][install]") {
  const InstallLock lock;
  const Prefix prefix;
  fs::create_directories(prefix.text() + "/share/man");  // was there before: it stays
  const std::set<std::string> before = prefix.files();
  REQUIRE(succeeds(install("--prefix " + prefix.text())));
  SECTION("the program finds its specs and report templates") {
    const std::string run = fmt::format(
        "cd / && env -u ARCHCOST_SPECS -u ARCHCOST_TEMPLATES {}/bin/archcost ", prefix.text());
    succeeds(run + "verify mobilenet_v1 >/dev/null");
    succeeds(run +
             fmt::format("report --template light_weight_convolutions -o {}/r.html >/dev/null",
                         prefix.text()));
    fs::remove(prefix.text() + "/r.html");
  }
  SECTION("man pages and completions are in their places") {
    const std::set<std::string> files = prefix.files();
    for (const char* file :
         {"share/man/man1/archcost.1", "share/man/man1/archcost-analyze.1",
          "share/bash-completion/completions/archcost", "share/zsh/vendor-completions/_archcost",
          "share/fish/vendor_completions.d/archcost.fish", "share/doc/archcost/docs/GUIDE.md",
          "include/archcost/analyzer.hpp"})
      CHECK(files.contains(file));
  }
  SECTION("the example of the library builds against it and runs") {
    const Prefix build;
#ifdef __SANITIZE_ADDRESS__
    const std::string flags = "-DCMAKE_CXX_FLAGS=-fsanitize=address,undefined ";
#else
    const std::string flags;
#endif
    const std::string configure = fmt::format(
        "cmake -G Ninja -S {}/tests/library -B {} -DCMAKE_PREFIX_PATH={} -DCMAKE_BUILD_TYPE=Debug "
        "-DCMAKE_TOOLCHAIN_FILE={} {}"
        ">/dev/null",
        source_dir().string(), build.text(), prefix.text(), ARCHCOST_TOOLCHAIN, flags);
    if (succeeds(configure) && succeeds(fmt::format("cmake --build {} >/dev/null", build.text()))) {
      const std::string out = build.text() + "/out";
      succeeds(fmt::format("cd / && env -u ARCHCOST_SPECS {}/example > {}", build.text(), out));
      CHECK(
          read_file(out) ==
          "mobilenet_v1: 149497088 macs in 84 layers\nalpha = 0.5\nrho = 1\n63.3 % top-1, exact\n");
    }
  }
  REQUIRE(
      succeeds(fmt::format("cmake --build {} --target uninstall >/dev/null", ARCHCOST_BINARY_DIR)));
  CHECK(prefix.files() == before);
}

TEST_CASE("DESTDIR goes before the prefix", "[cli][install]") {
  const InstallLock lock;
  const Prefix root;
  const std::string destination = "DESTDIR=" + root.text() + " ";
  REQUIRE(succeeds(destination + install("--prefix /usr")));
  CHECK(fs::exists(root.text() + "/usr/bin/archcost"));
  succeeds(fmt::format("env -u ARCHCOST_SPECS {}/usr/bin/archcost analyze mobilenet_v1 >/dev/null",
                       root.text()));
  REQUIRE(succeeds(destination + fmt::format("cmake --build {} --target uninstall >/dev/null",
                                             ARCHCOST_BINARY_DIR)));
  CHECK(root.files().empty());
}
