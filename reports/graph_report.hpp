// The network's graph as text, Graphviz and Mermaid.
#pragma once

#include <string>

#include "graph/network.hpp"
#include "reports/table.hpp"

namespace archcost {

/// A row for each layer: what it is, takes and gives.
Document graph_report(const Network& network);
std::string write_dot(const Network& network);
std::string write_mermaid(const Network& network);

}  // namespace archcost
