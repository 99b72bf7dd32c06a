// SPDX-License-Identifier: Apache-2.0
// The requests that the program of the kernels answers.
#pragma once

#include "runner/onednn/announcer.hpp"

namespace archcost::onednn {

/// Throws std::exception with what went wrong as a whole; what goes wrong with one kernel is an
/// event.
void answer(const nlohmann::json& request, Announcer& announcer);

}  // namespace archcost::onednn
