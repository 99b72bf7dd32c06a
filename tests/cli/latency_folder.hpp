// SPDX-License-Identifier: Apache-2.0
// What tests of latencies share: a folder with a small network, and quick profiles of it.
#pragma once

#include <string>

#include "support/support.hpp"

namespace archcost::test {

/// With a small network.
struct LatencyFolder : TestFolder {
  LatencyFolder() {
    write("tiny.yaml",
          "name: tiny\nparams:\n  c: {default: 32}\ninput: {channels: 3, height: 12, width: 12}\n"
          "layers:\n  - conv: {out: c, kernel: 3}\n  - batch_norm\n  - relu\n"
          "  - conv: {out: c, kernel: 3, groups: in}\n  - relu\n  - conv: {out: 64}\n"
          "  - global_avg_pool\n  - flatten\n  - linear: {out: 10}\n");
  }
  std::string spec() const { return *this / "tiny.yaml"; }
};

inline const std::string kQuick = " --blocks 2 --seconds 0 --samples 2 ";

/// Notes are broken at the width of a terminal.
inline std::string unbroken(std::string text) {
  for (std::size_t at = text.find("\n  "); at != std::string::npos; at = text.find("\n  ", at)) {
    text.replace(at, 3, " ");
  }
  return text;
}

/// Runs profile, and again while some kernel was interrupted in every pass: its figure isn't
/// stored. Returns the first run.
inline Run profiled(const std::string& arguments) {
  const std::string command = "profile " + arguments;
  const Run first = run_program(command);
  Run last = first;
  for (int more = 0; more < 30 && last.err.find(" interrupted in every pass ") != std::string::npos;
       ++more) {
    last = run_program(command);
  }
  return first;
}

}  // namespace archcost::test
