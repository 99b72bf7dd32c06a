// SPDX-License-Identifier: Apache-2.0
// A report as one HTML file: style, scripts and figures are in it, and nothing is loaded.
#pragma once

#include <string>
#include <string_view>

#include "reports/document/page.hpp"

namespace archcost::writers {

/// The second line of the file. A file with it is a report and may be replaced.
inline constexpr std::string_view kHtmlMark = "<!-- made by archcost report -->";

/// Tables that can be sorted and filtered, the tree of layers, pictures drawn from their figures.
/// The page works without a network; its Content-Security-Policy allows its own style and script by
/// their SHA-256 and nothing else. Sections kept from an earlier report are left out: they are
/// Markdown. Throws std::logic_error when two tables or pictures have one name.
std::string write_html_page(const document::Page& page);

/// `text` as text or as the value of a quoted attribute.
std::string escape_html(std::string_view text);

/// The style and the script: reports/writers/html.
extern const std::string_view kHtmlStyle, kHtmlScript;

}  // namespace archcost::writers
