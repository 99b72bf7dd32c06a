// SPDX-License-Identifier: Apache-2.0
// A report as data: sections of texts, tables, graphs and pictures. Builders make one; only the
// writers know Markdown, CSV, gnuplot and the names of folders.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reports/document/table.hpp"

namespace archcost::document {

/// Literal text: the writer escapes it. "arXiv:1704.04861" becomes a link.
struct Paragraph {
  std::string text;
};
struct Bullets {
  std::vector<std::string> items;
};
/// A heading inside of a section.
struct Subheading {
  std::string text;
};
/// Verbatim lines: a command.
struct Listing {
  std::string language;
  std::string text;
};
/// A table and, as NAME.csv beside the report, its raw figures.
struct PageTable {
  std::string name;  ///< "by_layer": unique in the report, letters, digits and '_'
  Table table;
  std::optional<Table> data;       ///< what the CSV holds, if more than the table
  std::vector<std::string> notes;  ///< below it
  std::string folded = {};         ///< not empty: the table is folded away under this line
};
/// The layers of a network under its stages and blocks. Markdown has the tables by stage and by
/// layer instead.
struct Tree {
  std::string name;  ///< unique in the report
  Table table;
  std::vector<int>
      levels;  ///< of each row: 0 at the left; a row's parts follow it, one level deeper
};

/// Boxes with lines of text, and arrows between them; the first box is the network's input.
struct Diagram {
  struct Box {
    std::vector<std::string> lines;
    bool rounded = false;
  };
  std::string alt;  ///< one sentence: what it shows
  std::vector<Box> boxes;
  std::vector<std::pair<int, int>> arrows;  ///< from, to: indices of boxes, from < to; sorted by to
};

/// A line of a chart: a budget at a value, or a roof in GB/s.
struct ChartLine {
  std::string title;
  double value;
};
/// What a picture shows, for writers that draw it themselves. The columns of Picture::data:
/// kBars, kColumns, kSteps: a name, then a column for each series; kLines: the same over a number;
/// kScatter: group, label, x, y, front, error, labelled; kHeat: x, y, value, column, row, text;
/// kRoofline: layer, kind, operations a byte, GFLOP/s.
struct Chart {
  enum class Kind { kBars, kColumns, kSteps, kLines, kScatter, kHeat, kRoofline };
  Kind kind = Kind::kBars;
  std::string x = {}, y = {};  ///< titles of the axes
  bool log_x = false, log_y = false;
  std::optional<int> decimals = {};     ///< of values; nothing: four digits
  std::string unit = {};                ///< of values: " %"
  double scale = 1;                     ///< of kSteps: from raw values to the unit
  std::vector<ChartLine> lines = {};    ///< budgets on the horizontal axis or on the map, or roofs
  double peak = 0;                      ///< of kRoofline, GFLOP/s
  std::vector<std::string> muted = {};  ///< groups of kScatter that are grey
  std::string points_of = {};           ///< the table whose rows are the points, in the same order
};

/// A picture that a gnuplot script draws from NAME.csv.
struct Picture {
  std::string name;  ///< unique among tables and pictures
  std::string alt;   ///< one sentence: what it shows
  Table data;
  int height = 0;      ///< in pixels, of a width of 830
  std::string script;  ///< without terminal, output and colours: see reports/pictures/gnuplot.hpp
  Chart chart = {};
};
using PagePart =
    std::variant<Paragraph, Bullets, Subheading, Listing, PageTable, Picture, Tree, Diagram>;

struct PageSection {
  std::string heading;
  std::vector<PagePart> parts;
  /// Differs from run to run: it is written between marks, and the names of its tables and pictures
  /// begin with "measured_".
  bool measured = false;
  /// Markdown of an earlier report with its marks; it replaces the parts.
  std::string kept = {};
};

struct Page {
  std::string title;
  std::string subtitle;
  std::vector<PageSection> sections;
};

}  // namespace archcost::document
