// SPDX-License-Identifier: Apache-2.0
// archcost conventions: what people call "FLOPs", side by side.
#include <fmt/core.h>

#include <memory>

#include "cli/command.hpp"
#include "core/count.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/published.hpp"
#include "reports/tables/network_tables.hpp"

namespace archcost::cli {
namespace {

// Of the form 407M, 4.09G or 1,000.
bool is_figure(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789";
  if (text.empty() || text.front() == ',') return false;
  if (std::string_view("KMGT").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (whole.empty() || whole.find_first_not_of("0123456789,") != std::string_view::npos)
    return false;
  if (point == std::string_view::npos) return true;
  const std::string_view decimals = text.substr(point + 1);
  return !decimals.empty() && decimals.find_first_not_of(kDigits) == std::string_view::npos;
}

struct ConventionsArguments : NetworkArguments {
  std::string from, to, printed;
};

int write_rules(const ConventionsArguments& options) {
  if (!options.from.empty() || !options.to.empty())
    throw Error("--from and --to compare the figures of a network; name a SPEC");
  const SpecOptions& network = options.network;
  if (!network.settings.empty() || !network.input.empty() || network.batch != 1)
    throw Error("--set, --input and --batch are for a network; name a SPEC");
  write_result(
      {tables::convention_rules, tables::convention_rules_data, tables::convention_rules_json},
      options.output);
  return kFine;
}

int write_difference(const ConventionsArguments& options) {
  if (options.from.empty() || options.to.empty()) {
    throw Error(fmt::format("a difference needs both --from and --to; --{} is missing",
                            options.from.empty() ? "from" : "to"));
  }
  const cost::Convention &from = *cost::find_convention(options.from),
                         &to = *cost::find_convention(options.to);
  if (&from == &to)
    throw Error(fmt::format("--from and --to are the same convention, {}", from.name));
  const graph::Network network = open_network(options.spec, options.network);
  write_result({.report = [&] { return tables::difference_report(network, from, to); },
                .data = [&] { return tables::difference_data(network, from, to); },
                .json = [&] { return tables::difference_json(network, from, to); }},
               options.output);
  return kFine;
}

int run(const ConventionsArguments& options) {
  if (options.spec.empty()) return write_rules(options);
  if (!options.from.empty() || !options.to.empty()) return write_difference(options);
  const graph::Network network = open_network(options.spec, options.network);
  write_result({.report = [&] { return tables::conventions_report(network, options.printed); },
                .json = [&] { return tables::conventions_json(network); }},
               options.output);
  return kFine;
}

std::function<int()> declare_conventions(CLI::App& app) {
  auto options = std::make_shared<ConventionsArguments>();
  app.add_option("SPEC", options->spec, "a spec; without one, the rules of every convention");
  declare_spec_options(app, options->network);
  const std::vector<std::string> names = cost::convention_names();
  add_choice(app, "--from", options->from, names, "NAME",
             "explain the difference between this convention and --to");
  add_choice(app, "--to", options->to, names, "NAME", "the convention to compare with --from");
  app.add_option("--printed", options->printed,
                 "a figure that a paper or model zoo prints: which convention gives it")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const std::string shown = shorten(text, 40);
            if (!is_figure(text))
              return fmt::format("'{}' is no figure such as 407M, 4.09G or 1,000", shown);
            try {
              if (cost::parse_figure(text).value == Rational(0))
                return fmt::format("'{}' is no figure above 0", shown);
            } catch (const CountOverflow&) {
              return fmt::format("'{}' needs more than 64 bits", shown);
            }
            return std::string();
          },
          ""))
      ->type_name("FIGURE");
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kConventionsCommand = {
    "conventions",
    "one network under all counting conventions, and why they differ",
    "  archcost conventions\n"
    "  archcost conventions resnet50\n"
    "  archcost conventions resnet50 --from thop --to macs\n"
    "  archcost conventions my.yaml --printed 407M",
    declare_conventions,
};

}  // namespace archcost::cli
