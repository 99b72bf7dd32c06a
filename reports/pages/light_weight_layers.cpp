// Chapters about single layers: separable, grouped, and where the multiply-adds are.
#include <fmt/core.h>

#include "core/text.hpp"
#include "cost/explain.hpp"
#include "reports/pages/light_weight_story.hpp"
#include "reports/pages/page_parts.hpp"
#include "reports/tables/compare_report.hpp"
#include "reports/tables/cost_report.hpp"
#include "reports/tables/explain_report.hpp"

namespace archcost {
namespace {

using Parts = std::vector<PagePart>;

double macs_of(const SpecLibrary& library, const std::string& name, std::int64_t outputs,
               std::int64_t kernel) {
  std::string preset;
  const ArchSpec spec = shipped_spec(library, name, preset);
  BuildOptions options;
  for (const std::string& setting : {fmt::format("n={}", outputs), fmt::format("d={}", kernel)})
    options.settings.push_back(parse_setting(spec, setting, name));
  options.input = TensorShape{64, 28, 28};
  return static_cast<double>(count(build_network(spec, options)).total.cost.macs.value());
}

// Separable to standard over the output channels, for three kernels.
Picture ratio_picture(const SpecLibrary& library) {
  std::vector<double> outputs;
  for (int n = 4; n <= 1024; n *= 2) outputs.push_back(n);
  std::vector<Series> series;
  for (const int kernel : {3, 5, 7}) {
    Series one = {fmt::format("ratio_{0}x{0}", kernel), fmt::format("{0}x{0}", kernel), {}};
    for (const double n : outputs) {
      const auto channels = static_cast<std::int64_t>(n);
      one.values.emplace_back(macs_of(library, "separable_conv", channels, kernel) /
                              macs_of(library, "standard_conv", channels, kernel));
    }
    series.push_back(std::move(one));
  }
  return line_picture({"separable_ratio",
                       "Multiply-adds of the separable form as a share of the standard "
                       "convolution's, over the output channels N, for kernels of 3, 5 and 7.",
                       "output channels N", "share of the standard form"},
                      "n", outputs, series, {.log_x = true});
}

}  // namespace

Parts one_convolution(const StoryBook& book) {
  Parts parts = {Paragraph{
      "A standard convolution filters and mixes channels at once. The separable form first "
      "filters each channel by itself (depthwise), then mixes them with a 1x1 convolution "
      "(pointwise): arXiv:1704.04861, section 3.1. For a map of 3x5x5, 4 output channels and a "
      "3x3 kernel without padding:"}};
  std::vector<Compared> networks;
  for (const char* name : {"standard_conv", "separable_conv"}) {
    ReportNetwork one = shipped_network(book.library, name);
    networks.push_back({one.label, std::move(one.network), std::move(one.costs)});
  }
  add_section(parts, compare_report(networks).sections.front(), "separable", "",
              compare_data(networks).sections.front().table);
  parts.push_back(Paragraph{
      "The share 1/N + 1/D² falls with the number of output channels N towards 1/D²: with 3x3 "
      "kernels the separable form takes eight to nine times fewer multiply-adds in all but the "
      "narrowest layers. Computed for 64 channels of 28x28:"});
  parts.push_back(ratio_picture(book.library));
  return parts;
}

Parts grouped_convolution(const StoryBook& book) {
  Parts parts = {Paragraph{
      "In g groups, each output channel sees 1/g of the input channels: parameters and "
      "multiply-adds fall to 1/g. A depthwise convolution has as many groups as channels. From "
      "12 to 24 channels:"}};
  const ReportSweep sweep = shipped_sweep(book.library, "group_conv", {"g"}, {"params", "macs"});
  for (PagePart& part : sweep_parts(sweep, "groups")) {
    // The law of one over g needs no picture of its own.
    if (!std::holds_alternative<Picture>(part)) parts.push_back(std::move(part));
  }
  return parts;
}

Parts bottleneck(const StoryBook& book) {
  const ReportNetwork one = shipped_network(book.library, "mobilenet_v1");
  Parts parts = {
      Paragraph{"After the separation, the 3x3 kernels cost next to nothing, and all the mixing "
                "is left to the 1x1 convolutions."},
      kind_shares_picture(one, "mobilenet_kinds")};
  CostReportOptions options;
  options.grouping = Grouping::kKind;
  options.columns = {"layers",     "params",  "params_share", "macs",
                     "macs_share", "traffic", "intensity"};
  const Document people = cost_report(one.network, one.costs, options);
  options.columns.clear();
  options.detail = Detail::kData;
  add_section(parts, people.sections.front(), "mobilenet_by_kind", "",
              cost_report(one.network, one.costs, options).sections.front().table);
  const Document explained =
      explain_report(one.network, one.costs, measured_scalings(one.spec, one.options));
  int number = 0;
  for (const Section& section : explained.sections) {
    parts.push_back(Subheading{section.heading});
    add_section(parts, section, fmt::format("mobilenet_formulas_{}", ++number));
  }
  return parts;
}

}  // namespace archcost
