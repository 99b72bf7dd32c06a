// SPDX-License-Identifier: Apache-2.0
// Places for the numbers of a batch program: as few as possible, so that they stay in the caches.
#pragma once

#include <vector>

#include "search/engine/batch_program.hpp"

namespace archcost::engine {

class RegisterAllocator {
 public:
  explicit RegisterAllocator(BatchProgram& program) : program_(&program) {}

  /// Registers so far are used once each. `pure`, by register: these keep a place of their own,
  /// since they are there for the next outer point too, and so do inputs and outputs; the others
  /// get the place of one that nothing needs any more.
  void share_registers(const std::vector<bool>& pure);
  /// The same for scalars: inputs, constants and what is read beside the code for outer points keep
  /// their own. After all other changes of the code.
  void share_scalars();

 private:
  void find_last_reads(const std::vector<bool>& pure);
  void place_kept(const std::vector<bool>& pure);
  void place_mixed();
  std::vector<bool> scalars_read_elsewhere() const;
  void place_scalars(const std::vector<bool>& kept);
  void rename_scalars();

  BatchProgram* program_;
  std::vector<int> last_;   // by register or scalar: the last instruction that reads it; -1: none
  std::vector<int> place_;  // by register or scalar; -1: none so far
  int used_ = 0;            // places
};

}  // namespace archcost::engine
