// SPDX-License-Identifier: Apache-2.0
// Which published accuracies the candidates of a sweep or a search have.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "search/accuracy/surrogate.hpp"
#include "search/sweep/sweep_run.hpp"

namespace archcost::accuracy {

struct AccuracyRequest {
  std::string file;  ///< a CSV table; empty: the published ones
  /// Which of these: "paper" for the specs that have it, "SPEC:paper" for one of them, the first
  /// that fits; empty: that with figures for most candidates.
  std::vector<std::string> recipes;
  bool may_lack = false;  ///< a spec without figures has no model, instead of an error
};

/// By job, and which recipes were chosen, for people.
struct ChosenAccuracies {
  std::vector<std::unique_ptr<const AccuracyModel>> models;
  std::vector<std::string> notes;
};

/// The recipe with figures for most candidates (of a large space: of 500 samples); with several
/// jobs one that all of them share, where it has figures for each; a wanted recipe is taken for the
/// jobs that have it, and a note names the others. With a file all jobs take its rows, but those
/// for which a recipe is wanted by SPEC. The jobs must outlive the models. Throws Error for a
/// recipe or a file that isn't there, for rows of which it is open whose they are
/// (read_own_tables()), and a spec without figures.
ChosenAccuracies choose_recipes(const std::vector<sweep::SweepJob>& jobs,
                                const AccuracyRequest& request);

}  // namespace archcost::accuracy
