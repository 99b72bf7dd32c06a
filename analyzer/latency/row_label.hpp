// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace archcost::latency {

/// What a row of times is called that no layer names.
struct RowLabel {
  std::string name;  ///< "between kernels", or the engine's name of a node
  std::string kind;  ///< "between kernels", "no layer", "reorder"
};

/// Of what an engine needs beside its kernels.
inline RowLabel between_kernels() { return {"between kernels", "between kernels"}; }

}  // namespace archcost::latency
