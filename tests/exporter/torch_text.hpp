// SPDX-License-Identifier: Apache-2.0
// Exported files of PyTorch as texts.
#pragma once

#include <string>
#include <vector>

#include "exporter/export_torch.hpp"
#include "graph/build.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::test {

inline std::string torch_of(const std::string& yaml,
                            const std::vector<std::string>& settings = {}) {
  const spec::ArchSpec spec = spec::read_spec_text("net.yaml", yaml, ".");
  graph::BuildOptions options;
  for (const std::string& setting : settings)
    options.settings.push_back(graph::parse_setting(spec, setting, "--set"));
  return exporter::torch_code(spec, options, graph::build_network(spec, options), "archcost").text;
}

// The classes of blocks and of the network.
inline std::string classes_of(const std::string& text, const std::string& first) {
  const std::size_t begin = text.find("class " + first),
                    end = text.find("\n    def load_state_dict");
  return text.substr(begin, end - begin);
}

}  // namespace archcost::test
