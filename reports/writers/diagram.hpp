// SPDX-License-Identifier: Apache-2.0
// Diagrams as text for Mermaid and as SVG.
#pragma once

#include <string>
#include <string_view>

#include "reports/document/page.hpp"

namespace archcost::writers {

/// A flowchart from top to bottom; the first box is `input`, the others n0, n1, ...
std::string mermaid_diagram(const document::Diagram& diagram);
/// `text` inside of a label of Mermaid.
std::string escape_mermaid(const std::string& text);

/// An <svg> element, or a file with `standalone`, in the colour of the text around it. Each box is
/// below the boxes that its arrows come from. Lengths are in pixels.
std::string svg_diagram(const document::Diagram& diagram, bool standalone);

}  // namespace archcost::writers
