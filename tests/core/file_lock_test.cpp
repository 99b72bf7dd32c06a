// SPDX-License-Identifier: Apache-2.0
// A file that one process holds.
#include "core/file_lock.hpp"

#include <filesystem>
#include <utility>

#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
namespace fs = std::filesystem;

TEST_CASE("a file is held by one lock at a time", "[core]") {
  const test::TestFolder folder;
  const fs::path file = folder / "lock";
  {
    FileLock first(file);
    CHECK(!first.is_taken());
    CHECK(fs::exists(file));
    CHECK(FileLock(file).is_taken());
    CHECK(fs::exists(file));
    FileLock moved(std::move(first));
    CHECK(FileLock(file).is_taken());
    FileLock other(folder / "other");
    other = std::move(moved);
    CHECK(!fs::exists(folder / "other"));
    CHECK(FileLock(file).is_taken());
  }
  CHECK(!fs::exists(file));
  CHECK(!FileLock(file).is_taken());
}

TEST_CASE("a lock takes a file that a killed process left", "[core]") {
  const test::TestFolder folder;
  folder.write("lock", "");
  {
    const FileLock lock(folder / "lock");
    CHECK(!lock.is_taken());
    CHECK(FileLock(folder / "lock").is_taken());
  }
  CHECK(!fs::exists(folder / "lock"));
}

TEST_CASE("where no file can be, nothing is held", "[core]") {
  const test::TestFolder folder;
  CHECK(!FileLock().is_taken());
  CHECK(!FileLock(folder / "none/lock").is_taken());
}
