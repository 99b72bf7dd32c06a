// SPDX-License-Identifier: Apache-2.0
#include "cli/rewrite_argument.hpp"

#include <algorithm>
#include <filesystem>

#include "cli/spec_argument.hpp"
#include "core/text.hpp"

namespace archcost::cli {
namespace {

// The places of "+" outside of brackets, followed by a name that ends the text or comes before ':'
// or another '+'.
std::vector<std::size_t> rewrite_places(const std::string& argument) {
  std::vector<std::size_t> places;
  int depth = 0;
  for (std::size_t k = 0; k < argument.size(); ++k) {
    const char c = argument[k];
    depth += (c == '[' || c == '(') - (c == ']' || c == ')');
    if (c != '+' || depth != 0 || k == 0) continue;
    std::size_t end = k + 1;
    while (end < argument.size() &&
           (std::isalnum(static_cast<unsigned char>(argument[end])) || argument[end] == '_'))
      ++end;
    const bool named = is_identifier(std::string_view(argument).substr(k + 1, end - k - 1));
    if (named && (end == argument.size() || argument[end] == ':' || argument[end] == '+'))
      places.push_back(k);
    else
      places.clear();  // part of a path
  }
  return places;
}

bool is_existing_file(const std::string& name) {
  std::error_code status;
  return std::filesystem::exists(name, status);
}

std::string name_of(const std::string& setting) {
  return std::string(trim(setting.substr(0, setting.find_first_of("=("))));
}

}  // namespace

std::vector<std::string> split_settings(const std::string& text) {
  std::vector<std::string> settings(1);
  int depth = 0;
  for (char c : text) {
    depth += (c == '[' || c == '(') - (c == ']' || c == ')');
    if (c == ',' && depth == 0)
      settings.emplace_back();
    else
      settings.back() += c;
  }
  return settings;
}

RewrittenArgument split_rewrites(const std::string& argument) {
  RewrittenArgument result = {argument, {}, {}, {}};
  if (is_existing_file(argument)) return result;
  std::vector<std::size_t> places = rewrite_places(argument);
  while (!places.empty() && is_existing_file(argument.substr(0, places.back())) &&
         places.size() > 1 && !is_existing_file(argument.substr(0, places.front())))
    places.erase(places.begin());  // "a+b" is a file
  if (places.empty()) return result;
  result.base = argument.substr(0, places.front());
  result.suffix = argument.substr(places.front());
  places.push_back(argument.size());
  for (std::size_t k = 0; k + 1 < places.size(); ++k) {
    const std::string part = argument.substr(places[k], places[k + 1] - places[k]);
    const std::size_t colon = part.find(':');
    const std::string name = part.substr(1, colon == std::string::npos ? colon : colon - 1);
    const rewrite::Rewrite* row = rewrite::find_rewrite(name);
    std::vector<spec::RewriteSetting> own;
    for (const std::string& setting : colon == std::string::npos
                                          ? std::vector<std::string>{}
                                          : split_settings(part.substr(colon + 1))) {
      const std::size_t equals = setting.find('=');
      const std::string key = name_of(setting);
      if (row != nullptr && equals != std::string::npos && rewrite::has_setting(*row, key))
        own.push_back({key, std::string(trim(setting.substr(equals + 1)))});
      else
        result.settings.push_back(setting);
    }
    result.calls.push_back(rewrite::make_call(name, std::move(own), part));
  }
  return result;
}

std::string with_setting(const std::string& argument, const std::string& setting) {
  const RewrittenArgument parts = split_rewrites(argument);
  const auto added = [&](const std::string& text) {
    const std::size_t last = text.rfind('+');
    const bool first =
        text.find(':', parts.suffix.empty() || last == std::string::npos ? 0 : last) ==
        std::string::npos;
    return text + (first ? ":" : ",") + setting;
  };
  if (parts.calls.empty()) {
    return argument + (argument.find(':') == std::string::npos ? ":" : ",") + setting;
  }
  const std::string name = name_of(setting);
  const bool taken = std::any_of(
      parts.calls.begin(), parts.calls.end(),
      [&](const rewrite::Call& call) { return rewrite::has_setting(*call.rewrite, name); });
  const auto setter =
      std::find_if(parts.calls.rbegin(), parts.calls.rend(), [&](const rewrite::Call& call) {
        return rewrite::sets_own_parameter(*call.rewrite) &&
               rewrite::has_setting(*call.rewrite, name);
      });
  if (setter != parts.calls.rend() && !setter->settings.empty()) {
    std::string text = parts.base;
    for (const rewrite::Call& call : parts.calls)
      text += call.place + (&call == &*setter ? "," + setting : "");
    return text;
  }
  if (taken && open_spec(parts.base, {}).spec.find_param(name) != nullptr)
    return with_setting(parts.base, setting) + parts.suffix;
  return added(argument);
}

}  // namespace archcost::cli
