// SPDX-License-Identifier: Apache-2.0
// The argument SPEC: a shipped name, a preset, a file or "-"; settings may follow a colon. Lists of
// networks: several SPECs, grids of their parameters, and lists in files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "graph/build.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::cli {

/// From now on this file is not written: the command reads it. It need not exist.
void protect_input(const std::string& file);

/// The options that modify SPEC.
struct SpecOptions {
  std::vector<std::string> settings;  ///< of --set
  std::string input;                  ///< of --input, "CxHxW"
  std::int64_t batch = 1;
  bool strict = false;  ///< layers of unknown cost are an error
};

struct SpecRequest {
  spec::ArchSpec spec;
  graph::BuildOptions options;
  std::string suffix;  ///< the rewrites: "+separable"
};

/// The text with a parameter's name in place of its symbol: "ρ=4/7" is "rho=4/7".
std::string with_param_name(const spec::ArchSpec& spec, const std::string& text);
std::vector<std::string> with_param_names(const spec::ArchSpec& spec,
                                          std::vector<std::string> texts);
/// Of the texts of --vary those for one of the SPECs: "mobilenet_v1:alpha=0.5,1" is for that SPEC
/// alone, and loses its name (see split_spec_text()).
std::vector<std::string> vary_of_spec(const std::string& argument,
                                      const std::vector<std::string>& arguments,
                                      const std::vector<std::string>& vary);
/// Throws Error if `settings`, as --set or --vary give them, change the spec's input while --input
/// replaces it by another.
void check_input(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                 const std::vector<graph::ParameterSetting>& settings);

/// Finds and reads a spec: "mobilenet_v1", "resnet50", "net.yaml", "-",
/// "mobilenet_v1:alpha=0.5,rho=4/7", "resnet50+separable". Throws Error.
SpecRequest open_spec(const std::string& argument, const SpecOptions& options);

/// The network of a request. With a preset it has the name of the preset.
graph::Network build_network(const SpecRequest& request);
/// The spec of a request with its settings as defaults; a given input isn't part of it.
spec::ArchSpec design_of(const SpecRequest& request);
/// The request with rewrites "+separable+se:reduction=8". Throws Error.
SpecRequest rewritten(const SpecRequest& request, const std::string& suffix);
/// "archcost export resnet50 --set alpha=0.5 --batch 2": a command about these networks.
std::string network_command(std::string_view command, const std::vector<std::string>& specs,
                            const SpecOptions& options);
/// The network of SPEC.
graph::Network open_network(const std::string& argument, const SpecOptions& options);

struct ListedNetwork {
  /// SPEC, and the options that change the network, as the command line takes them:
  /// "mobilenet_v1:alpha=0.5,rho=4/7 --batch 8".
  std::string label;
  std::string family;  ///< of a list's first column; else the spec's name
  graph::Network network;
};

struct NetworkList {
  std::vector<ListedNetwork> networks;
  std::vector<std::string> unbuildable;  ///< "shufflenet_v1:g=5: why"
};

struct NetworkListArguments {
  std::vector<std::string> specs, vary;
  std::string list;  ///< a CSV file with the header "family,network"
  SpecOptions network;
};

/// The networks of the specs, at every combination of `vary` (see sweep_space) if it is not empty,
/// and those of the list. Throws Error.
NetworkList list_networks(const NetworkListArguments& arguments);

}  // namespace archcost::cli
