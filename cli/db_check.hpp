// SPDX-License-Identifier: Apache-2.0
// archcost db check: whole networks, measured and compared with their predictions.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace archcost::cli {

/// Declares the subcommand's options but for --db, whose value `db` has; the result is run after
/// parsing.
std::function<int()> declare_db_check(CLI::App& app, const std::string& db);

}  // namespace archcost::cli
