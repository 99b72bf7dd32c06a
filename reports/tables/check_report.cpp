// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/check_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace archcost::tables {
namespace {

std::ptrdiff_t failures(const LimitCheck& check) {
  return std::count_if(check.limits.begin(), check.limits.end(),
                       [](const CheckedLimit& limit) { return !limit.met; });
}

std::string xml(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return safe;
}

}  // namespace

document::Document check_report(const LimitCheck& check) {
  document::Document document;
  document.title = check.network;
  document::Section section;
  section.table.columns = {{"limit", "limit", document::Format::kText, 0, 20},
                           {"costs", "costs", document::Format::kText, 0, 20},
                           {"verdict", "verdict", document::Format::kText}};
  for (const CheckedLimit& limit : check.limits)
    section.table.rows.push_back({limit.text, limit.costs, limit.met ? "met" : "EXCEEDED"});
  section.notes = check.notes;
  document.sections.push_back(std::move(section));
  return document;
}

std::string check_json(const LimitCheck& check) {
  nlohmann::ordered_json limits = nlohmann::ordered_json::array();
  for (const CheckedLimit& limit : check.limits) {
    nlohmann::ordered_json costs = nlohmann::ordered_json::object();
    for (const auto& [name, value] : limit.values) costs[name] = value;
    limits.push_back({{"limit", limit.text}, {"costs", std::move(costs)}, {"met", limit.met}});
  }
  const nlohmann::ordered_json json = {{"network", check.network},
                                       {"met", failures(check) == 0},
                                       {"limits", std::move(limits)},
                                       {"notes", check.notes}};
  return json.dump(2) + "\n";
}

std::string check_junit(const LimitCheck& check) {
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"archcost check {}\" tests=\"{}\" failures=\"{}\">\n",
      xml(check.network), check.limits.size(), failures(check));
  for (const CheckedLimit& limit : check.limits) {
    text += fmt::format("  <testcase classname=\"{}\" name=\"{}\"", xml(check.network),
                        xml(limit.text));
    text += limit.met ? std::string("/>\n")
                      : fmt::format(">\n    <failure message=\"{}\"/>\n  </testcase>\n",
                                    xml(limit.costs));
  }
  return text + "</testsuite>\n";
}

}  // namespace archcost::tables
