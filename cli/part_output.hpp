// SPDX-License-Identifier: Apache-2.0
// Files of shards, written by the commands that have --shard; 'archcost join' joins them.
#pragma once

#include <string>
#include <string_view>

#include "search/sweep/part_file.hpp"

namespace archcost::cli {

/// The head of a part that this run writes: its arguments are in it, so that join can say how a
/// part is made again. `format` is added as --format where the name of the output implied it.
sweep::PartHead part_head_of_run(const std::string& kind, const std::string& request,
                                 const sweep::Shard& shard, const std::string& format = "");

/// Whether the file is this part already, whole and undamaged: a requeued task has nothing to do.
/// Says so on standard error.
bool is_complete_part(const std::string& file, const sweep::PartHead& head);

/// csv and jsonl. Throws Error for other formats: their files can't be joined.
sweep::PartFormat part_format(const std::string& format);

}  // namespace archcost::cli
