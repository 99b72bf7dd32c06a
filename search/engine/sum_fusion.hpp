// SPDX-License-Identifier: Apache-2.0
// Sums of products as one instruction each.
#pragma once

#include <vector>

#include "search/engine/batch_program.hpp"

namespace archcost::engine {

/// Replaces runs of instructions that add products of a register and a scalar to one register by
/// one instruction, so that the register is written once. The numbers stay the same. Appends to
/// `terms`.
void fuse_sums(std::vector<BatchProgram::Instruction>& code,
               std::vector<BatchProgram::Term>& terms);

}  // namespace archcost::engine
