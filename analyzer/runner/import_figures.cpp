// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/diagnostic.hpp"
#include "core/statistics.hpp"
#include "core/text.hpp"
#include "exporter/export_onnx.hpp"
#include "latency/network_footprint.hpp"
#include "runner/engine_figures.hpp"
#include "runner/import_profile.hpp"

namespace archcost::runner {
namespace {

/// Names with other separators: converters write '/' or '_' for the '.' of a path.
std::string plain_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == '.' || c == ':' || c == '-'; },
      '_');
  return name;
}

/// The names of the exported file's nodes where the network can be exported, and each layer's name
/// with other separators, unless two layers share it.
std::vector<LayerName> known_names(const graph::Network& network) {
  std::vector<LayerName> names;
  try {
    names = layer_names(exporter::onnx_graph(network, exporter::kDefaultOpset));
  } catch (const Error&) {
  }
  std::map<std::string, std::vector<graph::LayerId>> plain;
  for (std::size_t id = 0; id < network.layers.size(); ++id)
    plain[plain_name(network.layers[id].name)].push_back(static_cast<graph::LayerId>(id));
  for (const auto& [name, layers] : plain) {
    if (layers.size() == 1) names.push_back({name, layers.front()});
  }
  return names;
}

std::string row_text(const std::string& name, double seconds) {
  return fmt::format("{} ({:.1f} us)", printable(shorten(name, 60)), seconds * 1e6);
}

/// The tensors of TensorFlow Lite's fused operators stand in one name.
std::string matching_name(const std::string& name, const std::set<std::string>& known) {
  for (const std::string& part : split(name, ';')) {
    if (known.contains(part)) return part;
    if (std::string plain = plain_name(part); known.contains(plain)) return plain;
  }
  return name;
}

}  // namespace

ImportedFigures figures_of_profile(const graph::Network& network, const ImportedProfile& profile,
                                   int threads) {
  const std::vector<LayerName> names = known_names(network);
  std::set<std::string> known;
  for (const LayerName& name : names) known.insert(name.name);
  for (const graph::Layer& layer : network.layers) known.insert(layer.name);
  std::vector<EngineNode> nodes;
  std::vector<double> seconds;
  std::size_t runs = 0;
  for (const ProfileRow& row : profile.rows) {
    EngineNode node = row.node;
    node.name = matching_name(node.name, known);
    nodes.push_back(std::move(node));
    seconds.push_back(median(row.seconds));
    runs = std::max(runs, row.seconds.size());
  }
  ImportedFigures imported;
  latency::NetworkFigures& figures = imported.figures;
  figures.network = latency::network_hash(network);
  figures.threads = threads;
  figures.footprint = latency::network_footprint(network);
  figures.passes = static_cast<int>(runs);
  figures.how = fmt::format("imported: {}, {} run{}", profile.format, runs, runs == 1 ? "" : "s");
  const std::vector<EngineRow> rows = map_nodes(network, names, nodes);
  const std::vector<MeasuredRow> measured = measured_rows(network, rows, nodes, threads);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    double sum = 0;
    for (const std::size_t node : rows[r].nodes) sum += seconds[node];
    if (rows[r].found) imported.matched += rows[r].nodes.size();
    if (!measured[r].problem.empty()) {
      figures.rows.push_back(
          {measured[r].problem, measured[r].option, measured[r].implementation, sum});
      continue;
    }
    figures.remainder += sum;
    for (const std::size_t node : rows[r].nodes) {
      if (!rows[r].found)
        imported.unmatched.push_back(row_text(profile.rows[node].node.name, seconds[node]));
    }
    if (rows[r].found && rows[r].layers.size() > 1)
      imported.combined.push_back(row_text(nodes[rows[r].nodes.front()].name, sum));
  }
  if (profile.total)
    figures.remainder += *profile.total - std::accumulate(seconds.begin(), seconds.end(), 0.0);
  return imported;
}

}  // namespace archcost::runner
