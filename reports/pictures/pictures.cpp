// SPDX-License-Identifier: Apache-2.0
#include "reports/pictures/pictures.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "reports/pictures/gnuplot.hpp"

namespace archcost::pictures {
namespace {

constexpr std::size_t kMostNames = 32;      // below columns
constexpr std::size_t kMostStepNames = 16;  // below steps
constexpr std::size_t kLongestName = 26;    // of a category beside a bar

std::vector<double> all_values(const std::vector<Series>& series) {
  std::vector<double> values;
  for (const Series& one : series) {
    for (const auto& value : one.values) {
      if (value) values.push_back(*value);
    }
  }
  return values;
}

double largest(const std::vector<double>& values) {
  return values.empty() ? 1 : std::max(1e-9, *std::max_element(values.begin(), values.end()));
}

Cell cell_of(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

Table table_of(const std::string& category, const std::vector<std::string>& categories,
               const std::vector<Series>& series) {
  Table table;
  table.columns.push_back({category, category});
  for (const Series& one : series) table.columns.push_back({one.key, one.title, kNumber});
  for (std::size_t k = 0; k < categories.size(); ++k) {
    std::vector<Cell> row = {categories[k]};
    for (const Series& one : series) row.push_back(cell_of(one.values[k]));
    table.rows.push_back(std::move(row));
  }
  return table;
}

// ("stem" 0, "block1" 5): names at places.
std::string tics(const std::vector<std::string>& names, const std::vector<std::size_t>& places) {
  std::vector<std::string> parts;
  for (std::size_t place : places)
    parts.push_back(
        fmt::format("{} {}", gnuplot_quoted(shorten(names[place], kLongestName)), place));
  return "(" + join(parts, ", ") + ")";
}

std::vector<std::size_t> every_place(std::size_t n) {
  std::vector<std::size_t> places;
  for (std::size_t k = 0; k < n; ++k) places.push_back(k);
  return places;
}

std::string axis_label(char axis, const std::string& text) {
  return text.empty() ? "" : fmt::format("set {}label {}\n", axis, gnuplot_quoted(text));
}

std::string joined_plots(const std::vector<std::string>& plots) {
  return "plot " + join(plots, ", \\\n     ") + "\n";
}

}  // namespace

Picture bar_picture(const PictureText& text, const std::string& category,
                    const std::vector<std::string>& categories, const std::vector<Series>& series,
                    int decimals, const std::string& unit) {
  Picture picture = {text.name, text.alt, table_of(category, categories, series), 0, {}};
  picture.chart = {.kind = Chart::Kind::kBars, .x = text.x, .decimals = decimals, .unit = unit};
  const std::size_t n = categories.size();
  const double thick = 0.82 / static_cast<double>(series.size());
  const int row = series.size() == 1 ? 26 : static_cast<int>(18 * series.size()) + 8;
  picture.height = 90 + row * static_cast<int>(n) + (text.x.empty() ? 0 : 20);
  std::string& script = picture.script;
  script += axis_label('x', text.x);
  script += fmt::format(
      "set key outside top center horizontal\nset xrange [0:{:.6g}]\nset yrange [{}:-0.5]\n"
      "unset ytics\nset ytics scale 0 {} textcolor rgb ink\nset grid noytics\n",
      1.14 * largest(all_values(series)), static_cast<double>(n) - 0.5,
      tics(categories, every_place(n)));
  std::vector<std::string> plots;
  for (std::size_t k = 0; k < series.size(); ++k) {
    const double place =
        (static_cast<double>(k) - (static_cast<double>(series.size()) - 1) / 2) * thick;
    const std::string y = fmt::format("$0+{:.4f}", place);
    plots.push_back(
        fmt::format("'{}.csv' using (0):({}):(0):{}:({}-{:.4f}):({}+{:.4f}) with boxxyerror lt {} "
                    "title {}",
                    text.name, y, k + 2, y, 0.45 * thick, y, 0.45 * thick, k + 1,
                    series.size() > 1 ? gnuplot_quoted(series[k].title) : "''"));
    plots.push_back(
        fmt::format("'' using {0}:({1}):(sprintf('%.{2}f%s', ${0}, {3})) with labels left offset "
                    "0.4,0 textcolor rgb ink font ',12' notitle",
                    k + 2, y, decimals, gnuplot_quoted(unit)));
  }
  if (series.size() == 1) script += "unset key\n";
  script += joined_plots(plots);
  return picture;
}

Picture column_picture(const PictureText& text, const std::string& category,
                       const std::vector<std::string>& categories,
                       const std::vector<Series>& series) {
  Picture picture = {text.name, text.alt, table_of(category, categories, series), 340, {}};
  picture.chart = {.kind = Chart::Kind::kColumns, .y = text.y};
  const std::size_t n = categories.size();
  std::string& script = picture.script;
  script += axis_label('y', text.y);
  const double first = n <= kMostNames ? 0 : 1;  // numbers from 1
  script += fmt::format(
      "set key outside top center horizontal\nset yrange [0:*]\nset xrange [{}:{}]\n"
      "set grid noxtics\nset xtics scale 0\n",
      first - 0.8, first + static_cast<double>(n) - 0.2);
  if (n <= kMostNames) {
    std::size_t longest = 0;
    for (const std::string& name : categories)
      longest = std::max(longest, std::min(display_width(name), kLongestName));
    picture.height = 280 + 6 * static_cast<int>(longest);
    script +=
        fmt::format("set bmargin {}\nset xtics rotate by 90 right font ',12' {}\n",
                    static_cast<double>(longest) * 0.35 + 1.2, tics(categories, every_place(n)));
  } else {
    script += axis_label('x', "number of the " + category + " in the order of execution") +
              "set xtics scale 1\n";
  }
  const double wide = 0.84 / static_cast<double>(series.size());
  std::vector<std::string> plots;
  for (std::size_t k = 0; k < series.size(); ++k) {
    const double place =
        first + (static_cast<double>(k) - (static_cast<double>(series.size()) - 1) / 2) * wide;
    plots.push_back(
        fmt::format("'{}.csv' using ($0+{:.4f}):{}:({:.4f}) with boxes lt {} lw 1 title {}",
                    text.name, place, k + 2, 0.96 * wide, k + 1, gnuplot_quoted(series[k].title)));
  }
  script += joined_plots(plots);
  return picture;
}

Picture step_picture(const PictureText& text, const std::string& category,
                     const std::vector<std::string>& categories, const Series& values,
                     const std::string& unit, double scale) {
  Picture picture = {text.name, text.alt, table_of(category, categories, {values}), 400, {}};
  picture.chart = {.kind = Chart::Kind::kSteps, .y = text.y, .unit = unit, .scale = scale};
  const std::size_t n = categories.size();
  std::vector<std::size_t> places;
  const std::size_t step = n / kMostStepNames + 1;
  for (std::size_t k = 0; k < n; k += step) places.push_back(k);
  std::size_t peak = 0, longest = 0;
  for (std::size_t k = 0; k < n; ++k) {
    if (*values.values[k] > *values.values[peak]) peak = k;
  }
  for (std::size_t place : places)
    longest = std::max(longest, std::min(display_width(categories[place]), kLongestName));
  const double top = *values.values[peak] * scale;
  std::string& script = picture.script;
  picture.height = 280 + 4 * static_cast<int>(longest);
  script += axis_label('y', text.y);
  script += fmt::format(
      "unset key\nset yrange [0:{:.6g}]\nset xrange [-0.5:{}]\nset grid noxtics\n"
      "set bmargin {}\nset lmargin {}\nset rmargin 3\nset xtics rotate by 45 right font ',12' {}\n",
      1.18 * std::max(top, 1e-9), static_cast<double>(n) - 0.5,
      static_cast<double>(longest) * 0.25 + 1.2, std::max(9.0, static_cast<double>(longest) * 0.62),
      tics(categories, places));
  const bool at_right = 2 * peak > n;
  script +=
      fmt::format("set label {} at {},{:.6g} {} offset 0,0.8 textcolor rgb ink\n",
                  gnuplot_quoted(fmt::format("peak {:.2f} {}, at {}", top, unit, categories[peak])),
                  peak, top, at_right ? "right" : "left");
  script += fmt::format(
      "plot '{0}.csv' using 0:($2*{1:.17g}):(1) with boxes lt 1 lw 1 fs solid border lt 1, \\\n"
      "     '+' using ({2}):({3:.6g}) every ::0::0 with points lt 4 pt 7 ps 1\n",
      text.name, scale, peak, top);
  return picture;
}

Picture line_picture(const PictureText& text, const std::string& x_key,
                     const std::vector<double>& x, const std::vector<Series>& series,
                     const LineOptions& options) {
  std::vector<std::string> categories;
  for (double value : x) categories.push_back(fmt::format("{}", value));
  Picture picture = {text.name, text.alt, table_of(x_key, categories, series), 380, {}};
  picture.chart = {.kind = Chart::Kind::kLines,
                   .x = text.x,
                   .y = text.y,
                   .log_x = options.log_x,
                   .log_y = options.log_y};
  std::string& script = picture.script;
  script += axis_label('x', text.x) + axis_label('y', text.y);
  script += "set key outside top center horizontal\n";
  if (options.log_x) script += "set logscale x 2\n";
  script += options.log_y ? "set logscale y\n" : "set yrange [0:*]\n";
  script += fmt::format("set offsets graph 0.02, graph 0.02, graph 0.05, 0\n");
  std::vector<std::string> plots;
  for (std::size_t k = 0; k < series.size(); ++k)
    plots.push_back(fmt::format("'{}.csv' using 1:{} with linespoints lt {} title {}", text.name,
                                k + 2, k + 1, gnuplot_quoted(series[k].title)));
  script += joined_plots(plots);
  return picture;
}

}  // namespace archcost::pictures
