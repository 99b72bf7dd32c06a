// SPDX-License-Identifier: Apache-2.0
// archcost list, params, show, schema: the shipped specs, what can be set in one, the expanded
// graph of a network, the JSON schema of the spec language.
#include <memory>

#include "cli/command.hpp"
#include "core/text.hpp"
#include "reports/tables/lighten_report.hpp"
#include "reports/tables/network_tables.hpp"
#include "reports/writers/diagram.hpp"
#include "rewrite/rewrite.hpp"
#include "spec/library.hpp"
#include "spec/schema.hpp"

namespace archcost::cli {
namespace {

std::vector<tables::RewriteLine> rewrite_lines() {
  std::vector<tables::RewriteLine> lines;
  for (const rewrite::Rewrite& row : rewrite::rewrites()) {
    lines.push_back({std::string(row.name), std::string(row.help), names_of(row.parameters),
                     names_of(row.options)});
  }
  return lines;
}

std::function<int()> declare_list(CLI::App& app) {
  auto output = std::make_shared<OutputOptions>();
  auto costs = std::make_shared<bool>(false), rewrites = std::make_shared<bool>(false);
  app.add_flag("--costs", *costs, "every spec and preset with its parameters and multiply-adds");
  app.add_flag("--rewrites", *rewrites, "the techniques that any SPEC takes, as resnet50+separable")
      ->excludes("--costs");
  declare_output(app, *output);
  return [output, costs, rewrites] {
    if (*rewrites) {
      write_document(tables::rewrites_report(rewrite_lines()), *output);
      return kFine;
    }
    const spec::SpecLibrary library;
    const CommandResult specs = {.report = [&] { return tables::specs_report(library); },
                                 .json = [&] { return tables::specs_json(library); }};
    const CommandResult families = {.report = [&] { return tables::families_report(library); },
                                    .data = [&] { return tables::families_data(library); },
                                    .json = [&] { return tables::families_json(library); }};
    write_result(*costs ? families : specs, *output);
    return kFine;
  };
}

std::function<int()> declare_params(CLI::App& app) {
  auto options = std::make_shared<NetworkArguments>();
  declare_spec(app, options->spec);
  declare_output(app, options->output);
  return [options] {
    const SpecRequest request = open_spec(options->spec, {});
    const graph::Network network = build_network(request);
    write_result({.report = [&] { return tables::params_report(request.spec, network); },
                  .json = [&] { return tables::params_json(request.spec, network); }},
                 options->output);
    return kFine;
  };
}

std::function<int()> declare_show(CLI::App& app) {
  auto options = std::make_shared<NetworkArguments>();
  declare_network(app, *options);
  declare_output(app, options->output, {"dot", "mermaid", "svg"});
  option_of(app, "--format").transform([](std::string format) {
    if (format != "text") return format;
    note_renamed("--format text", "--format table");
    return std::string("table");
  });
  return [options] {
    const graph::Network network = open_network(options->spec, options->network);
    const OutputOptions& output = options->output;
    if (output.format == "dot")
      write_output(tables::write_dot(network), output.file);
    else if (output.format == "mermaid")
      write_output(writers::mermaid_diagram(tables::layer_diagram(network)), output.file);
    else if (output.format == "svg")
      write_output(writers::svg_diagram(tables::layer_diagram(network), true), output.file);
    else
      write_document(tables::graph_report(network), output);
    return kFine;
  };
}

std::function<int()> declare_schema(CLI::App& app) {
  auto file = std::make_shared<std::string>();
  declare_output_file(app, *file, {".json"});
  return [file] {
    write_output(spec::spec_schema(), *file);
    return kFine;
  };
}

}  // namespace

const Command kListCommand = {"list", "the specs that ship with archcost",
                              "  archcost list\n  archcost list --rewrites\n  archcost list "
                              "--costs\n  archcost list --costs --format csv",
                              declare_list};

const Command kParamsCommand = {"params", "the parameters and presets of a spec",
                                "  archcost params shufflenet_v1\n  archcost params resnet50",
                                declare_params};

const Command kShowCommand = {
    "show",
    "the layers of a network and their connections",
    "  archcost show mobilenet_v1\n"
    "  archcost show mobilenet_v1 -o mobilenet_v1.svg\n"
    "  archcost show mobilenet_v1 --format dot | dot -Tpdf > mobilenet_v1.pdf",
    declare_show,
};

const Command kSchemaCommand = {"schema", "a JSON schema of the spec language, for editors",
                                "  archcost schema -o archcost.schema.json", declare_schema};

}  // namespace archcost::cli
