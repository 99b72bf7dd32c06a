// SPDX-License-Identifier: Apache-2.0
#include "reports/templates/report_template.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "spec/library.hpp"

namespace archcost::templates {
namespace {

namespace fs = std::filesystem;

fs::path template_folder() {
  return spec::shipped_folder("ARCHCOST_TEMPLATES", "report_templates");
}

}  // namespace

std::span<const TemplateText> TemplateBlock::all(std::string_view key) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const TemplateField& field) {
    return field.row->key == key;
  });
  return found == fields.end() ? std::span<const TemplateText>() : found->values;
}

std::vector<std::string> TemplateBlock::texts(std::string_view key) const {
  std::vector<std::string> texts;
  for (const TemplateText& value : all(key)) texts.push_back(value.text);
  return texts;
}

std::string TemplateBlock::text(std::string_view key, std::string_view fallback) const {
  const std::span<const TemplateText> values = all(key);
  return values.empty() ? std::string(fallback) : values.front().text;
}

const NetworkName* ReportTemplate::find_network(std::string_view name) const {
  const auto found = std::find_if(networks.begin(), networks.end(),
                                  [&](const NetworkName& one) { return one.name == name; });
  return found == networks.end() ? nullptr : &*found;
}

std::vector<std::string> template_names() {
  std::vector<std::string> names;
  std::error_code status;
  for (const fs::directory_entry& entry : fs::directory_iterator(template_folder(), status)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

fs::path find_template(const std::string& name) {
  const bool file = name.find('/') != std::string::npos || name.ends_with(".yaml");
  fs::path shipped = template_folder() / (name + ".yaml");
  std::error_code status;
  if (file || fs::is_regular_file(name, status)) return name;
  if (fs::is_regular_file(shipped, status)) return shipped;
  throw Error(
      fmt::format("no report template or file '{}'{}", name, suggestion(name, template_names())));
}

}  // namespace archcost::templates
