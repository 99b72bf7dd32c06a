// SPDX-License-Identifier: Apache-2.0
// What an engine needs beside the kernels that have figures: its own work between them, and nodes
// that are no kernel of a layer. A figure for each network that was profiled; predictions take the
// line that fits them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace archcost::latency {

struct Remainder {
  int kernels = 0;      ///< of the network, with figures; changes of layout too
  std::string network;  ///< a hash of its layers: the same network isn't profiled twice
  int threads = 1;
};

/// "remainder 57 3f2a1b4c9d3e7f01 f32 1T": the problem of its figure.
std::string to_text(const Remainder& remainder);
/// The inverse of to_text; nothing for other texts.
std::optional<Remainder> remainder_from_text(const std::string& text);

/// Seconds of a network with so many kernels, by a line through the known ones that can't fall
/// with the number of kernels. Empty: 0.
double remainder_seconds(const std::vector<std::pair<int, double>>& known, int kernels);

}  // namespace archcost::latency
