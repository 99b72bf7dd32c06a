// SPDX-License-Identifier: Apache-2.0
#include "rewrite/rewrites.hpp"

#include <fmt/core.h>

#include "core/text.hpp"
#include "spec/spec_writer.hpp"
#include "support/support.hpp"

namespace archcost::test {
namespace {

void set(Opened& opened, const std::vector<std::string>& settings) {
  for (const std::string& setting : settings)
    opened.options.settings.push_back(graph::parse_setting(opened.spec, setting, "--set"));
}

std::vector<rewrite::Call> calls(const std::string& rewrites) {
  std::vector<rewrite::Call> result;
  for (const std::string& part : split(rewrites.substr(1), '+'))
    result.push_back(rewrite::parse_call(part));
  return result;
}

}  // namespace

Opened open_shipped(const std::string& name, const std::vector<std::string>& settings) {
  Opened opened;
  if (const auto path = shipped_library().find(name)) {
    opened.spec = spec::read_spec(*path);
  } else {
    opened.spec = spec::read_spec(*shipped_library().find_with_preset(name));
    opened.options.preset = name;
  }
  set(opened, settings);
  return opened;
}

Opened open_text(const std::string& yaml, const std::vector<std::string>& settings) {
  Opened opened = {spec::read_spec_text("net.yaml", yaml, "."), {}};
  set(opened, settings);
  return opened;
}

Opened rewritten(Opened opened, const std::string& rewrites) {
  for (const rewrite::Call& call : calls(rewrites))
    opened.spec = rewrite::apply(opened.spec, opened.options, call);
  return opened;
}

std::string text_after(const std::string& rewrites, const std::string& rest,
                       const std::vector<std::string>& settings) {
  const bool has_input = rest.starts_with("input:") || contains(rest, "\ninput:");
  const std::string input = has_input ? "" : "input: {channels: 8, height: 16, width: 12}\n";
  const Opened changed = rewritten(open_text("name: net\n" + input + rest, settings), rewrites);
  changed.network();
  const std::string text = spec::write_spec(changed.spec);
  const std::string_view head = "\n\n";
  return text.substr(text.find(head, text.find("\ninput:")) + head.size());
}

std::string text_without_gate(const std::string& rewrites, const std::string& rest) {
  std::string text = text_after(rewrites, rest);
  const std::size_t block = text.find("  se_block:\n");
  if (block == std::string::npos) return text;
  text.erase(block, text.find("\n\n", block) + 1 - block);
  const std::string_view none = "blocks:\n\n";
  return text.starts_with(none) ? text.substr(none.size()) : text;
}

std::string rewrite_error(const Opened& opened, const std::string& rewrites) {
  try {
    rewritten(opened, rewrites).network();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

std::string differences(const graph::Network& left, const graph::Network& right, bool names) {
  std::string text;
  for (const cost::DiffRow& row : cost::diff_networks(left, right)) {
    if (row.change == cost::Change::kSame) continue;
    if (row.change != cost::Change::kChanged) {
      const bool removed = row.change == cost::Change::kRemoved;
      text += fmt::format("{} {}\n", removed ? "-" : "+",
                          removed ? left.layers[static_cast<std::size_t>(row.left)].name
                                  : right.layers[static_cast<std::size_t>(row.right)].name);
      continue;
    }
    const bool only_name = row.what.starts_with("name ") && !contains(row.what, ", ");
    if (names || !only_name)
      text +=
          fmt::format("{}: {}\n", left.layers[static_cast<std::size_t>(row.left)].name, row.what);
  }
  return text;
}

Totals totals(const graph::Network& network) {
  Totals sum;
  for (const graph::Layer& layer : network.layers) {
    sum.params += layer.cost.params.value();
    sum.macs += layer.cost.macs.value();
  }
  return sum;
}

}  // namespace archcost::test
