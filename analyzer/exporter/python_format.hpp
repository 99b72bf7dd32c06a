// SPDX-License-Identifier: Apache-2.0
// Python statements broken into lines as the formatter black breaks them.
#pragma once

#include <string>
#include <string_view>

namespace archcost::exporter {

constexpr std::size_t kPythonWidth = 88;

/// One statement at that depth of indentation (4 blanks each), with the line end. Where it is too
/// long, it is broken inside of its last brackets: their contents on one line, or each element on
/// its own.
std::string python_statement(std::string_view statement, int depth);

}  // namespace archcost::exporter
