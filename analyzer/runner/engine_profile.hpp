// SPDX-License-Identifier: Apache-2.0
// Fills the database from whole networks, for engines whose kernels can't be timed one by one: each
// network is run once, and its rows are the figures.
#pragma once

#include "runner/profile.hpp"

namespace archcost::runner {

ProfileWork engine_profile_work(const std::vector<graph::Network>& networks,
                                const ProfileOptions& options);
/// A network that fails is reported, and the others are profiled. Throws EngineError when several
/// fail in a row.
ProfileResult profile_whole_networks(const std::vector<graph::Network>& networks,
                                     const ProfileOptions& options, const ProfileProgress& progress,
                                     const std::atomic<bool>& stop);

}  // namespace archcost::runner
