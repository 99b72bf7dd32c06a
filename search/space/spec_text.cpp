// SPDX-License-Identifier: Apache-2.0
#include "search/space/spec_text.hpp"

#include <fmt/core.h>

#include <set>
#include <string_view>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::space {

std::string plain_name(const std::string& spec) {
  const std::size_t equals = spec.find('=');
  const std::size_t colon =
      equals == std::string::npos ? std::string::npos : spec.rfind(':', equals);
  return spec.substr(0, colon);
}

SpecText split_spec_text(const std::string& option, const std::string& text,
                         const std::vector<std::string>& specs) {
  const auto names = [&](const std::string& name) {
    return text.size() > name.size() && text.starts_with(name) && text[name.size()] == ':';
  };
  // The longest name wins: "net:alpha=0.5:rho=1" before "net".
  std::string whole, plain;
  for (const std::string& spec : specs) {
    if (names(spec) && spec.size() > whole.size()) whole = spec;
    if (names(plain_name(spec)) && plain_name(spec).size() > plain.size()) plain = plain_name(spec);
  }
  if (!whole.empty()) return {whole, text.substr(whole.size() + 1)};
  if (plain.empty()) return {std::nullopt, text};
  std::set<std::string> meant;
  for (const std::string& spec : specs) {
    if (plain_name(spec) == plain) meant.insert(spec);
  }
  if (meant.size() > 1)
    throw Error(fmt::format("{} {}", option, text),
                fmt::format("'{}' may be '{}'; write the one that is meant", plain,
                            join({meant.begin(), meant.end()}, "' or '")));
  return {*meant.begin(), text.substr(plain.size() + 1)};
}

}  // namespace archcost::space
