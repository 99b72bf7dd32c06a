// SPDX-License-Identifier: Apache-2.0
// Slow figures of a search, kept in a file as they come: what was measured is never measured again.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "search/space/quantity.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::methods {

/// A search was interrupted while it waited for a figure.
struct Interrupted {};

/// Its figures may be asked for by several threads.
class FigureJournal {
 public:
  /// From now on figures come from `file` and go there, a record each at once; see sweep::Journal.
  void open(const std::string& file, const std::string& request, bool resume);
  /// Removes the file.
  void remove();
  std::size_t known() const { return figures_.size(); }

  /// The same costs, from the journal where it has the network. They throw Interrupted instead of
  /// beginning another figure once `stop` is set. The journal must outlive them.
  std::vector<space::SlowCost> keep(std::vector<space::SlowCost> costs,
                                    const std::atomic<bool>& stop);

 private:
  using Figure = std::optional<space::Uncertain>;
  Figure figure(const space::SlowCost& cost, const graph::Network& network);

  std::mutex mutex_;
  std::map<std::string, Figure> figures_;  // by cost and network
  std::optional<sweep::Journal> journal_;
};

}  // namespace archcost::methods
