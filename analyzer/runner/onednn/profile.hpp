// SPDX-License-Identifier: Apache-2.0
// Times single kernels in network context: each after the kernels that make its inputs, among
// kernels of other networks.
#pragma once

#include "runner/onednn/announcer.hpp"

namespace archcost::onednn {

/// The request {"do": "profile"}: "networks"; "known": ["problem\toption"], which are not timed
/// again; "choices", "threads", "seed", "winograd" as for "measure"; "blocks", "seconds" and
/// "passes" of each. Events: "tried" as for "measure"; "rows" with the number of kernels to time;
/// "figures" for each batch of them, when it is finished.
void profile(const nlohmann::json& request, Announcer& announcer);

}  // namespace archcost::onednn
