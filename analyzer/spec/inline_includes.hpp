// SPDX-License-Identifier: Apache-2.0
// A spec and what it includes as one file, so that it can be rewritten and written.
#pragma once

#include "spec/arch_spec.hpp"

namespace archcost::spec {

/// The same network from one file: the blocks and tables that are used move into it, and what they
/// use of their own files. A parameter of an included file becomes one of the spec, which no sweep
/// varies by itself. A name that stands in two files gets a number: "k", "k2". A spec without
/// includes is returned as it is. Throws Error where a word of an included file is a name of
/// another one.
ArchSpec inline_includes(ArchSpec spec);

}  // namespace archcost::spec
