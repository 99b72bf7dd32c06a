// SPDX-License-Identifier: Apache-2.0
#include "search/accuracy/recipe_choice.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <random>
#include <set>

#include "core/diagnostic.hpp"
#include "core/text.hpp"

namespace archcost::accuracy {
namespace {

constexpr long double kSampled = 500;  // candidates at which recipes are tried

// A table of accuracies, and how many of the candidates it has a figure for.
struct Recipe {
  std::unique_ptr<const AccuracyModel> model;
  std::size_t covered = 0;
  const std::string& name() const { return model->table().recipe; }
};

std::size_t sampled(const sweep::SweepJob& job) {
  return static_cast<std::size_t>(std::min<long double>(job.space.size(), kSampled));
}

// Of the candidates, or of some of them, spread over the space.
std::size_t covered_by(const AccuracyModel& model, const sweep::SweepJob& job) {
  AccuracyOnSpace on_space(model, job.spec, job.options, job.space);
  const std::size_t count = sampled(job);
  std::size_t covered = 0;
  std::minstd_rand random(1);
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<std::size_t> at;
    if (job.space.size() <= kSampled) {
      at = job.space.indices(k);
    } else {
      for (const space::SweepAxis& axis : job.space.axes)
        at.push_back(random() % axis.values.size());
    }
    try {
      covered += on_space.at(at).has_value() ? 1 : 0;
    } catch (const Error&) {  // a combination that can't be bound
    }
  }
  return covered;
}

std::vector<AccuracyTable> tables_of(const sweep::SweepJob& job, const AccuracyRequest& request) {
  if (!request.file.empty()) return {read_accuracy_file(job.spec, job.options, request.file)};
  std::vector<AccuracyTable> tables = accuracy_tables(job.spec);
  if (tables.empty() && request.may_lack) return {};
  if (!request.recipe.empty()) tables = {AccuracyTable(table_of(tables, request.recipe))};
  if (tables.empty()) {
    throw Error(fmt::format(
        "'{}' has no accuracy figures; give a table of your own: --accuracy FILE.csv", job.label));
  }
  return tables;
}

// Equal ones in the order of their rows, most first.
std::vector<Recipe> recipes_of(const sweep::SweepJob& job, const AccuracyRequest& request) {
  std::vector<AccuracyTable> tables = tables_of(job, request);
  std::stable_sort(tables.begin(), tables.end(),
                   [](const auto& a, const auto& b) { return a.rows.size() > b.rows.size(); });
  std::vector<Recipe> recipes;
  for (AccuracyTable& table : tables) {
    Recipe& recipe = recipes.emplace_back();
    recipe.model = std::make_unique<AccuracyModel>(job.spec, std::move(table));
    if (tables.size() > 1) recipe.covered = covered_by(*recipe.model, job);
  }
  return recipes;
}

// The recipe with figures for every job, and for most candidates; empty: there is none.
std::string shared_recipe(const std::vector<std::vector<Recipe>>& recipes) {
  std::string shared;
  std::size_t most = 0;
  if (recipes.size() < 2) return shared;
  const auto with_figures =
      std::find_if(recipes.begin(), recipes.end(), [](const auto& own) { return !own.empty(); });
  if (with_figures == recipes.end()) return shared;
  for (const Recipe& candidate : *with_figures) {
    std::size_t total = 0;
    const bool everywhere = std::all_of(recipes.begin(), recipes.end(), [&](const auto& own) {
      return own.empty() || std::any_of(own.begin(), own.end(), [&](const Recipe& recipe) {
               const bool same = recipe.name() == candidate.name();
               if (same) total += recipe.covered;
               return same && (recipe.covered > 0 || own.size() == 1);
             });
    });
    if (!everywhere || (!shared.empty() && total <= most)) continue;
    shared = candidate.name();
    most = total;
  }
  return shared;
}

// The chosen recipe and the others that have figures. Empty where there is no choice.
std::string recipe_note(const sweep::SweepJob& job, const std::vector<Recipe>& recipes,
                        const Recipe& chosen) {
  if (recipes.size() < 2) return "";
  std::string note =
      fmt::format("{} '{}' for {} of {} {}candidates", job.label, chosen.name(), chosen.covered,
                  sampled(job), job.space.size() > kSampled ? "sampled " : "");
  for (const Recipe& recipe : recipes) {
    if (&recipe != &chosen && recipe.covered > 0)
      note += fmt::format(", '{}' for {}", recipe.name(), recipe.covered);
  }
  return note;
}

bool has_recipe(const sweep::SweepJob& job, const std::string& recipe) {
  const std::vector<AccuracyTable> tables = accuracy_tables(job.spec);
  return std::any_of(tables.begin(), tables.end(),
                     [&](const AccuracyTable& table) { return table.recipe == recipe; });
}

// Of several specs, those without the wanted recipe take another one; a note names them.
std::vector<std::vector<Recipe>> recipes_of(const std::vector<sweep::SweepJob>& jobs,
                                            const AccuracyRequest& request,
                                            std::vector<std::string>& notes) {
  const bool some = !request.recipe.empty() && request.file.empty() && jobs.size() > 1 &&
                    std::any_of(jobs.begin(), jobs.end(), [&](const sweep::SweepJob& job) {
                      return has_recipe(job, request.recipe);
                    });
  std::vector<std::vector<Recipe>> recipes;
  for (const sweep::SweepJob& job : jobs) {
    AccuracyRequest own = request;
    if (some && !has_recipe(job, request.recipe)) {
      own.recipe.clear();
      notes.push_back(fmt::format("'{}' has no recipe '{}'.", job.label, request.recipe));
    }
    recipes.push_back(recipes_of(job, own));
  }
  return recipes;
}

}  // namespace

ChosenAccuracies choose_recipes(const std::vector<sweep::SweepJob>& jobs,
                                const AccuracyRequest& request) {
  ChosenAccuracies result;
  std::vector<std::vector<Recipe>> recipes = recipes_of(jobs, request, result.notes);
  const std::string shared = shared_recipe(recipes);
  std::vector<std::string> notes;
  for (std::size_t j = 0; j < recipes.size(); ++j) {
    if (recipes[j].empty()) {
      result.models.emplace_back();
      continue;
    }
    const auto chosen =
        std::max_element(recipes[j].begin(), recipes[j].end(), [&](const auto& a, const auto& b) {
          const bool a_shared = a.name() == shared, b_shared = b.name() == shared;
          return a_shared != b_shared ? b_shared : a.covered < b.covered;
        });
    notes.push_back(recipe_note(jobs[j], recipes[j], *chosen));
    result.models.push_back(std::move(chosen->model));
  }
  std::erase(notes, "");
  if (!notes.empty()) {
    result.notes.push_back(
        fmt::format("Accuracy by recipe: {} (--recipe NAME takes another).", join(notes, "; ")));
  }
  std::set<std::string> names;
  for (const auto& model : result.models) {
    if (model) names.insert(model->table().recipe);
  }
  if (names.size() > 1) {
    result.notes.push_back(fmt::format(
        "The specs share no recipe with figures for all; recipes differ by ± {:.2f} points.",
        kRecipeSpread));
  }
  return result;
}

}  // namespace archcost::accuracy
