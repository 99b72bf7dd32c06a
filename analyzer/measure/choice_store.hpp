// What was chosen on this machine, kept in a file between runs.
#pragma once

#include <string>

#include "measure/choices.hpp"

namespace archcost {

/// The user's cache folder of this program: $XDG_CACHE_HOME/archcost or ~/.cache/archcost; the
/// variable ARCHCOST_CACHE comes first. Not made here.
std::string cache_folder();

/// One file for each machine and library: figures of another are never mixed in.
class ChoiceStore {
 public:
  ChoiceStore(const std::string& cpu, const std::string& library, const std::string& isa);

  /// Empty when there is none yet, or it can't be read: choices can be made again.
  Choices load() const;
  /// Adds to what the file holds by now; whole or not at all. A folder that can't be written is no
  /// error.
  void save(const Choices& choices) const;
  const std::string& path() const { return path_; }

 private:
  std::string machine_;  // as the file says it
  std::string path_;
};

}  // namespace archcost
