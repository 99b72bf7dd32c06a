// SPDX-License-Identifier: Apache-2.0
// Pictures over two measures: clouds of points, heat maps, rooflines.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.hpp"
#include "reports/pictures/gnuplot.hpp"
#include "reports/pictures/pictures.hpp"

namespace archcost::pictures {
namespace {

// Seen on the light cells of a map.
constexpr std::array<const char*, 3> kBudgetColors = {"#c4420a", "#8e44ad", "#00805e"};

// Names of groups, and whether they are muted.
using Groups = std::vector<std::pair<std::string, bool>>;

// Muted ones come first, below the others.
Groups groups_of(const std::vector<ScatterPoint>& points) {
  Groups groups;
  for (const bool muted : {true, false}) {
    for (const ScatterPoint& point : points) {
      const std::pair<std::string, bool> group = {point.group, muted};
      if (point.muted == muted && std::ranges::find(groups, group) == groups.end())
        groups.push_back(group);
    }
  }
  return groups;
}

// Ends of an axis that leave room around the points.
std::pair<double, double> around(double low, double high, bool logarithmic) {
  if (logarithmic) {
    const double room = std::max(1.15, std::pow(high / low, 0.08));
    return {low / room, high * room};
  }
  const double room = high > low ? 0.08 * (high - low) : std::max(1.0, 0.1 * std::abs(high));
  return {low - room, high + room};
}

// On an axis of few decades 1, 2 and 5 of each are named, not its powers of ten alone.
std::string log_tics(char axis, const std::pair<double, double>& range) {
  if (!(range.first > 0) || range.second > 500 * range.first) return "";
  std::vector<std::string> parts;
  const auto decade_of = [](double value) {
    return static_cast<int>(std::floor(std::log10(value)));
  };
  for (int decade = decade_of(range.first); decade <= decade_of(range.second); ++decade) {
    for (const int digit : {1, 2, 5}) {
      const double value = digit * std::pow(10, decade);
      if (value >= range.first && value <= range.second)
        parts.push_back(fmt::format("{:.6g}", value));
    }
  }
  return fmt::format("set {}tics ({})\n", axis, join(parts, ", "));
}

// Where a row of the map meets a budget, in columns counted from 0; values grow along the row.
std::optional<double> crossing(const std::vector<std::optional<double>>& row, double budget) {
  for (std::size_t k = 0; k + 1 < row.size(); ++k) {
    if (!row[k] || !row[k + 1] || *row[k] <= 0 || *row[k + 1] <= 0) continue;
    const bool crosses = (*row[k] <= budget) != (*row[k + 1] <= budget);
    if (!crosses) continue;
    const double part = std::log(budget / *row[k]) / std::log(*row[k + 1] / *row[k]);
    return static_cast<double>(k) + part;
  }
  return {};
}

// The points of the front from left to right.
std::string front_block(const std::vector<ScatterPoint>& points) {
  std::vector<std::pair<double, double>> front;
  for (const ScatterPoint& point : points) {
    if (point.front) front.emplace_back(point.x, point.y);
  }
  std::sort(front.begin(), front.end());
  std::string block = "$front << EOD\nx,y\n";  // "columnheaders" holds for data blocks too
  for (const auto& [x, y] : front) block += fmt::format("{},{}\n", x, y);
  return block + "EOD\n";
}

Table scatter_table(const std::string& x_key, const std::string& y_key,
                    const std::vector<ScatterPoint>& points) {
  Table table;
  table.columns = {{"group"},
                   {"label"},
                   {x_key, x_key, kNumber},
                   {y_key, y_key, kNumber},
                   {"front", "front", kInteger},
                   {"error", "error", kNumber},
                   {"labelled", "labelled", kInteger}};
  for (const ScatterPoint& point : points)
    table.rows.push_back({point.group, point.label, point.x, point.y, std::int64_t{point.front},
                          point.error, std::int64_t{point.labelled}});
  return table;
}

std::string scatter_axes(const PictureText& text, const std::vector<ScatterPoint>& points,
                         bool log_x) {
  std::pair<double, double> x = {HUGE_VAL, 0}, y = {HUGE_VAL, -HUGE_VAL};
  for (const ScatterPoint& point : points) {
    x = {std::min(x.first, point.x), std::max(x.second, point.x)};
    y = {std::min(y.first, point.y), std::max(y.second, point.y)};
  }
  x = around(x.first, x.second, log_x);
  y = around(y.first, y.second, false);
  return fmt::format(
             "set xlabel {}\nset ylabel {}\nset key outside top center horizontal\n"
             "{}set xrange [{:.6g}:{:.6g}]\nset yrange [{:.6g}:{:.6g}]\n",
             gnuplot_quoted(text.x), gnuplot_quoted(text.y), log_x ? "set logscale x\n" : "",
             x.first, x.second, y.first, y.second) +
         (log_x ? log_tics('x', x) : "");
}

// Vertical lines at the budgets, and their entries of the key.
std::string budget_lines(const std::vector<Budget>& budgets, std::vector<std::string>& plots) {
  std::string lines;
  int dash = 1;
  for (const Budget& budget : budgets) {
    const char* color = kBudgetColors[(dash - 1) % kBudgetColors.size()];
    lines += fmt::format(
        "set arrow from first {0:.6g}, graph 0 to first {0:.6g}, graph 1 nohead lc rgb '{1}' lw 2 "
        "dt {2}\n",
        budget.value, color, dash);
    plots.push_back(fmt::format("NaN with lines lc rgb '{}' lw 2 dt {} title {}", color, dash,
                                gnuplot_quoted(budget.title)));
    ++dash;
  }
  return lines;
}

// The points of each group; a muted one has no color of its own.
void add_groups(const std::string& file, const Groups& groups, std::vector<std::string>& plots) {
  int type = 1;
  for (const auto& [group, muted] : groups) {
    const std::string style = muted ? "lc rgb '#a8b0b9'" : fmt::format("lt {}", (type - 1) % 6 + 1);
    const std::string mine = fmt::format("(strcol(1) eq {} ? $3 : NaN)", gnuplot_quoted(group));
    plots.push_back(fmt::format("{} using {}:4 with points {} pt {} ps 0.9 title {}", file, mine,
                                style, 5 + 2 * ((type - 1) % 5), gnuplot_quoted(group)));
    if (!muted) ++type;
  }
}

std::string cell_text(double value) {
  return value >= 1000 || value == std::floor(value)
             ? human_count(static_cast<std::int64_t>(std::llround(value)))
             : fmt::format("{:.4g}", value);
}

std::string text_of(const Cell& cell) {
  const auto* shown = std::get_if<document::NumberText>(&cell);
  return shown != nullptr ? shown->text : std::get<std::string>(cell);
}

std::string index_tics(const std::vector<Cell>& values) {
  std::vector<std::string> names;
  for (const Cell& value : values) names.push_back(text_of(value));
  std::vector<std::string> parts;
  const std::size_t step = names.size() / 24 + 1;
  for (std::size_t k = 0; k < names.size(); k += step)
    parts.push_back(fmt::format("{} {}", gnuplot_quoted(shorten(names[k], 14)), k));
  return "(" + join(parts, ", ") + ")";
}

std::string contours(const HeatMap& map, std::vector<std::string>& plots) {
  std::string blocks;
  int number = 0;
  for (const Budget& budget : map.budgets) {
    std::string lines;
    std::size_t points = 0;
    for (std::size_t row = 0; row < map.y.size(); ++row) {
      const auto at = crossing(map.values[row], budget.value);
      if (!at) continue;
      lines += fmt::format("{:.4f},{}\n", *at, row);
      ++points;
    }
    if (points < 2) continue;
    ++number;
    // "columnheaders" holds for data blocks too.
    blocks += fmt::format("$budget{} << EOD\nx,y\n{}EOD\n", number, lines);
    plots.push_back(fmt::format(
        "$budget{0} using 1:2 with lines lc rgb '{1}' lw 3 dt {0} title {2}", number,
        kBudgetColors[(number - 1) % kBudgetColors.size()], gnuplot_quoted(budget.title)));
  }
  return blocks;
}

}  // namespace

Picture scatter_picture(const PictureText& text, const std::string& x_key, const std::string& y_key,
                        const std::vector<ScatterPoint>& points, const ScatterOptions& options) {
  Picture picture = {text.name, text.alt, {}, 460, {}};
  picture.chart = {.kind = Chart::Kind::kScatter,
                   .x = text.x,
                   .y = text.y,
                   .log_x = options.log_x,
                   .lines = options.budgets,
                   .points_of = options.points_of};
  const Groups groups = groups_of(points);
  for (const auto& [group, muted] : groups) {
    if (muted) picture.chart.muted.push_back(group);
  }
  picture.data = scatter_table(x_key, y_key, points);
  const std::string file = "'" + text.name + ".csv'";
  std::string& script = picture.script;
  script += scatter_axes(text, points, options.log_x);
  std::vector<std::string> plots;
  if (std::ranges::any_of(points, &ScatterPoint::front)) {
    script += front_block(points);
    plots.push_back("$front using 1:2 with lines lc rgb axis lw 1.5 dt 2 title 'front'");
  }
  script += budget_lines(options.budgets, plots);
  add_groups(file, groups, plots);
  // Over the points, that the short ones are seen.
  if (std::ranges::any_of(points, [](const ScatterPoint& point) { return point.error > 0; }))
    plots.push_back(file +
                    " using ($6 > 0 ? $3 : NaN):($4-$6):(0):(2*$6) with vectors nohead lc rgb ink "
                    "lw 1.5 notitle");
  plots.push_back(
      file +
      " using ($7 == 1 ? $3 : NaN):4:2 with labels left offset 0.8,-0.3 textcolor rgb ink "
      "font ',12' notitle");
  script += "plot " + join(plots, ", \\\n     ") + "\n";
  return picture;
}

Picture heat_picture(const PictureText& text, const HeatMap& map) {
  Picture picture = {text.name, text.alt, {}, 0, {}};
  picture.chart = {.kind = Chart::Kind::kHeat, .x = text.x, .y = text.y, .lines = map.budgets};
  picture.data.columns = {{map.x_key},
                          {map.y_key},
                          {map.value_key, map.value_key, kNumber},
                          {"column", "column", kInteger},
                          {"row", "row", kInteger},
                          {"text"}};
  for (std::size_t row = 0; row < map.y.size(); ++row) {
    for (std::size_t column = 0; column < map.x.size(); ++column) {
      const auto& value = map.values[row][column];
      picture.data.rows.push_back({map.x[column], map.y[row], value ? Cell(*value) : Cell(),
                                   static_cast<std::int64_t>(column),
                                   static_cast<std::int64_t>(row),
                                   value ? Cell(cell_text(*value)) : Cell("–")});
    }
  }
  picture.height = 150 + std::clamp(static_cast<int>(map.y.size()) * 46, 92, 420);
  std::string& script = picture.script;
  std::vector<std::string> plots = {
      fmt::format("'{}.csv' using 4:5:($4-0.48):($4+0.48):($5-0.47):($5+0.47):3 with boxxyerror "
                  "palette notitle",
                  text.name)};
  script += contours(map, plots);
  // Cells are light in both schemes: their ink stays dark. Lines don't strike figures through.
  if (map.x.size() <= 12 && map.y.size() <= 12)
    plots.push_back(fmt::format(
        "'{}.csv' using 4:5:6 with labels {} textcolor rgb '#1b1f24' font ',13' notitle", text.name,
        plots.size() > 1 ? "boxed offset 0,-0.6" : "center"));
  script += fmt::format(
      "set xlabel {}\nset ylabel {}\nset key outside top center horizontal\nunset colorbox\n"
      "set style textbox opaque noborder\n"
      "set logscale cb\nset palette defined (0 '#f1f6fb', 1 '#7fb2dc')\nset border 0\nunset grid\n"
      "set xrange [-0.6:{}]\nset yrange [-0.6:{}]\nset xtics scale 0 {}\nset ytics scale 0 {}\n",
      gnuplot_quoted(text.x), gnuplot_quoted(text.y), static_cast<double>(map.x.size()) - 0.4,
      static_cast<double>(map.y.size()) - 0.4, index_tics(map.x), index_tics(map.y));
  script += "plot " + join(plots, ", \\\n     ") + "\n";
  return picture;
}

Picture roofline_picture(const PictureText& text, const std::vector<RooflinePoint>& points,
                         double peak_gflops, const std::vector<Roof>& roofs) {
  Picture picture = {text.name, text.alt, {}, 480, {}};
  picture.chart = {.kind = Chart::Kind::kRoofline,
                   .x = "operations a byte moved",
                   .y = "GFLOP/s",
                   .log_x = true,
                   .log_y = true,
                   .peak = peak_gflops};
  for (const Roof& roof : roofs)
    picture.chart.lines.push_back({fmt::format("{} {:.3g} GB/s", roof.name, roof.gbs), roof.gbs});
  picture.data.columns = {
      {"layer"}, {"kind"}, {"intensity", "ops/byte", kNumber}, {"gflops", "GFLOP/s", kNumber}};
  std::pair<double, double> x = {HUGE_VAL, 0}, y = {HUGE_VAL, peak_gflops};
  std::vector<std::string> kinds;
  for (const RooflinePoint& point : points) {
    picture.data.rows.push_back({point.layer, point.kind, point.intensity, point.gflops});
    x = {std::min(x.first, point.intensity), std::max(x.second, point.intensity)};
    y = {std::min(y.first, point.gflops), std::max(y.second, point.gflops)};
    if (std::find(kinds.begin(), kinds.end(), point.kind) == kinds.end())
      kinds.push_back(point.kind);
  }
  x = {x.first / 1.5, x.second * 1.8};
  y = {y.first / 1.5, y.second * 1.8};
  std::string& script = picture.script;
  script += fmt::format(
      "set xlabel 'operations a byte moved'\nset ylabel 'GFLOP/s'\nset logscale xy\n"
      "set key outside top center horizontal\nset xrange [{:.6g}:{:.6g}]\nset yrange "
      "[{:.6g}:{:.6g}]\n"
      "least(a, b) = a < b ? a : b\n",
      x.first, x.second, y.first, y.second);
  script += log_tics('x', x) + log_tics('y', y);
  std::vector<std::string> plots;
  int dash = 1;
  for (const Roof& roof : roofs) {
    plots.push_back(fmt::format(
        "least({:.6g}, {:.6g} * x) with lines lc rgb axis lw 1.5 dt {} title {}", peak_gflops,
        roof.gbs, dash++, gnuplot_quoted(fmt::format("{} {:.3g} GB/s", roof.name, roof.gbs))));
  }
  script +=
      fmt::format("set label {} at graph 0.02, first {:.6g} left offset 0,0.7 textcolor rgb ink\n",
                  gnuplot_quoted(fmt::format("peak {:.4g} GFLOP/s", peak_gflops)), peak_gflops);
  int type = 0;
  for (const std::string& kind : kinds) {
    plots.push_back(fmt::format(
        "'{}.csv' using (strcol(2) eq {} ? $3 : NaN):4 with points lt {} pt {} ps 0.9 title {}",
        text.name, gnuplot_quoted(kind), type % 6 + 1, 5 + 2 * (type % 5), gnuplot_quoted(kind)));
    ++type;
  }
  script += "plot " + join(plots, ", \\\n     ") + "\n";
  return picture;
}

}  // namespace archcost::pictures
