// SPDX-License-Identifier: Apache-2.0
#include "graph/layer_names.hpp"

#include <fmt/core.h>

#include <unordered_map>

#include "core/text.hpp"

namespace archcost::graph {

void name_layers(const spec::ArchSpec& spec, const LabelTree& labels,
                 const std::vector<TakenName>& taken, MadeLayers& made,
                 DiagnosticList& diagnostics) {
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t k = 0; k < made.layers.size(); ++k) {
    Layer& layer = made.layers[k];
    layer.name = labels.name(made.labels[k]);
    const auto [other, fresh] = seen.emplace(layer.name, k);
    if (fresh) continue;
    diagnostics.add(made.places[k],
                    fmt::format("two layers are called '{}', the other one at {}; name one of them",
                                layer.name, spec.sources.place(made.places[other->second])));
  }
  for (const auto& [label, reference] : taken) {
    const std::string last = split(reference.path, '.').back();
    const std::string name = labels.name(label);
    if (name.ends_with(last)) continue;
    diagnostics.add(
        reference.where,
        fmt::format("'{}' is the name of several layers here; this one is '{}'", last, name));
  }
}

}  // namespace archcost::graph
