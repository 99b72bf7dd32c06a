// SPDX-License-Identifier: Apache-2.0
// The kinds of blocks: their fields and what builds them.
#include "reports/templates/block_builders.hpp"

namespace archcost::templates {
namespace {

using enum FieldType;

constexpr FieldRow kTextFields[] = {{"text", kProse, true}};
constexpr FieldRow kCompareFields[] = {{"networks", kNetworks, true}, {"name", kName, true}};
constexpr FieldRow kCurveFields[] = {
    {"name", kName, true}, {"alt", kProse, true}, {"value", kExpression, true},
    {"over", kText, true}, {"lines", kText},      {"label", kText},
    {"column", kText},     {"x", kText},          {"y", kText},
    {"input", kText}};
constexpr FieldRow kSweepFields[] = {{"name", kName, true},
                                     {"network", kNetwork, true},
                                     {"vary", kTexts, true},
                                     {"costs", kCosts},
                                     {"show", kChoices, false, "picture table laws"}};
constexpr FieldRow kMapFields[] = {{"name", kName, true},  {"network", kNetwork, true},
                                   {"vary", kTexts, true}, {"alt", kProse, true},
                                   {"cost", kCosts},       {"budgets", kBudgets},
                                   {"x", kText},           {"y", kText}};
constexpr FieldRow kAddedFields[] = {{"name", kName, true},  {"network", kNetwork, true},
                                     {"vary", kTexts, true}, {"to", kNetwork, true},
                                     {"label", kText},       {"costs", kCosts}};
constexpr FieldRow kSharesFields[] = {
    {"name", kName, true}, {"network", kNetwork, true}, {"by", kChoices, false, "kind layer"}};
constexpr FieldRow kCostsFields[] = {{"name", kName, true},
                                     {"network", kNetwork, true},
                                     {"by", kChoices, false, "kind stage layer"},
                                     {"columns", kTexts}};
constexpr FieldRow kFormulasFields[] = {{"name", kName, true}, {"network", kNetwork, true}};
constexpr FieldRow kConclusionsFields[] = {{"network", kNetwork, true}};
constexpr FieldRow kAccuracyFields[] = {
    {"name", kName, true}, {"networks", kNetworks, true}, {"source", kText}};
constexpr FieldRow kSearchFields[] = {{"name", kName, true}, {"networks", kNetworks, true},
                                      {"maximize", kTexts},  {"minimize", kTexts},
                                      {"limits", kTexts},    {"vary", kTexts}};
constexpr FieldRow kBudgetFields[] = {
    {"name", kName, true}, {"networks", kNetworks, true}, {"limits", kTexts, true}};
constexpr FieldRow kMeasuredFields[] = {{"name", kName, true}, {"networks", kNetworks, true}};
constexpr FieldRow kMeasuredTableFields[] = {
    {"name", kName, true},
    {"networks", kNetworks, true},
    {"by", kChoices, false, "kind stage layer"},
    {"only", kTexts},
    {"columns", kChoices, false,
     "kernels macs macs_share ungrouped_macs seconds seconds_share spread_percent gflops intensity "
     "roof_share bound implementation"}};

constexpr FieldRow kEnginesFields[] = {
    {"name", kName, true}, {"networks", kNetworks, true}, {"engines", kEngines, true}};

// A further kind is a row here and a builder.
constexpr BlockKind kKinds[] = {
    {"text", kTextFields, text_block},
    {"heading", kTextFields, heading_block},
    {"compare", kCompareFields, compare_block},
    {"curve", kCurveFields, curve_block},
    {"sweep", kSweepFields, sweep_block},
    {"map", kMapFields, map_block},
    {"added", kAddedFields, added_block},
    {"shares", kSharesFields, shares_block},
    {"costs", kCostsFields, costs_block},
    {"formulas", kFormulasFields, formulas_block},
    {"conclusions", kConclusionsFields, conclusions_block},
    {"accuracy", kAccuracyFields, accuracy_block},
    {"search", kSearchFields, search_block},
    {"budget", kBudgetFields, budget_block},
    {"measured_totals", kMeasuredFields, measured_totals_block, true},
    {"measured_layers", kMeasuredFields, measured_layers_block, true},
    {"measured_table", kMeasuredTableFields, measured_table_block, true},
    {"engines", kEnginesFields, engines_block, true},
};

}  // namespace

std::span<const BlockKind> block_kinds() { return kKinds; }

cost::Grouping grouping_of(const TemplateBlock& block) {
  const std::string by = block.text("by", "kind");
  return by == "kind"    ? cost::Grouping::kKind
         : by == "stage" ? cost::Grouping::kStage
                         : cost::Grouping::kLayer;
}

}  // namespace archcost::templates
