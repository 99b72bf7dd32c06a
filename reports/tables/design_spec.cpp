// SPDX-License-Identifier: Apache-2.0
// A design of a search as a command and as a spec of its own.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "reports/tables/search_report.hpp"
#include "spec/spec_writer.hpp"

namespace archcost::tables {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

// Byte of a column, which counts characters.
std::size_t byte_of(const std::string& line, int column) {
  const auto characters = utf8_characters(line);
  std::size_t byte = 0;
  for (int k = 0; k + 1 < column && k < static_cast<int>(characters.size()); ++k)
    byte += characters[static_cast<std::size_t>(k)].size();
  return byte;
}

// Where the value that starts at a byte of the whole text ends: behind its closing bracket or
// quote, or before what ends a plain one.
std::size_t end_of_value(const std::string& text, std::size_t begin) {
  const char first = text[begin];
  if (first == '"' || first == '\'') {
    const std::size_t end = text.find(first, begin + 1);
    return end == std::string::npos ? text.size() : end + 1;
  }
  int depth = 0;
  for (std::size_t k = begin; k < text.size(); ++k) {
    const char c = text[k];
    if (c == '[' || c == '(' || c == '{') ++depth;
    if (c == ']' || c == ')' || c == '}') {
      if (depth == 0) return k;
      if (--depth == 0 && first == '[') return k + 1;
    }
    if (depth > 0) continue;
    if (c == '\n' || c == ',' || (c == '#' && k > 0 && text[k - 1] == ' ')) {
      std::size_t end = k;
      while (end > begin && text[end - 1] == ' ') --end;
      return end;
    }
  }
  return text.size();
}

// The text without the sections about other settings of the same spec.
std::string without_sections(const std::string& text) {
  static const std::vector<std::string> kGone = {"presets", "published", "accuracy", "search"};
  std::string kept;
  bool gone = false;
  for (const std::string& line : lines_of(text)) {
    const bool section = !line.empty() && line[0] != ' ' && line[0] != '#' && line[0] != '-' &&
                         line[0] != '}' && line[0] != ']';
    if (section)
      gone = std::find(kGone.begin(), kGone.end(), line.substr(0, line.find(':'))) != kGone.end();
    if (!gone) kept += line + "\n";
  }
  return kept;
}

}  // namespace

std::string design_command(const methods::SearchPlan& plan, const methods::Design& design,
                           const std::string& command) {
  const sweep::SweepJob& job = plan.jobs[design.job];
  std::string text = fmt::format("archcost {} {}", command, shell_quoted(job.label));
  const std::vector<graph::ParameterSetting> varied = job.space.settings(design.at);
  for (const graph::ParameterSetting& setting : job.options.settings) {
    const bool again =
        std::any_of(varied.begin(), varied.end(),
                    [&](const graph::ParameterSetting& s) { return s.name == setting.name; });
    const bool in_label = job.label.find(setting.name + "=") != std::string::npos;
    if (!again && !in_label)
      text += " --set " + shell_quoted(setting.name + "=" + spec::to_string(setting.value));
  }
  for (const graph::ParameterSetting& setting : varied)
    text += " --set " + shell_quoted(setting.name + "=" + spec::to_string(setting.value));
  if (job.options.input)
    text += fmt::format(" --input {}x{}x{}", job.options.input->channels.value(),
                        job.options.input->height.value(), job.options.input->width.value());
  if (job.options.batch != 1) text += fmt::format(" --batch {}", job.options.batch);
  return text;
}

std::string design_spec(const methods::SearchPlan& plan, const methods::Design& design) {
  const sweep::SweepJob& job = plan.jobs[design.job];
  const spec::ArchSpec& spec = job.spec;
  if (job.options.input)
    throw Error(
        "--input isn't part of a spec: leave it out, or use the printed command instead of -o");
  graph::BuildOptions options = job.options;
  options.settings = methods::options_of(plan, design).settings;
  const std::map<std::string, spec::Value> values = graph::set_values(spec, options);
  const std::string comment = fmt::format("{} of a search: {}", spec.name, request_text(plan));
  // A text with includes would depend on the folder that it is read from.
  if (!spec.is_text || spec.files.size() > 1)
    return spec::write_spec(spec::with_defaults(spec, values), {comment});
  const std::string& text = spec.sources.file(0).text;
  std::vector<std::size_t> starts = {0};  // of the lines
  for (std::size_t k = 0; k < text.size(); ++k) {
    if (text[k] == '\n') starts.push_back(k + 1);
  }
  std::vector<std::pair<std::size_t, const spec::ParamSpec*>> places;  // last first
  for (const spec::ParamSpec& param : spec.main().params) {
    if (!values.contains(param.name)) continue;
    const SourceRef& where = param.fallback.where;
    const std::size_t start = starts[static_cast<std::size_t>(where.line - 1)];
    const std::string line = text.substr(start, text.find('\n', start) - start);
    places.emplace_back(start + byte_of(line, where.column), &param);
  }
  std::sort(places.rbegin(), places.rend());
  std::string changed = text;
  for (auto [begin, param] : places) {
    if (begin > 0 && (text[begin - 1] == '"' || text[begin - 1] == '\'')) --begin;
    changed.replace(begin, end_of_value(text, begin) - begin,
                    spec::to_string(values.at(param->name)));
  }
  return fmt::format("# {} of a search: {}\n", spec.name, request_text(plan)) +
         without_sections(changed);
}

}  // namespace archcost::tables
