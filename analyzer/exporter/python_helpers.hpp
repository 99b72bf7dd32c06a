// SPDX-License-Identifier: Apache-2.0
// Functions and classes that exported Python files contain where they need them.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

namespace archcost::exporter {

struct Helper {
  std::string_view name;
  std::string_view needs;  ///< another helper
  std::string_view code;
};

/// Modules that torch.nn doesn't have.
std::span<const Helper> module_helpers();

/// The definitions of these helpers and of those that they use, functions first, in one order for
/// all files; two empty lines before each.
std::string helper_code(std::set<std::string> names, bool classes);
/// Whether a file defines a helper of that name, so that nothing else may have it.
bool is_helper(std::string_view name);

}  // namespace archcost::exporter
