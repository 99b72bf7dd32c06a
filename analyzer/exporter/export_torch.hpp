// SPDX-License-Identifier: Apache-2.0
// A network as a file of PyTorch that a person would keep: a class for each block with its
// arguments, loops for repeats, the spec's parameters as arguments of the network.
#pragma once

#include <string>

#include "graph/build.hpp"

namespace archcost::exporter {

struct TorchCode {
  std::string text;
  /// Why the file has the layers one by one, for these values of the parameters alone; empty: it
  /// has the spec's blocks and parameters.
  std::string flat_because;
};

/// `network` is the one that spec and options give. Throws Error, with every layer that has no form
/// in PyTorch.
TorchCode torch_code(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                     const graph::Network& network, const std::string& command);

}  // namespace archcost::exporter
