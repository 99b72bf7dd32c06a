// SPDX-License-Identifier: Apache-2.0
// Kinds of pictures, from plain numbers: data table and gnuplot script of each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/document/page.hpp"

namespace archcost::pictures {

using document::Cell, document::Chart, document::Picture, document::Table;
using enum document::Format;

/// A number for each category, or nothing.
struct Series {
  std::string key;    ///< of the CSV: "macs_share"
  std::string title;  ///< of the legend: "multiply-adds"
  std::vector<std::optional<double>> values;
};

struct PictureText {
  std::string name, alt;
  std::string x = {}, y = {};  ///< titles of the axes
};

/// Horizontal bars, one below another for each category, with their values. `decimals` and `unit`
/// (" %") are those of the values.
Picture bar_picture(const PictureText& text, const std::string& category,
                    const std::vector<std::string>& categories, const std::vector<Series>& series,
                    int decimals, const std::string& unit);

/// Columns side by side for each category, with names below if there is room, else numbers.
Picture column_picture(const PictureText& text, const std::string& category,
                       const std::vector<std::string>& categories,
                       const std::vector<Series>& series);

/// Filled steps in an order, with some names below. The largest value is marked.
Picture step_picture(const PictureText& text, const std::string& category,
                     const std::vector<std::string>& categories, const Series& values,
                     const std::string& unit, double scale);

/// Lines through points, on logarithmic axes where asked.
struct LineOptions {
  bool log_x = false, log_y = false;
};
Picture line_picture(const PictureText& text, const std::string& x_key,
                     const std::vector<double>& x, const std::vector<Series>& series,
                     const LineOptions& options);

/// A point of a group; the label may be empty.
struct ScatterPoint {
  std::string group, label;
  double x = 0, y = 0;
  bool labelled = false;
  bool front = false;  ///< on the line of the front
  double error = 0;    ///< of y, half a bar; 0: none
  bool muted = false;  ///< grey, behind the others
};
/// A line at a value, named in the key.
using Budget = document::ChartLine;
struct ScatterOptions {
  bool log_x = false;
  std::vector<Budget> budgets = {};  ///< on the horizontal axis
  std::string points_of = {};        ///< Chart::points_of
};
Picture scatter_picture(const PictureText& text, const std::string& x_key, const std::string& y_key,
                        const std::vector<ScatterPoint>& points, const ScatterOptions& options);

/// A cost over two parameters, with lines along which it equals a budget.
struct HeatMap {
  std::string x_key, y_key, value_key;
  std::vector<Cell> x, y;  ///< the values: texts or numbers with a text
  /// By y, then x; nothing for a missing value.
  std::vector<std::vector<std::optional<double>>> values;
  std::vector<Budget> budgets;
};
Picture heat_picture(const PictureText& text, const HeatMap& map);

/// Layers under the roofs of a machine.
struct RooflinePoint {
  std::string layer, kind;
  double intensity = 0;  ///< operations a byte
  double gflops = 0;
};
struct Roof {
  std::string name;  ///< "L2"
  double gbs = 0;
};
Picture roofline_picture(const PictureText& text, const std::vector<RooflinePoint>& points,
                         double peak_gflops, const std::vector<Roof>& roofs);

}  // namespace archcost::pictures
