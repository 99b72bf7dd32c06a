// SPDX-License-Identifier: Apache-2.0
#include "reports/writers/diagram.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "core/text.hpp"
#include "reports/writers/html_writer.hpp"
#include "reports/writers/writers.hpp"

namespace archcost::writers {
namespace {

using document::Diagram;

constexpr double kLineHeight = 16, kCharacter = 7, kMargin = 10, kColumnGap = 24, kRowGap = 26;
constexpr double kPointWidth = 8;  // of a place where an arrow passes a row
constexpr int kPasses = 4;

// A box, or a place where an arrow passes a row.
struct Place {
  int box = -1;
  std::size_t row = 0;
  double width = kPointWidth, height = 0;
  double x = 0, y = 0;  // of the middle of the upper side
  std::vector<std::size_t> above, below;
};

// Boxes in rows, so that arrows go downwards, and an order in each row with few crossings.
class DiagramLayout {
 public:
  explicit DiagramLayout(const Diagram& diagram) {
    for (std::size_t k = 0; k < diagram.boxes.size(); ++k) add_box(diagram.boxes[k], k);
    for (const auto& [from, to] : diagram.arrows)
      places_[to].row = std::max(places_[to].row, places_[from].row + 1);
    for (std::size_t k = 0; k < places_.size(); ++k) row(places_[k].row).push_back(k);
    for (const auto& [from, to] : diagram.arrows) add_arrow(from, to);
    for (int pass = 0; pass < kPasses; ++pass) order(pass % 2 == 0);
    place();
  }

  double width() const { return width_; }
  double height() const { return height_; }
  const std::vector<Place>& places() const { return places_; }
  /// Of each arrow: its places from the upper box to the lower one.
  const std::vector<std::vector<std::size_t>>& arrows() const { return arrows_; }

 private:
  void add_box(const Diagram::Box& box, std::size_t index) {
    Place place;
    place.box = static_cast<int>(index);
    std::size_t characters = 0;
    for (const std::string& line : box.lines)
      characters = std::max(characters, display_width(one_line(line)));
    place.width = kCharacter * static_cast<double>(characters) + 2 * kMargin;
    place.height = kLineHeight * static_cast<double>(box.lines.size()) + kMargin;
    places_.push_back(place);
  }

  std::vector<std::size_t>& row(std::size_t index) {
    if (rows_.size() <= index) rows_.resize(index + 1);
    return rows_[index];
  }

  void add_arrow(int from, int to) {
    std::vector<std::size_t> path = {static_cast<std::size_t>(from)};
    for (std::size_t r = places_[from].row + 1; r < places_[to].row; ++r) {
      path.push_back(places_.size());
      row(r).push_back(places_.size());
      Place passing;
      passing.row = r;
      places_.push_back(passing);
    }
    path.push_back(static_cast<std::size_t>(to));
    for (std::size_t k = 1; k < path.size(); ++k) {
      places_[path[k - 1]].below.push_back(path[k]);
      places_[path[k]].above.push_back(path[k - 1]);
    }
    arrows_.push_back(std::move(path));
  }

  // Each row by the mean position of its neighbours in the row before (Sugiyama et al. 1981).
  void order(bool downwards) {
    std::vector<double> position(places_.size());
    for (std::vector<std::size_t>& places : rows_) {
      for (std::size_t k = 0; k < places.size(); ++k) position[places[k]] = relative(k, places);
    }
    for (std::size_t k = 0; k < rows_.size(); ++k) {
      std::vector<std::size_t>& places = rows_[downwards ? k : rows_.size() - 1 - k];
      const auto mean = [&](std::size_t place) {
        const auto& others = downwards ? places_[place].above : places_[place].below;
        if (others.empty()) return position[place];
        return std::accumulate(others.begin(), others.end(), 0.0,
                               [&](double sum, std::size_t p) { return sum + position[p]; }) /
               static_cast<double>(others.size());
      };
      std::vector<std::pair<double, std::size_t>> keys;
      keys.reserve(places.size());
      for (const std::size_t place : places) keys.emplace_back(mean(place), place);
      std::stable_sort(keys.begin(), keys.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
      for (std::size_t n = 0; n < keys.size(); ++n) places[n] = keys[n].second;
      for (std::size_t n = 0; n < places.size(); ++n) position[places[n]] = relative(n, places);
    }
  }

  // From -1 at the left to 1 at the right.
  static double relative(std::size_t index, const std::vector<std::size_t>& places) {
    return (2 * static_cast<double>(index) + 1) / static_cast<double>(places.size()) - 1;
  }

  void place() {
    std::vector<double> widths;
    for (const std::vector<std::size_t>& places : rows_) {
      double sum = kColumnGap * static_cast<double>(places.size() - 1);
      for (const std::size_t p : places) sum += places_[p].width;
      widths.push_back(sum);
      width_ = std::max(width_, sum);
    }
    width_ += 2 * kMargin;
    height_ = kMargin;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      double x = (width_ - widths[r]) / 2, height = 0;
      for (const std::size_t p : rows_[r]) height = std::max(height, places_[p].height);
      for (const std::size_t p : rows_[r]) {
        places_[p].x = x + places_[p].width / 2;
        places_[p].y = height_;
        if (places_[p].box < 0) places_[p].height = height;
        x += places_[p].width + kColumnGap;
      }
      height_ += height + kRowGap;
    }
    height_ += kMargin - kRowGap;
  }

  std::vector<Place> places_;
  std::vector<std::vector<std::size_t>> rows_, arrows_;
  double width_ = 0, height_ = 0;
};

std::string svg_box(const Diagram::Box& box, const Place& place) {
  std::string svg = fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{}\"/>\n",
      place.x - place.width / 2, place.y, place.width, place.height, box.rounded ? 12 : 2);
  for (std::size_t k = 0; k < box.lines.size(); ++k)
    svg += fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"currentColor\" stroke=\"none\">{}</text>\n",
        place.x, place.y + kMargin / 2 + kLineHeight * (static_cast<double>(k) + 0.75),
        escape_html(box.lines[k]));
  return svg;
}

// Vertical through the rows that it passes, with a head at its end.
std::string svg_arrow(const DiagramLayout& layout, const std::vector<std::size_t>& path) {
  const std::vector<Place>& places = layout.places();
  const Place& first = places[path.front()];
  double x = first.x, y = first.y + first.height;
  std::string line = fmt::format("M{:.1f} {:.1f}", x, y);
  for (std::size_t k = 1; k < path.size(); ++k) {
    const Place& to = places[path[k]];
    const double middle = (y + to.y) / 2;
    if (x == to.x)
      line += fmt::format("V{:.1f}", to.y);
    else
      line +=
          fmt::format("C{0:.1f} {1:.1f} {2:.1f} {1:.1f} {2:.1f} {3:.1f}", x, middle, to.x, to.y);
    x = to.x;
    y = to.y;
    if (to.box < 0) {
      y += to.height;
      line += fmt::format("V{:.1f}", y);
    }
  }
  return fmt::format("<path d=\"{}m-3.5 -6l3.5 6l3.5 -6\"/>\n", line);
}

}  // namespace

std::string escape_mermaid(const std::string& text) {
  std::string escaped;
  for (char c : one_line(text)) {
    if (std::string_view("\"#<>&`\\").find(c) != std::string_view::npos)
      escaped += fmt::format("#{};", static_cast<int>(c));
    else
      escaped += c;
  }
  return escaped;
}

std::string mermaid_diagram(const Diagram& diagram) {
  const auto id = [](int box) {
    return box == 0 ? std::string("input") : fmt::format("n{}", box - 1);
  };
  std::string text = "flowchart TD\n";
  std::size_t arrow = 0;
  for (std::size_t k = 0; k < diagram.boxes.size(); ++k) {
    const Diagram::Box& box = diagram.boxes[k];
    std::vector<std::string> lines;
    lines.reserve(box.lines.size());
    for (const std::string& line : box.lines) lines.push_back(escape_mermaid(line));
    const auto to = static_cast<int>(k);
    text += fmt::format("  {}{}\"{}\"{}\n", id(to), box.rounded ? "([" : "[", join(lines, "<br/>"),
                        box.rounded ? "])" : "]");
    for (; arrow < diagram.arrows.size() && diagram.arrows[arrow].second == to; ++arrow)
      text += fmt::format("  {} --> {}\n", id(diagram.arrows[arrow].first), id(to));
  }
  return text;
}

std::string svg_diagram(const Diagram& diagram, bool standalone) {
  const DiagramLayout layout(diagram);
  std::string svg = standalone ? "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" : "";
  svg += fmt::format(
      "<svg{} width=\"{:.0f}\" height=\"{:.0f}\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
      "aria-label=\"{}\">\n",
      standalone ? " xmlns=\"http://www.w3.org/2000/svg\"" : "", layout.width(), layout.height(),
      layout.width(), layout.height(), escape_html(diagram.alt));
  if (standalone)
    svg += fmt::format("<title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
                       escape_html(diagram.alt));
  svg +=
      "<g fill=\"none\" stroke=\"currentColor\" font-family=\"sans-serif\" font-size=\"12\" "
      "text-anchor=\"middle\">\n";
  for (const std::vector<std::size_t>& path : layout.arrows()) svg += svg_arrow(layout, path);
  for (const Place& place : layout.places()) {
    if (place.box >= 0) svg += svg_box(diagram.boxes[place.box], place);
  }
  return svg + "</g>\n</svg>\n";
}

}  // namespace archcost::writers
