// "Light-weight convolutions in figures": the table of its chapters, and what is measured.
#include "reports/pages/light_weight_story.hpp"

#include <fmt/core.h>

#include "reports/pages/page_parts.hpp"

namespace archcost {
namespace {

using Parts = std::vector<PagePart>;

// Everything that the chapters read.
constexpr const char* kSpecs[] = {"standard_conv", "separable_conv", "group_conv",   "mobilenet_v1",
                                  "shufflenet_v1", "se_resnet50",    "mobilenet_v2", "mobilenet_v3",
                                  "shufflenet_v2", "squeezenet",     "mnasnet",      "ghostnet"};
constexpr const char* kMeasured[] = {"mobilenet_v1", "shufflenet_v1", "resnet50", "se_resnet50"};

Parts opening(const StoryBook&) {
  // No list of parts: GCC 12 takes that for uninitialized.
  Parts parts;
  parts.emplace_back(
      Paragraph{"What depthwise separable and grouped convolutions, channel shuffle, and "
                "squeeze-and-excitation save and cost. Every figure is computed from the specs "
                "in arch_specs/, layer by layer. Multiply-adds (macs) are those that the papers "
                "count: every tap of every output of convolutions, linear layers and matrix "
                "products, taps on padding included."});
  return parts;
}

Parts measured(const StoryBook& book) {
  std::vector<ReportNetwork> networks;
  for (const char* name : kMeasured) {
    networks.push_back(shipped_network(book.library, name));
    networks.back().measurement = book.input.measure(networks.back().network);
  }
  const ReportOrigin& origin = book.input.origin;
  Parts parts = measured_origin(*networks.front().measurement, origin.measured_command);
  parts.push_back(Paragraph{
      "Multiply-adds are not time. What keeps a kernel from the machine's peak is the memory "
      "that it moves for each multiply-add: a depthwise convolution has few operations a byte, a "
      "1x1 convolution many, and shuffles and the gates of squeeze-and-excitation have next to "
      "none. The tables give the share of the multiply-adds beside the share of the time, and "
      "how near each kind comes to its roof."});
  for (PagePart& part : measured_comparison(networks, "measured")) parts.push_back(std::move(part));
  for (const ReportNetwork& one : networks) {
    parts.push_back(Subheading{one.label});
    for (PagePart& part : measured_parts(one, origin.machine, "measured_" + one.label))
      parts.push_back(std::move(part));
  }
  return parts;
}

Parts origin(const StoryBook& book) {
  std::vector<ArchSpec> specs;
  for (const char* name : kSpecs) {
    std::string preset;
    specs.push_back(shipped_spec(book.library, name, preset));
  }
  std::vector<const ArchSpec*> pointers;
  for (const ArchSpec& spec : specs) pointers.push_back(&spec);
  return origin_parts(pointers, book.input.origin);
}

bool measures(const StoryBook& book) { return static_cast<bool>(book.input.measure); }

constexpr SectionRow<StoryBook> kChapters[] = {
    {"", nullptr, opening},
    {"One convolution in two steps", nullptr, one_convolution},
    {"One convolution in groups", nullptr, grouped_convolution},
    {"MobileNet v1: width and resolution", nullptr, mobilenet_multipliers},
    {"Why the 1x1 convolution is the bottleneck", nullptr, bottleneck},
    {"ShuffleNet v1: grouped 1x1 convolutions and the shuffle", nullptr, shufflenet_groups},
    {"Squeeze-and-excitation: what it costs", nullptr, squeeze_and_excitation},
    {"Which network fits", nullptr, three_budgets},
    {"Measured: time beside multiply-adds", measures, measured, true},
    {"Where this comes from", nullptr, origin},
};

}  // namespace

Page light_weight_story(const StoryInput& input) {
  const StoryBook book = {input, SpecLibrary()};
  Page page;
  page.title = "Light-weight convolutions in figures";
  page.sections = build_sections<StoryBook>(kChapters, book, input.origin.kept);
  return page;
}

}  // namespace archcost
