// SPDX-License-Identifier: Apache-2.0
// Pictures through gnuplot: a program that may be missing.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reports/document/page.hpp"

namespace archcost::pictures {

using document::Picture;

/// Pixels; pictures are shown at their own size in a README.
constexpr int kPictureWidth = 830;

/// `text` as a string of gnuplot.
std::string gnuplot_quoted(const std::string& text);

/// The whole script: run in the folder of NAME.csv, it draws NAME.svg. The names ink, axis and
/// faint stand for colours, line types 1 to 6 for the series'.
std::string gnuplot_script(const Picture& picture);

/// $ARCHCOST_GNUPLOT, else gnuplot in $PATH; nothing if there is none.
std::optional<std::filesystem::path> find_gnuplot();

struct DrawnPictures {
  std::set<std::string> names;
  std::string failure;  ///< what gnuplot said about the first of the others; empty: all are drawn
};
/// NAME.svg in `folder` for each picture; NAME.gp and NAME.csv must be there. The SVGs have a title
/// and colours for a light and a dark scheme, each on a ground of its own. Throws Error when
/// gnuplot can't be started.
DrawnPictures draw_pictures(const std::filesystem::path& gnuplot,
                            const std::vector<const Picture*>& pictures,
                            const std::filesystem::path& folder);

}  // namespace archcost::pictures
