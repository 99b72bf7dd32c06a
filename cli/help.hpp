// SPDX-License-Identifier: Apache-2.0
// How --help is laid out: two columns, no line longer than 80.
#pragma once

#include <CLI/CLI.hpp>

namespace archcost::cli {

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_footer(const CLI::App* app) const override;
};

}  // namespace archcost::cli
