#include "reports/pages/story_networks.hpp"

#include <fmt/core.h>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost {

ArchSpec shipped_spec(const SpecLibrary& library, const std::string& name, std::string& preset) {
  if (const auto path = library.find(name)) return read_spec(*path);
  const auto path = library.find_with_preset(name);
  if (!path)
    throw Error(
        fmt::format("the shipped spec '{}' isn't in '{}'", name, library.folder().string()));
  preset = name;
  return read_spec(*path);
}

ReportNetwork shipped_network(const SpecLibrary& library, const std::string& name,
                              const std::vector<std::string>& settings) {
  ReportNetwork one;
  one.label = name + (settings.empty() ? "" : ":" + join(settings, ","));
  one.spec = shipped_spec(library, name, one.options.preset);
  for (const std::string& setting : settings)
    one.options.settings.push_back(parse_setting(one.spec, setting, one.label));
  one.network = build_network(one.spec, one.options);
  one.network.name = name;
  one.costs = count(one.network);
  return one;
}

ReportSweep shipped_sweep(const SpecLibrary& library, const std::string& name,
                          const std::vector<std::string>& vary,
                          const std::vector<std::string>& columns) {
  SweepJob job;
  job.label = name;
  job.spec = shipped_spec(library, name, job.options.preset);
  job.space = sweep_space(job.spec, vary);
  job.wants.columns = columns;
  std::vector<SweepJob> jobs;
  jobs.push_back(std::move(job));
  return make_sweep(std::move(jobs));
}

}  // namespace archcost
