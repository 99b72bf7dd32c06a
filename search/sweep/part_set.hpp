// SPDX-License-Identifier: Apache-2.0
// All parts of one work: which are missing, doubled or of another work, and the command that makes
// each of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/diagnostic.hpp"
#include "search/sweep/part_file.hpp"

namespace archcost::sweep {

/// The command that makes a part again, as for a shell: "archcost sweep ... --shard 3/16 --resume
/// -o part3.csv".
std::string part_command(const PartHead& head, std::uint64_t number, const std::string& path);

/// The path that a part with another number probably has: "part03.csv" for "part12.csv" and 3.
std::string sibling_path(const std::string& path, std::uint64_t number, std::uint64_t other);

/// Collects the parts of one work, and all that is wrong with them.
class PartSet {
 public:
  struct Part {
    std::string path;
    PartHead head;
    std::string content;  ///< equal for parts with the same content; empty: not known
  };

  void add(Part part);
  /// A file that is not a part, or a damaged one.
  void add_problem(std::string path, std::string message);
  /// A part that is there, but damaged.
  void add_damaged(const Part& part, const std::string& message);

  /// Finds what is missing, doubled or of another work. Of parts of several works those of the one
  /// with most parts stay; of two parts with the same number and content one stays, with a note.
  void check();
  /// By their numbers, after check().
  const std::map<std::uint64_t, Part>& parts() const { return parts_; }
  const std::vector<std::string>& notes() const { return notes_; }
  bool has_problems() const { return !problems_.empty(); }
  /// Throws Error with all problems, if there are any.
  void throw_if_any() const;

 private:
  void remove_foreign();
  void number();
  void add_missing();

  std::vector<Part> added_;
  std::map<std::uint64_t, Part> parts_;
  std::vector<std::string> notes_;
  std::vector<Diagnostic> problems_;
};

}  // namespace archcost::sweep
