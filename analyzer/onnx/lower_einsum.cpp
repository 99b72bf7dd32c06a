// SPDX-License-Identifier: Apache-2.0
// Einstein sums of two tensors.
#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "core/count.hpp"
#include "layers/kinds.hpp"
#include "onnx/custom_layers.hpp"

namespace archcost::onnx {
namespace {

/// "ab,bc->ac".
struct Equation {
  std::string left, right, out;
  std::map<char, std::int64_t> sizes;

  static bool has(const std::string& term, char letter) {
    return term.find(letter) != std::string::npos;
  }
  /// Letters that the term has and the other one hasn't.
  static std::string only(const std::string& term, const std::string& other) {
    std::string letters;
    for (const char letter : term) {
      if (!has(other, letter)) letters += letter;
    }
    return letters;
  }
  std::int64_t product(const std::string& letters) const {
    Count product = 1;
    for (const char letter : letters) product = product * Count(sizes.at(letter));
    return product.value();
  }
  /// Of all letters, each once.
  std::int64_t macs() const { return product(left + only(right, left)); }
};

std::optional<Equation> equation_of(const Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  if (op.inputs.size() != 2) return std::nullopt;
  const auto parts =
      einsum_terms(op.values().text("equation", ""),
                   {graph.shape(op.inputs[0]).size(), graph.shape(op.inputs[1]).size()});
  if (!parts) return std::nullopt;
  Equation equation = {parts->inputs[0], parts->inputs[1], parts->output, {}};
  const std::string* const terms[] = {&equation.left, &equation.right};
  for (std::size_t k = 0; k < 2; ++k) {
    const Shape& shape = graph.shape(op.inputs[k]);
    std::string seen;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const char letter = (*terms[k])[i];
      if (Equation::has(seen, letter)) return std::nullopt;  // a diagonal
      seen += letter;
      std::int64_t& size = equation.sizes.emplace(letter, shape[i]).first->second;
      size = std::max(size, shape[i]);
    }
  }
  return equation;
}

Roles term_roles(const std::string& term, const std::map<char, char>& roles) {
  Roles text;
  for (const char letter : term) text += roles.at(letter);
  return text;
}

// Two activations, each letter in both and the result (batch), in both (summed), or in one.
bool lower_matmul_form(Lowering& lowering, const FoldedOp& op, const Equation& e) {
  const FoldedGraph& graph = lowering.graph();
  std::map<char, char> roles;
  for (const char letter : e.left + e.right) {
    const bool both = Equation::has(e.left, letter) && Equation::has(e.right, letter),
               kept = Equation::has(e.out, letter);
    if (!both && !kept) return false;  // summed in one input alone
    roles[letter] = !both ? 'H' : kept ? 'C' : 'W';
  }
  const char first = e.left.empty() ? ' ' : e.left[0];
  const bool batch = e.right.starts_with(first) && e.out.starts_with(first) &&
                     graph.shape(op.inputs[0])[0] == lowering.batch();
  if (batch) roles[first] = 'N';
  const Roles left_roles = term_roles(e.left, roles), right_roles = term_roles(e.right, roles);
  if (lowering.sizes_of(graph.shape(op.inputs[0]), left_roles).channels !=
      lowering.sizes_of(graph.shape(op.inputs[1]), right_roles).channels)
    return false;
  const DraftId left = lowering.arranged(op, op.inputs[0], left_roles);
  const DraftId right = lowering.arranged(op, op.inputs[1], right_roles);
  lowering.widths().tie(lowering.channels(left), lowering.channels(right));
  for (const char letter : e.right) {
    if (roles[letter] == 'H') roles[letter] = 'W';
  }
  lowering
      .add(op, layers::kinds::matmul_kind, {left, right}, term_roles(e.out, roles),
           lowering.channels(left))
      .attributes = {flag("transpose", true)};
  return true;
}

// An activation `x` by learned weights: a linear layer where no letter of the weights is kept in
// both. The letters that are summed are its input channels.
bool lower_linear_form(Lowering& lowering, const FoldedOp& op, const Equation& e, bool left_data) {
  const std::string &x = left_data ? e.left : e.right, &weights = left_data ? e.right : e.left;
  const ValueId data = op.inputs[left_data ? 0 : 1], fixed = op.inputs[left_data ? 1 : 0];
  if (!lowering.has_own_params(fixed)) return false;
  const std::string own = Equation::only(weights, x);
  std::map<char, char> roles;
  std::size_t positions = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    const char letter = x[k];
    const bool in_weights = Equation::has(weights, letter), kept = Equation::has(e.out, letter);
    if (in_weights == kept) return false;  // kept in both, or summed in one alone
    const bool batch = k == 0 && kept && lowering.tap(data)->roles[0] == 'N';
    if (kept && !batch) ++positions;
    roles[letter] = in_weights ? 'C' : batch ? 'N' : positions > 1 ? 'W' : 'H';
  }
  const bool any_summed = std::any_of(x.begin(), x.end(), [&](char c) { return roles[c] == 'C'; });
  for (const char letter : own) {
    if (!Equation::has(e.out, letter)) return false;
    roles[letter] = 'C';
  }
  if (!any_summed) return false;  // an outer product
  const DraftId from = lowering.arranged(op, data, term_roles(x, roles));
  const WidthForm form = lowering.widths().add(e.product(own));
  DraftLayer& layer =
      lowering.add(op, layers::kinds::linear_kind, {from}, term_roles(e.out, roles), form);
  layer.attributes = {{"out", form}, flag("bias", false)};
  if (layer.output.area() > 1) layer.attributes.push_back(flag("per_position", true));
  return true;
}

bool lower_einsum(Lowering& lowering, const FoldedOp& op) {
  const FoldedGraph& graph = lowering.graph();
  const auto equation = equation_of(lowering, op);
  if (!equation) return false;
  const bool left = !graph.is_fixed(op.inputs[0]), right = !graph.is_fixed(op.inputs[1]);
  if (left && right && lower_matmul_form(lowering, op, *equation)) return true;
  if (left != right && lower_linear_form(lowering, op, *equation, left)) return true;
  return lower_custom_product(lowering, op, equation->macs());
}

constexpr LoweringRow kEinsumLowerings[] = {{"Einsum", lower_einsum}};

}  // namespace

std::span<const LoweringRow> einsum_lowerings() { return kEinsumLowerings; }

}  // namespace archcost::onnx
