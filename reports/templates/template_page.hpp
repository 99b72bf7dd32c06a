// SPDX-License-Identifier: Apache-2.0
// A report template, computed: a page.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reports/pages/report_input.hpp"
#include "reports/templates/report_template.hpp"
#include "search/methods/plan.hpp"

namespace archcost::templates {

struct TemplateInput {
  pages::ReportOrigin origin;
  /// Opens SPEC as on the command line, with more settings ("n=4") and another input ("64x28x28";
  /// empty: the spec's own). Throws Error.
  std::function<methods::OpenedSpec(
      const std::string& spec, const std::vector<std::string>& settings, const std::string& input)>
      open;
  /// On an engine by its name ("onnxruntime"; empty: the default). Empty: nothing is measured, and
  /// the measured sections are left out.
  std::function<runner::Measurement(const graph::Network&, const std::string& engine)> measure;
};

/// The engines that the measured sections name, each once.
std::vector<std::string> engines_of(const ReportTemplate& source);

/// Opens all networks before the first figure is computed. Throws Error with the places of unknown
/// networks, or with that of the block that can't be built.
Page template_page(const ReportTemplate& source, const TemplateInput& input);

}  // namespace archcost::templates
