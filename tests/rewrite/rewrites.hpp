// SPDX-License-Identifier: Apache-2.0
// What the tests of rewrites share.
#pragma once

#include <string>
#include <vector>

#include "cost/diff.hpp"
#include "graph/build.hpp"
#include "rewrite/rewrite.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::test {

/// A spec with the settings under which it is looked at.
struct Opened {
  spec::ArchSpec spec;
  graph::BuildOptions options;

  graph::Network network() const { return graph::build_network(spec, options); }
};

/// A shipped spec or preset, with settings as "alpha=0.5".
Opened open_shipped(const std::string& name, const std::vector<std::string>& settings = {});
Opened open_text(const std::string& yaml, const std::vector<std::string>& settings = {});
/// The spec with rewrites as they are written after it: "+separable+se:reduction=8".
Opened rewritten(Opened opened, const std::string& rewrites);
/// The rewritten spec as it is written, from its blocks or layers on. `rest` is a spec without its
/// name; without an `input` it has 8 channels of 16x12.
std::string text_after(const std::string& rewrites, const std::string& rest,
                       const std::vector<std::string>& settings = {});
/// The same without the gate's block of the rewrite `se`, which is always the same.
std::string text_without_gate(const std::string& rewrites, const std::string& rest);
/// The message of the error that they raise; empty if they raise none.
std::string rewrite_error(const Opened& opened, const std::string& rewrites);

/// Lines for the layers that differ; empty for equal networks. Without `names`, layers of other
/// names are equal.
std::string differences(const graph::Network& left, const graph::Network& right, bool names = true);

struct Totals {
  std::int64_t params = 0, macs = 0;
  friend bool operator==(const Totals&, const Totals&) = default;
};
Totals totals(const graph::Network& network);

}  // namespace archcost::test
