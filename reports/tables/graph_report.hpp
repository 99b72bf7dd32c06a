// SPDX-License-Identifier: Apache-2.0
// The network's graph as text, Graphviz and Mermaid.
#pragma once

#include <string>

#include "graph/network.hpp"
#include "reports/tables/names.hpp"

namespace archcost::tables {

/// A row for each layer: kind, inputs and output.
Document graph_report(const graph::Network& network);
std::string write_dot(const graph::Network& network);
std::string write_mermaid(const graph::Network& network);
/// A box for each block with the kinds of its layers, the shape it gives and its share of the
/// multiply-adds; equal blocks in a row are one box. Blocks are as small as a readable number of
/// boxes allows.
std::string write_folded_mermaid(const graph::Network& network);
/// `text` inside of a label of Mermaid.
std::string escape_mermaid(const std::string& text);

}  // namespace archcost::tables
