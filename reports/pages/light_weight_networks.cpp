// Chapters about whole networks: multipliers, groups, gates.
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "cost/explain.hpp"
#include "reports/pages/accuracy_points.hpp"
#include "reports/pages/light_weight_story.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/explain_report.hpp"

namespace archcost {
namespace {

using Parts = std::vector<PagePart>;

std::vector<std::string> costs() { return {"params", "macs", "activations", "peak_memory"}; }

void append(Parts& parts, Parts more) {
  for (PagePart& part : more) parts.push_back(std::move(part));
}

std::vector<AccuracyPoint> points_of(const SpecLibrary& library, const std::string& name) {
  std::string preset;
  return accuracy_points(shipped_spec(library, name, preset));
}

// What a sweep of se_resnet50 adds to the same network without SE.
PageTable added(const SpecLibrary& library, const std::string& vary, const std::string& name) {
  const ReportNetwork plain = shipped_network(library, "resnet50", {"stride_in=k1"});
  const LayerCost& base = plain.costs.total.cost;
  const ReportSweep sweep = shipped_sweep(library, "se_resnet50", {vary}, {"params", "macs"});
  const SweepAxis& axis = sweep.jobs.front().space.axes.front();
  PageTable table{name, {}, {}, {}};
  table.table.columns = {{axis.param, spaced(axis.param), Format::kNumberText},
                         {"params", "params", Format::kCount},
                         {"params_added", "added", Format::kCount},
                         {"params_added_percent", "% of ResNet-50", Format::kPercent},
                         {"macs", "macs", Format::kCount},
                         {"macs_added", "added", Format::kCount},
                         {"macs_added_percent", "% of ResNet-50", Format::kPercent}};
  const auto percent_of = [](std::int64_t part, Count whole) {
    return 100.0 * static_cast<double>(part) / static_cast<double>(whole.value());
  };
  for (const SweepRow& row : sweep.rows) {
    const std::int64_t params = row.costs[0] - base.params.value(),
                       macs = row.costs[1] - base.macs.value();
    table.table.rows.push_back({to_string(axis.values[row.point]), row.costs[0], params,
                                percent_of(params, base.params), row.costs[1], macs,
                                percent_of(macs, base.macs)});
  }
  return table;
}

}  // namespace

Parts mobilenet_multipliers(const StoryBook& book) {
  Parts parts = {Paragraph{
      "α multiplies the channels of every layer, ρ the resolution of the input. Parameters and "
      "multiply-adds go with α squared, as far as the 1x1 convolutions go; multiply-adds with ρ "
      "squared, while parameters don't depend on it: arXiv:1704.04861, sections 3.3 and 3.4."}};
  const ReportSweep sweep = shipped_sweep(book.library, "mobilenet_v1", {"alpha", "rho"}, costs());
  parts.push_back(
      sweep_map(sweep, "macs",
                {"mobilenet_map",
                 "Multiply-adds of MobileNet v1 over width α and resolution ρ, with the budgets "
                 "of 50M and 200M as lines.",
                 "width multiplier α", "resolution multiplier ρ"},
                {{"50M multiply-adds", 50e6}, {"200M multiply-adds", 200e6}}));
  for (PagePart& part : sweep_parts(sweep, "mobilenet_sweep")) {
    if (!std::holds_alternative<Picture>(part)) parts.push_back(std::move(part));
  }
  parts.push_back(Subheading{"What accuracy it leaves"});
  std::vector<AccuracyPoint> points = points_of(book.library, "mobilenet_v1");
  std::erase_if(points, [](const AccuracyPoint& point) { return point.source != "slim"; });
  append(parts, accuracy_parts(points, "mobilenet_accuracy"));
  return parts;
}

Parts shufflenet_groups(const StoryBook& book) {
  const ReportNetwork one = shipped_network(book.library, "shufflenet_v1");
  Parts parts = {Paragraph{
      "ShuffleNet groups the 1x1 convolutions too, and shuffles the channels between them so "
      "that the groups see each other: arXiv:1707.01083. What it comes to for g = 3:"}};
  const Document explained =
      explain_report(one.network, one.costs, measured_scalings(one.spec, one.options));
  add_section(parts, explained.sections.back(), "shufflenet_conclusions");
  parts.push_back(
      Paragraph{"At more groups the paper widens the layers, so that the multiply-adds stay "
                "about the same and the channels grow; s scales all widths:"});
  const ReportSweep sweep = shipped_sweep(book.library, "shufflenet_v1", {"g", "s"}, costs());
  parts.push_back(
      sweep_map(sweep, "macs",
                {"shufflenet_map", "Multiply-adds of ShuffleNet v1 over groups g and scale s.",
                 "groups g", "scale s"},
                {}));
  for (PagePart& part : sweep_parts(sweep, "shufflenet_sweep")) {
    if (!std::holds_alternative<Picture>(part)) parts.push_back(std::move(part));
  }
  return parts;
}

Parts squeeze_and_excitation(const StoryBook& book) {
  Parts parts = {
      Paragraph{"A gate for each channel: a global average, two linear layers of C/r and C "
                "channels, a sigmoid and a product: arXiv:1709.01507. Its 2 C²/r weights lie "
                "where C is largest; its multiply-adds are those of two layers on one pixel. "
                "SE-ResNet-50 against ResNet-50 (stride in the first 1x1 convolution, as the "
                "authors' models have it), by reduction r:"}};
  parts.push_back(added(book.library, "reduction=2,4,8,16,32", "se_by_reduction"));
  parts.push_back(Subheading{"By position"});
  parts.push_back(Paragraph{
      "After the last convolution of a unit (standard), before the first (pre), after the sum "
      "(post), on the shortcut (identity), after the 3x3 convolution (inner):"});
  parts.push_back(
      added(book.library, "se_position=standard,pre,post,identity,inner", "se_by_position"));
  parts.push_back(Subheading{"By stage"});
  parts.push_back(added(book.library, "se_stages=[2],[3],[4],[5],[2,3,4,5]", "se_by_stage"));
  return parts;
}

}  // namespace archcost
