// SPDX-License-Identifier: Apache-2.0
#include "search/accuracy/recipe_choice.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <random>
#include <set>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "search/accuracy/own_tables.hpp"
#include "search/space/spec_text.hpp"

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

// What is wanted of a job's accuracies.
struct Wanted {
  const AccuracyRequest* request = nullptr;
  std::optional<AccuracyTable> own;  ///< of the file
  std::string recipe;                ///< one that names the spec, or a plain one that it has
  bool by_spec = false;
  std::vector<std::string> lacking;  ///< plain ones that it has not
};

std::vector<AccuracyTable> tables_of(const sweep::SweepJob& job, Wanted& wanted) {
  if (wanted.own) return {std::move(*wanted.own)};
  const AccuracyRequest& request = *wanted.request;
  const bool by_file = !request.file.empty() && !wanted.by_spec;
  std::vector<AccuracyTable> tables;
  if (!by_file) tables = accuracy_tables(job.spec);
  if (!wanted.recipe.empty()) tables = {AccuracyTable(table_of(tables, wanted.recipe))};
  if (!tables.empty() || request.may_lack) return tables;
  if (by_file) throw Error(request.file, fmt::format("no row is for '{}'", job.label));
  throw Error(fmt::format(
      "'{}' has no accuracy figures; give a table of your own: --accuracy FILE.csv", job.label));
}

// Equal ones in the order of their rows, most first.
std::vector<Recipe> recipes_of(const sweep::SweepJob& job, Wanted& wanted) {
  std::vector<AccuracyTable> tables = tables_of(job, wanted);
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

// The chosen recipe and the others that have figures.
std::string recipe_note(const sweep::SweepJob& job, const std::vector<Recipe>& recipes,
                        const Recipe& chosen) {
  const bool one = job.space.size() == 1;  // nothing varies
  std::string note = fmt::format("{} '{}'", job.label, chosen.name());
  if (recipes.size() < 2) return note;
  if (!one)
    note += fmt::format(" for {} of {} {}candidates", chosen.covered, sampled(job),
                        job.space.size() > kSampled ? "sampled " : "");
  std::vector<std::string> others;
  for (const Recipe& recipe : recipes) {
    if (&recipe == &chosen || recipe.covered == 0) continue;
    others.push_back(fmt::format("'{}'", recipe.name()));
    if (!one) others.back() += fmt::format(" for {}", recipe.covered);
  }
  if (others.empty()) return note;
  return one ? fmt::format("{} (others: {})", note, join(others, ", "))
             : note + ", " + join(others, ", ");
}

std::vector<std::string> recipe_names(const spec::ArchSpec& spec) {
  std::vector<std::string> names;
  for (const AccuracyTable& table : accuracy_tables(spec)) names.push_back(table.recipe);
  return names;
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A recipe for all that none of them has.
void check_plain(const std::vector<sweep::SweepJob>& jobs, const std::string& recipe) {
  std::vector<std::string> known;
  for (const sweep::SweepJob& job : jobs) {
    for (std::string& name : recipe_names(job.spec)) {
      if (name == recipe) return;
      if (!is_among(known, name)) known.push_back(std::move(name));
    }
  }
  throw Error(known.empty() ? fmt::format("no recipe '{}': the spec has no accuracies", recipe)
                            : fmt::format("no recipe '{}'; there {} '{}'", recipe,
                                          known.size() == 1 ? "is" : "are", join(known, "', '")));
}

// The recipes of --recipe by job: what names its spec, else the first that it has.
std::vector<Wanted> wanted_recipes(const std::vector<sweep::SweepJob>& jobs,
                                   const AccuracyRequest& request) {
  std::vector<std::string> labels;
  for (const sweep::SweepJob& job : jobs) labels.push_back(job.label);
  std::vector<Wanted> wanted(jobs.size());
  for (Wanted& each : wanted) each.request = &request;
  for (const std::string& text : request.recipes) {
    const space::SpecText split = space::split_spec_text("--recipe", text, labels);
    if (!split.spec && !request.file.empty())
      throw Error("--recipe " + text,
                  "--accuracy gives the table; SPEC:NAME takes a published recipe for one spec");
    if (!split.spec) check_plain(jobs, split.rest);
    for (std::size_t j = 0; j < jobs.size(); ++j) {
      if (split.spec && *split.spec == labels[j]) {
        if (wanted[j].by_spec && wanted[j].recipe != split.rest)
          throw Error("--recipe " + text, fmt::format("'{}' has a recipe already", labels[j]));
        wanted[j].recipe = split.rest;
        wanted[j].by_spec = true;
      } else if (!split.spec && !is_among(recipe_names(jobs[j].spec), split.rest)) {
        wanted[j].lacking.push_back(split.rest);
      } else if (!split.spec && wanted[j].recipe.empty()) {
        wanted[j].recipe = split.rest;
      }
    }
  }
  return wanted;
}

// The rows of the file, for the jobs without a recipe of their own.
void add_own_tables(const std::vector<sweep::SweepJob>& jobs, std::vector<Wanted>& wanted,
                    std::vector<std::string>& notes) {
  const std::string& file = wanted.front().request->file;
  std::vector<TableUser> users;
  std::vector<std::size_t> places;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    if (wanted[j].by_spec) continue;
    users.push_back({jobs[j].label, &jobs[j].spec, &jobs[j].options});
    places.push_back(j);
  }
  if (file.empty() || users.empty()) return;
  OwnTables own = read_own_tables(users, file);
  for (std::size_t u = 0; u < users.size(); ++u) wanted[places[u]].own = std::move(own.tables[u]);
  if (!own.names_specs)
    notes.push_back(fmt::format("Accuracy of {}: '{}', which has no column 'spec'.",
                                space::plain_name(users.front().label), file));
}

// What a spec takes that has none of the plain recipes.
std::string lacking_note(const sweep::SweepJob& job, const Wanted& wanted, const Recipe& chosen) {
  if (!wanted.recipe.empty() || wanted.lacking.empty()) return "";
  return fmt::format("'{}' has no recipe '{}'; its '{}' is taken.", job.label,
                     join(wanted.lacking, "' or '"), chosen.name());
}

// The recipe of every network; nothing where all figures are of the file, or the only network has
// one recipe and none was asked for.
std::string recipes_note(const std::vector<std::string>& notes, const std::vector<Wanted>& wanted,
                         bool is_choice) {
  const bool by_file =
      std::ranges::all_of(wanted, [](const Wanted& each) { return each.own.has_value(); });
  const bool asked =
      std::ranges::any_of(wanted, [](const Wanted& each) { return !each.recipe.empty(); });
  if (notes.empty() || by_file || (wanted.size() == 1 && !is_choice && !asked)) return "";
  std::string other;
  if (is_choice)
    other = fmt::format(" (--recipe {}NAME takes another)", wanted.size() > 1 ? "SPEC:" : "");
  return fmt::format("Accuracy by recipe: {}{}.", join(notes, "; "), other);
}

}  // namespace

ChosenAccuracies choose_recipes(const std::vector<sweep::SweepJob>& jobs,
                                const AccuracyRequest& request) {
  ChosenAccuracies result;
  std::vector<Wanted> wanted = wanted_recipes(jobs, request);
  add_own_tables(jobs, wanted, result.notes);
  std::vector<std::vector<Recipe>> recipes;
  for (std::size_t j = 0; j < jobs.size(); ++j) recipes.push_back(recipes_of(jobs[j], wanted[j]));
  const std::string shared = shared_recipe(recipes);
  std::vector<std::string> notes;
  bool is_choice = false;
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
    is_choice = is_choice || recipes[j].size() > 1;
    result.notes.push_back(lacking_note(jobs[j], wanted[j], *chosen));
    result.models.push_back(std::move(chosen->model));
  }
  result.notes.push_back(recipes_note(notes, wanted, is_choice));
  std::erase(result.notes, "");
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
