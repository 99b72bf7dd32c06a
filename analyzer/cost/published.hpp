// SPDX-License-Identifier: Apache-2.0
// Published figures against computed ones, at the precision of the print.
#pragma once

#include <string>
#include <vector>

#include "core/rational.hpp"
#include "cost/cost_table.hpp"
#include "graph/build.hpp"
#include "spec/arch_spec.hpp"

namespace archcost::cost {

/// A printed figure: "569M" is 569,000,000 in units of 1,000,000; "71.8" is 71.8 in units of 0.1.
struct PrintedFigure {
  Rational value;
  Rational unit;  ///< of the last printed digit
};
/// What a row describes, for people: "alpha=0.75 rho=4/7", the preset, or "defaults".
std::string describe_place(const spec::PublishedRow& row);
/// The same as it is built.
graph::BuildOptions options_of(const spec::ArchSpec& spec, const spec::PublishedRow& row);
/// The top-1 accuracy that the row prints, or null.
const spec::Figure* top1_of(const spec::PublishedRow& row);

/// `text` has been checked by the reader.
PrintedFigure parse_figure(const std::string& text);

/// A figure matches when it differs by less than one unit of its last printed digit: papers round,
/// and truncate. It must also deviate from the print by less than 50 %.
bool matches(const Rational& computed, const PrintedFigure& printed);

enum class FigureStatus {
  kMatch,        ///< the cost itself
  kMatchByRule,  ///< under the rule that the row names
  kSourceError,  ///< differs, and the row says that the source is wrong
  kDiffers,
};

struct VerifiedFigure {
  std::string at;    ///< "alpha=0.75 rho=4/7", or the preset
  std::string name;  ///< of the cost
  std::string printed;
  Rational computed;
  Rational deviation;  ///< computed / printed - 1; 0 when the print is 0
  FigureStatus status = FigureStatus::kMatch;
  std::string rule, why, source;
};

/// The costs of the network that a row is about. Throws Error when it can't be built.
CostTable count_published(const spec::ArchSpec& spec, const spec::PublishedRow& row);

/// Every cost that the spec's `published` rows print; accuracies are left out. Throws Error when a
/// row's network can't be built or its rule can't be evaluated.
std::vector<VerifiedFigure> verify_published(const spec::ArchSpec& spec);

/// The value of a rule over a network's costs: names of costs, and cost(part) for the layers of a
/// kind
/// ("linear"), a class ("conv_1x1") or under a label ("classifier"; numbers of equal labels are
/// left out). Throws ExpressionFault.
Rational evaluate_rule(const spec::Expression& rule, const graph::Network& network,
                       const CostTable& costs);

}  // namespace archcost::cost
