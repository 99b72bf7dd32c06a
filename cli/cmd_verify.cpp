// SPDX-License-Identifier: Apache-2.0
// archcost verify: compares published figures with computed ones.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "cli/command.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "reports/tables/network_tables.hpp"
#include "spec/library.hpp"

namespace archcost::cli {
namespace {

struct VerifyArguments {
  std::vector<std::string> specs;
  OutputOptions output;
};

// A row of a shipped spec may be marked as an error of its source only if it is on the list.
void check_source_errors(const spec::SpecLibrary& library, tables::VerifiedSpec& spec) {
  const auto list = library.folder() / "source_errors.txt";
  std::vector<std::string> known = split(read_text_file(list), '\n');
  for (cost::VerifiedFigure& figure : spec.figures) {
    if (figure.status != cost::FigureStatus::kSourceError) continue;
    const std::string line =
        fmt::format("{} | {} | {} {}", spec.name, figure.at, figure.name, figure.printed);
    if (std::find(known.begin(), known.end(), line) == known.end())
      figure.status = cost::FigureStatus::kDiffers;
  }
}

int run(const VerifyArguments& options) {
  const spec::SpecLibrary library;
  const std::vector<std::string> names = options.specs.empty() ? library.names() : options.specs;
  std::vector<tables::VerifiedSpec> specs;
  for (const std::string& name : names) {
    const SpecRequest request = open_spec(name, {});
    if (!request.options.settings.empty() || !request.suffix.empty()) {
      throw Error(fmt::format(
          "'{}': published figures have settings of their own; name the spec alone: archcost "
          "verify {}",
          name, name.substr(0, name.find_first_of(":+"))));
    }
    tables::VerifiedSpec spec = {request.spec.name, cost::verify_published(request.spec)};
    if (library.find(name)) check_source_errors(library, spec);
    if (!options.specs.empty() && spec.figures.empty()) {
      throw Error(fmt::format(
          "'{}' has no published figures; they belong under 'published' in a spec", name));
    }
    specs.push_back(std::move(spec));
  }
  write_result({.report = [&] { return tables::verify_report(specs); },
                .data = [&] { return tables::verify_data(specs); },
                .json = [&] { return tables::verify_json(specs); }},
               options.output);
  return tables::tally(specs).differ > 0 ? kCheckFailed : kFine;
}

std::function<int()> declare_verify(CLI::App& app) {
  auto options = std::make_shared<VerifyArguments>();
  app.add_option("SPEC", options->specs, "specs (default: all shipped ones)");
  declare_output(app, options->output);
  return [options] { return run(*options); };
}

}  // namespace

const Command kVerifyCommand = {
    "verify",
    "compare published figures with computed ones; status 5 when one differs",
    "  archcost verify\n"
    "  archcost verify mobilenet_v1 --format csv",
    declare_verify,
};

}  // namespace archcost::cli
