// SPDX-License-Identifier: Apache-2.0
// Merges: the branches are made one after the other, then the module that joins them.
#include <fmt/core.h>

#include <algorithm>

#include "core/text.hpp"
#include "exporter/kind_row.hpp"
#include "exporter/python_format.hpp"
#include "exporter/torch_items.hpp"
#include "layers/kinds.hpp"

namespace archcost::exporter {

struct WrittenBranch {
  std::string key, code, condition, lines;
  std::string local;  ///< the nn.Sequential; empty for an identity
  TorchFlow flow;

  bool always() const { return condition.empty(); }
};

namespace {

using Branches = std::vector<WrittenBranch>;

bool all_of_form(const Branches& branches, TorchForm form) {
  return std::all_of(branches.begin(), branches.end(),
                     [&](const WrittenBranch& branch) { return branch.flow.form == form; });
}

std::string sum_of(const Branches& branches) {
  std::int64_t literal = 0;
  bool all = true;
  std::vector<std::string> terms;
  for (const WrittenBranch& branch : branches) {
    const std::string& text = branch.flow.channels;
    all = all && is_whole_literal(text);
    if (all) literal += std::stoll(text);
    terms.push_back(text.find(" if ") == std::string::npos ? text : "(" + text + ")");
  }
  return all ? std::to_string(literal) : join(terms, " + ");
}

// The channels of branches that are all alike: those of one that is always there, by a plain name
// if one has that. Empty where every branch is conditional.
std::string common_channels(const Branches& branches) {
  std::string channels;
  for (const WrittenBranch& branch : branches) {
    if (!branch.always()) continue;
    if (is_path(branch.flow.channels)) return branch.flow.channels;
    if (channels.empty()) channels = branch.flow.channels;
  }
  return channels;
}

// A vector beside images becomes an image of one position.
void add_unflatten(WrittenBranch& branch, int depth) {
  if (branch.local.empty()) throw NotWritable("a branch passes on a vector");
  branch.lines += python_statement(
      fmt::format("{}.unflatten = nn.Unflatten(1, ({}, 1, 1))", branch.local, branch.flow.channels),
      depth);
}

// Adds the branches' lines; the table of branches as an expression.
std::string add_branches(const Branches& branches, ClassScope& scope, int depth, std::string& out) {
  const bool conditional =
      std::any_of(branches.begin(), branches.end(), [](const auto& b) { return !b.always(); });
  if (!conditional) {
    std::vector<std::string> pairs;
    for (const WrittenBranch& branch : branches) {
      out += branch.lines;
      pairs.push_back(fmt::format("\"{}\": {}", branch.key, branch.code));
    }
    return "{" + join(pairs, ", ") + "}";
  }
  std::string table = scope.fresh("branches");
  out += python_statement(table + " = {}", depth);
  for (const WrittenBranch& branch : branches) {
    if (!branch.always()) out += python_statement(fmt::format("if {}:", branch.condition), depth);
    out += branch.lines;
    out += python_statement(fmt::format("{}[\"{}\"] = {}", table, branch.key, branch.code),
                            branch.always() ? depth : depth + 1);
  }
  return table;
}

// Height, width and form of what a merge gives.
TorchFlow merged_flow(const Branches& branches, bool keeps_size, bool vectors) {
  const auto identity = std::find_if(branches.begin(), branches.end(), [](const auto& branch) {
    return branch.local.empty() && branch.always();
  });
  TorchFlow flow = identity != branches.end() ? identity->flow : branches.front().flow;
  if (!keeps_size) {
    flow.height.reset();
    flow.width.reset();
  }
  flow.form = vectors ? TorchForm::kVector : TorchForm::kImage;
  return flow;
}

}  // namespace

WrittenBranch ItemWriter::branch(const spec::Branch& branch, std::size_t index,
                                 const TorchFlow& entry, int depth) {
  WrittenBranch written;
  written.key = branch.name.empty() ? std::to_string(index) : attribute_name(branch.name);
  written.flow = entry;
  written.code = "nn.Identity()";
  if (branch.when) written.condition = condition(*branch.when, entry);
  if (branch.layers.empty()) return written;
  const int at = branch.when ? depth + 1 : depth;
  const std::string name =
      branch.name.empty() ? fmt::format("branch{}", index + 1) : python_name(branch.name);
  written.code = written.local = scope_->fresh(name);
  // Its conditions must not change the variable of the flow that the other branches begin with.
  const std::string outer = variable_;
  variable_ = scope_->fresh(written.local + "_channels");
  written.lines = python_statement(written.local + " = nn.Sequential()", at);
  written.lines += items(branch.layers, written.local, written.flow, at);
  variable_ = outer;
  return written;
}

void ItemWriter::merge(const spec::Item& item, const Target& target, TorchFlow& flow, int depth,
                       Lines& out) {
  const KindRow* row = find_row(item.kind->name);
  if (row == nullptr || row->torch == nullptr || item.branches.empty())
    throw NotWritable(fmt::format("{} has no module", item.kind->name));
  TorchModule module = row->torch(torch_layer(item, *item.kind, flow));
  Branches branches;
  for (std::size_t k = 0; k < item.branches.size(); ++k)
    branches.push_back(branch(item.branches[k], k, flow, depth));
  const bool concat = item.kind == &layers::kinds::concat_kind;
  const bool product = item.kind->arity == layers::Arity::kTwo;  // of matrices
  const bool vectors = !product && all_of_form(branches, TorchForm::kVector);
  if (std::any_of(branches.begin(), branches.end(),
                  [](const auto& b) { return b.flow.form == TorchForm::kEither; }))
    throw NotWritable("a branch gives an image or a vector, as parameters say");
  if (concat && vectors) throw NotWritable("concat of vectors");
  const bool conditional =
      std::any_of(branches.begin(), branches.end(), [](const auto& b) { return !b.always(); });
  // Where it depends on conditions, a variable has the number of channels.
  std::string channels = concat ? std::string() : common_channels(branches);
  const bool counted = concat ? conditional : channels.empty();
  if (counted) channels = scope_->fresh("joined");
  if (counted && concat) out += python_statement(channels + " = 0", depth);
  for (WrittenBranch& branch : branches) {
    const int at = branch.always() ? depth : depth + 1;
    if (!vectors && branch.flow.form == TorchForm::kVector) add_unflatten(branch, at);
    if (counted)
      branch.lines += python_statement(
          fmt::format("{} {} {}", channels, concat ? "+=" : "=", branch.flow.channels), at);
  }
  const std::string table = add_branches(branches, *scope_, depth, out);
  module.code.replace(module.code.find("{}"), 2, table);
  add(target, module.code, depth, out);
  flow = merged_flow(branches, !product, vectors);
  flow.channels = channels;
  if (!concat || counted) return;
  flow.channels = sum_of(branches);
  if (is_path(flow.channels)) return;
  out += python_statement(fmt::format("{} = {}", variable_, flow.channels), depth);
  flow.channels = variable_;
}

}  // namespace archcost::exporter
