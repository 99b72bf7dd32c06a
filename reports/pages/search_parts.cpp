// SPDX-License-Identifier: Apache-2.0
// Searches in reports: their designs, and a picture of the front.
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/search_report.hpp"

namespace archcost::pages {
namespace {

// The quantities of the picture's axes: the first objective and the second one, or else a cost.
// Accuracy is on the vertical axis.
std::pair<std::size_t, std::size_t> axes_of(const methods::SearchPlan& plan) {
  auto y = static_cast<std::size_t>(plan.objectives.front().quantity);
  std::size_t x = y;
  if (plan.objectives.size() > 1) {
    x = static_cast<std::size_t>(plan.objectives[1].quantity);
  } else {
    for (std::size_t q = 0; q < plan.quantities.size() && x == y; ++q) {
      if (q != y && plan.quantities[q].kind == space::QuantityKind::kCost) x = q;
    }
  }
  if (plan.quantities[x].kind == space::QuantityKind::kAccuracy) std::swap(x, y);
  return {x, y};
}

std::vector<double> values_of(const std::vector<methods::Design>& designs, std::size_t quantity) {
  std::vector<double> values;
  for (const methods::Design& design : designs) values.push_back(design.values[quantity]);
  return values;
}

double scale_of(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end()) >= 1e6 ? 1e6 : 1;
}

std::string axis_text(const space::Quantity& quantity, double scale) {
  if (quantity.kind == space::QuantityKind::kAccuracy) return "top-1 accuracy, %";
  return (scale > 1 ? "million " : "") + spaced(quantity.name);
}

std::string group_of(const methods::SearchPlan& plan, const methods::Design& design) {
  const std::string family = plan.jobs.size() > 1 ? plan.jobs[design.job].label : "";
  if (!design.accuracy.has_value()) return family.empty() ? "designs" : family;
  const bool published = design.accuracy.kind == accuracy::AccuracyEstimate::Kind::kPublished;
  // Without a comma: gnuplot does not find a name with one in its data.
  return family + (family.empty() ? "" : " ") + (published ? "published" : "estimated");
}

Picture front_picture(const methods::SearchPlan& plan, const std::vector<methods::Design>& designs,
                      const std::string& prefix) {
  const auto [x, y] = axes_of(plan);
  const std::vector<double> xs = values_of(designs, x), ys = values_of(designs, y);
  const double x_scale = scale_of(xs), y_scale = scale_of(ys);
  // With more than two objectives the front is no line.
  const bool front = plan.objectives.size() == 2;
  std::vector<pictures::ScatterPoint> points;
  for (std::size_t k = 0; k < designs.size(); ++k) {
    const methods::Design& design = designs[k];
    const bool estimated = design.accuracy.kind == accuracy::AccuracyEstimate::Kind::kEstimated;
    const bool upright = plan.quantities[y].kind == space::QuantityKind::kAccuracy;
    points.push_back(
        {.group = group_of(plan, design),
         .label = join(tables::setting_texts(plan.jobs[design.job].space.settings(design.at)), " "),
         .x = xs[k] / x_scale,
         .y = ys[k] / y_scale,
         .labelled = false,
         .front = front,
         .error = upright && estimated ? design.errors[y].value_or(0) : 0});
  }
  const space::Quantity &across = plan.quantities[x], &up = plan.quantities[y];
  return pictures::scatter_picture(
      {prefix + "_front",
       fmt::format("{} of {} design{} against {}{}.", spaced(up.name), designs.size(),
                   designs.size() == 1 ? "" : "s", spaced(across.name),
                   front ? ", with the front" : ""),
       axis_text(across, x_scale), axis_text(up, y_scale)},
      across.name + (x_scale > 1 ? "_million" : ""), up.name + (y_scale > 1 ? "_million" : ""),
      points, {.log_x = *std::min_element(xs.begin(), xs.end()) > 0, .points_of = prefix});
}

}  // namespace

std::vector<PagePart> search_parts(const ReportSearch& search, const std::string& prefix) {
  std::vector<PagePart> parts;
  std::string request = tables::request_text(search.plan);
  request[0] = 'M';
  parts.push_back(Paragraph{request + "."});
  const std::vector<methods::Design>& designs = search.result.designs;
  const auto [x, y] = axes_of(search.plan);
  if (!designs.empty() && x != y) parts.push_back(front_picture(search.plan, designs, prefix));
  Section section = tables::search_report(search.plan, search.result, false).sections.front();
  if (!section.heading.empty()) parts.push_back(Subheading{section.heading});
  add_section(parts, section, prefix, fmt::format("The table of all {} designs", designs.size()),
              tables::search_report(search.plan, search.result, true).sections.front().table);
  return parts;
}

}  // namespace archcost::pages
