// SPDX-License-Identifier: Apache-2.0
#include "runner/temporary_folder.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "runner/child_process.hpp"

namespace archcost::runner {

TemporaryFolder::TemporaryFolder() {
  std::error_code status;
  const std::filesystem::path parent = std::filesystem::temp_directory_path(status);
  std::string name = ((status ? "/tmp" : parent) / "archcost-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw EngineError(
        fmt::format("no temporary folder could be made: '{}': {}", name, std::strerror(errno)));
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code status;
  std::filesystem::remove_all(path_, status);
}

}  // namespace archcost::runner
