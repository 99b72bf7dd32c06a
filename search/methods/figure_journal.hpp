// SPDX-License-Identifier: Apache-2.0
// Slow figures of a search, kept in a file as they come: what was measured is never measured again.
#pragma once

#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "search/space/quantity.hpp"

namespace archcost::methods {

/// A search was interrupted while it waited for a figure.
struct Interrupted {};

/// Its figures may be asked for by several threads.
class FigureJournal {
 public:
  /// From now on figures come from `file` and go there, a line each at once. `request` is what they
  /// belong to. With `resume` those of an earlier run are known; without it the file must not be
  /// there. Throws Error for a file of another request, or one that can't be read or written.
  void open(const std::string& file, const std::string& request, bool resume);
  /// Forgets and removes the file.
  void remove();
  std::size_t known() const { return figures_.size(); }

  /// The same costs, by the journal where it knows the network. They throw Interrupted instead of
  /// beginning another figure once `stop` is set. The journal must outlive them.
  std::vector<space::SlowCost> keep(std::vector<space::SlowCost> costs,
                                    const std::atomic<bool>& stop);

 private:
  using Figure = std::optional<space::Uncertain>;
  Figure figure(const space::SlowCost& cost, const graph::Network& network);

  std::mutex mutex_;
  std::map<std::string, Figure> figures_;  // by cost and network
  std::string file_;
  std::ofstream out_;
};

}  // namespace archcost::methods
