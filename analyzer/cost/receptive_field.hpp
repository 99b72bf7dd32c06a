// SPDX-License-Identifier: Apache-2.0
// How much of the input an output position depends on.
#pragma once

#include <string>
#include <vector>

#include "core/rational.hpp"
#include "graph/network.hpp"

namespace archcost::cost {

/// Of one layer. `whole` when a position sees the whole input (after a global pool or attention, or
/// after a gate computed from one); then the sizes mean nothing.
struct ReceptiveField {
  Rational height = 1, width = 1;  ///< rows and columns of the network's input
  Rational stride_height = 1,
           stride_width = 1;  ///< input rows and columns between neighbouring outputs
  bool whole = false;
};

/// For every layer. Source: arXiv:1603.07285; distill.pub/2019/computing-receptive-fields.
std::vector<ReceptiveField> receptive_fields(const graph::Network& network);

/// "43x43", or "all".
std::string describe_size(const ReceptiveField& field);
/// "32x32"; "-" when the whole input is seen.
std::string describe_stride(const ReceptiveField& field);

}  // namespace archcost::cost
