// Networks and sweeps that a story takes from the shipped specs.
#pragma once

#include <string>
#include <vector>

#include "reports/pages/report_input.hpp"
#include "spec/library.hpp"

namespace archcost {

/// The spec of a shipped name, or of a preset, whose name goes into `preset`. Throws Error.
ArchSpec shipped_spec(const SpecLibrary& library, const std::string& name, std::string& preset);

/// "se_resnet50" with {"reduction=8"}; the label is the name and the settings.
ReportNetwork shipped_network(const SpecLibrary& library, const std::string& name,
                              const std::vector<std::string>& settings = {});

/// Every combination of {"alpha", "rho=4/7,1"}, as `archcost sweep --vary`.
ReportSweep shipped_sweep(const SpecLibrary& library, const std::string& name,
                          const std::vector<std::string>& vary,
                          const std::vector<std::string>& columns);

}  // namespace archcost
