// SPDX-License-Identifier: Apache-2.0
// From request to a plan: parameters to axes, names to quantities, accuracy tables to models.
#include "search/methods/plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/named_cost.hpp"
#include "graph/bind.hpp"
#include "search/methods/candidate_evaluator.hpp"
#include "search/space/sweep_cost.hpp"
#include "search/space/sweep_filter.hpp"
#include "search/sweep/journal.hpp"

namespace archcost::methods {
namespace {

constexpr long double kNoLimit = 1e300L;

class Planner {
 public:
  Planner(const SearchRequest& request, std::vector<space::SlowCost> slow) : request_(&request) {
    plan_.slow = std::move(slow);
    known_ = cost::named_costs();
    known_.emplace_back("accuracy");
    for (const space::SlowCost& cost : plan_.slow) known_.push_back(cost.name);
  }

  SearchPlan run(std::vector<OpenedSpec> specs) {
    std::vector<std::vector<std::string>> vary;
    for (const OpenedSpec& spec : specs) vary.push_back(varied_in(spec, specs));
    const bool several = specs.size() > 1;
    for (std::size_t j = 0; j < specs.size(); ++j)
      plan_.jobs.push_back(several ? job_of_several(std::move(specs[j]), vary[j])
                                   : job_of(std::move(specs[j]), vary[j]));
    constexpr std::size_t kMostSpecs = 3;  // whose spaces are worth a note
    if (request_->vary.empty() && request_->space.empty() && plan_.jobs.size() <= kMostSpecs)
      plan_.notes.push_back(space_note());
    name_quantities();
    for (sweep::SweepJob& job : plan_.jobs) {
      for (const space::Quantity& quantity : plan_.quantities) {
        if (quantity.kind == space::QuantityKind::kCost) job.wants.columns.push_back(quantity.name);
      }
      job.wants.types = request_->types;
    }
    if (space::find_quantity(plan_.quantities, "accuracy") >= 0) {
      accuracy::ChosenAccuracies chosen = accuracy::choose_recipes(plan_.jobs, request_->accuracy);
      plan_.accuracy = std::move(chosen.models);
      plan_.notes.insert(plan_.notes.end(), chosen.notes.begin(), chosen.notes.end());
    }
    plan_.accuracy.resize(plan_.jobs.size());
    for (std::size_t j = 0; j < plan_.jobs.size(); ++j)
      CandidateEvaluator(plan_, j);  // tells what is wrong
    return std::move(plan_);
  }

 private:
  // Of several specs each varies the parameters that it has; one of them must have it.
  std::vector<std::string> varied_in(const OpenedSpec& spec,
                                     const std::vector<OpenedSpec>& specs) const {
    const auto has = [](const spec::ArchSpec& one, const std::string& text) {
      return one.find_param(spec::element_name(text.substr(0, text.find('='))).list) != nullptr;
    };
    std::vector<std::string> texts = spec.vary.value_or(request_->vary);
    std::erase_if(texts, [&](const std::string& text) {
      return !has(spec.spec, text) &&
             std::any_of(specs.begin(), specs.end(),
                         [&](const auto& other) { return has(other.spec, text); });
    });
    return texts;
  }

  // What is tried without --vary and --space.
  std::string space_note() const {
    std::vector<std::string> jobs;
    for (const sweep::SweepJob& job : plan_.jobs) {
      std::vector<std::string> axes;
      for (const space::SweepAxis& axis : job.space.axes) {
        constexpr std::size_t kMostShown = 8;
        const std::size_t count = axis.values.size();
        std::vector<std::string> values;
        for (std::size_t k = 0; k < count && k < kMostShown; ++k)
          values.push_back(spec::to_string(axis.values[k]));
        axes.push_back(
            fmt::format("{}={}{}", axis.label(), join(values, ","),
                        count > kMostShown ? fmt::format(",... ({} values)", count) : ""));
      }
      jobs.push_back(fmt::format("{} {}", job.label, join(axes, " ")));
    }
    return fmt::format("Tried: {} (--vary NAME=VALUES tries others).", join(jobs, "; "));
  }

  // What is wrong with values of --vary, and in which of the specs.
  sweep::SweepJob job_of_several(OpenedSpec opened, const std::vector<std::string>& vary) const {
    const std::string label = opened.label;
    try {
      return job_of(std::move(opened), vary);
    } catch (const Error& error) {
      Diagnostic wrong = error.diagnostics().front();
      constexpr std::string_view kOption = "--vary ";
      if (!wrong.place.starts_with(kOption)) throw;
      const std::string ending = ":" + wrong.place.substr(kOption.size());
      for (const std::string& text : request_->vary) {
        if (!text.ends_with(ending)) continue;
        wrong.place = std::string(kOption) + text;  // as it was given
        throw Error({wrong});
      }
      wrong.message = fmt::format("'{}': {}; --vary SPEC:NAME=VALUES is for one of the specs",
                                  label, wrong.message);
      throw Error({wrong});
    }
  }

  sweep::SweepJob job_of(OpenedSpec opened, const std::vector<std::string>& vary) const {
    sweep::SweepJob job;
    job.label = std::move(opened.label);
    job.spec = std::move(opened.spec);
    job.options = std::move(opened.options);
    if (!request_->space.empty()) spec::read_search_file(job.spec, request_->space);
    graph::bind_parameters(job.spec, job.options);
    std::vector<std::string> texts;
    if (job.spec.search) {
      for (const spec::SearchVary& own : job.spec.search->vary) {
        if (!is_set(job, spec::element_name(own.name).list))
          texts.push_back(own.name + "=" + own.values);
      }
    }
    // What is said on the command line takes the place of what the spec says of a parameter.
    for (const std::string& text : vary) {
      const auto list = [](std::string_view t) {
        return spec::element_name(t.substr(0, t.find('='))).list;
      };
      std::erase_if(texts, [&](const std::string& other) { return list(other) == list(text); });
    }
    texts.insert(texts.end(), vary.begin(), vary.end());
    job.space = space_of(job, texts);
    sort_elements(job.space);
    if (texts.empty()) {
      std::erase_if(job.space.axes,
                    [&](const space::SweepAxis& axis) { return is_set(job, axis.param); });
    }
    if (job.space.axes.empty())
      throw Error(fmt::format(
          "'{}': nothing is left to vary; every parameter with 'sweep' values is set", job.label));
    for (const space::SweepAxis& axis : job.space.axes) {
      if (axis.element == 0 && is_set(job, axis.param))
        throw Error(fmt::format("'{}' is set and varied; it can't be both", axis.param));
    }
    return job;
  }

  // What is wrong with the values of the spec's section is told with its place there.
  static space::SweepSpace space_of(const sweep::SweepJob& job,
                                    const std::vector<std::string>& texts) {
    try {
      return space::sweep_space(job.spec, texts, job.options, kNoLimit);
    } catch (const Error& error) {
      const Diagnostic& wrong = error.diagnostics().front();
      if (!job.spec.search) throw;
      for (const spec::SearchVary& vary : job.spec.search->vary) {
        if (wrong.place != fmt::format("--vary {}={}", vary.name, vary.values)) continue;
        throw Error({job.spec.sources.diagnostic(vary.where, wrong.message)});
      }
      throw;
    }
  }

  // Elements of a list in their order, where the first of them stands: neighbours are neighbours.
  static void sort_elements(space::SweepSpace& space) {
    std::vector<std::string> params;
    for (const space::SweepAxis& axis : space.axes) {
      if (std::find(params.begin(), params.end(), axis.param) == params.end())
        params.push_back(axis.param);
    }
    const auto place = [&](const space::SweepAxis& axis) {
      return std::pair(std::find(params.begin(), params.end(), axis.param), axis.element);
    };
    std::stable_sort(
        space.axes.begin(), space.axes.end(),
        [&](const space::SweepAxis& a, const space::SweepAxis& b) { return place(a) < place(b); });
  }

  static bool is_set(const sweep::SweepJob& job, std::string_view param) {
    return std::any_of(job.options.settings.begin(), job.options.settings.end(),
                       [&](const graph::ParameterSetting& s) { return s.name == param; });
  }

  std::string checked(const std::string& option, std::string_view text) const {
    return space::cost_name(text, known_, fmt::format("{} {}", option, text));
  }

  // Goals, what limits ask for, what is shown.
  void name_quantities() {
    std::vector<std::pair<std::string, bool>> objectives;
    const auto read = [&](const std::vector<std::string>& lists, bool maximize) {
      const std::string option = maximize ? "--maximize" : "--minimize";
      for (const std::string& list : lists) {
        for (const std::string& part : split(list, ',')) {
          if (!trim(part).empty()) objectives.emplace_back(checked(option, part), maximize);
        }
      }
    };
    read(request_->maximize, true);
    read(request_->minimize, false);
    if (objectives.empty())
      throw Error(
          "say what is best: --minimize macs, or --maximize accuracy; --limit alone says what is "
          "allowed");
    std::vector<std::string> names;
    const auto note = [&](const std::string& name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const auto& [name, maximize] : objectives) {
      if (std::find(names.begin(), names.end(), name) != names.end())
        throw Error(fmt::format("'{}' is an objective twice", name));
      note(name);
    }
    const std::vector<std::string> more(
        known_.begin() + static_cast<std::ptrdiff_t>(cost::named_costs().size()), known_.end());
    for (const std::string& text : request_->limits) {
      const spec::ArchSpec& spec = plan_.jobs.front().spec;
      const spec::Expression limit = space::parse_condition(spec, text, "--limit", more);
      const auto params = static_cast<int>(spec.main().params.size());
      for (const spec::ExpressionNode& node : limit.nodes) {
        if (node.scope == spec::Scope::kParam && node.slot >= params) note(node.text);
      }
      plan_.limits.push_back(text);
    }
    for (const std::string& part : split(request_->columns, ',')) {
      if (!trim(part).empty()) note(checked("--columns", part));
    }
    order_quantities(names);
    for (const auto& [name, maximize] : objectives)
      plan_.objectives.push_back({space::find_quantity(plan_.quantities, name), maximize});
  }

  void order_quantities(const std::vector<std::string>& names) {
    std::vector<space::Quantity> others;
    std::vector<space::SlowCost> wanted;
    for (const std::string& name : names) {
      const auto slow =
          std::find_if(plan_.slow.begin(), plan_.slow.end(),
                       [&](const space::SlowCost& cost) { return cost.name == name; });
      if (name == "accuracy") {
        others.push_back({name, space::QuantityKind::kAccuracy});
      } else if (slow != plan_.slow.end()) {
        others.push_back({name, space::QuantityKind::kSlow, static_cast<int>(wanted.size())});
        wanted.push_back(*slow);
      } else {
        const double parts = cost::is_real_cost(name) ? cost::kMillionths : 1;
        plan_.quantities.push_back({name, space::QuantityKind::kCost, -1, parts});
      }
    }
    plan_.slow = std::move(wanted);
    plan_.quantities.insert(plan_.quantities.end(), others.begin(), others.end());
  }

  const SearchRequest* request_;
  SearchPlan plan_;
  std::vector<std::string> known_;
};

}  // namespace

SearchPlan plan_search(const SearchRequest& request, std::vector<OpenedSpec> specs,
                       std::vector<space::SlowCost> slow) {
  return Planner(request, std::move(slow)).run(std::move(specs));
}

Design design_beside(const SearchPlan& plan, std::size_t job, const graph::BuildOptions& options) {
  Design design;
  design.job = job;
  const sweep::SweepJob& sweep = plan.jobs[job];
  const graph::Network network = graph::build_network(sweep.spec, options);
  cost::CostReader costs(network, sweep.wants.types);
  for (const space::Quantity& quantity : plan.quantities) {
    space::Uncertain figure;
    if (quantity.kind == space::QuantityKind::kCost) {
      figure.value = figure_of(quantity, costs.cost(quantity.name)->value());
    } else if (quantity.kind == space::QuantityKind::kAccuracy) {
      if (plan.accuracy[job]) design.accuracy = plan.accuracy[job]->estimate(options);
      figure = {design.accuracy.top1, design.accuracy.error};
    } else {
      figure = plan.slow[static_cast<std::size_t>(quantity.slow)].of(network).value_or(
          space::Uncertain{std::numeric_limits<double>::quiet_NaN(), {}});
    }
    design.values.push_back(figure.value);
    design.errors.push_back(figure.error);
    design.estimated = design.estimated || figure.estimated;
  }
  return design;
}

std::string fingerprint(const SearchPlan& plan) {
  std::string text;
  for (const space::Objective& objective : plan.objectives)
    text += fmt::format("{} {}\n", objective.quantity, objective.maximize);
  for (const space::Quantity& quantity : plan.quantities) text += quantity.name + "\n";
  for (const std::string& limit : plan.limits) text += limit + "\n";
  for (std::size_t j = 0; j < plan.jobs.size(); ++j) {
    const sweep::SweepJob& job = plan.jobs[j];
    text += describe(job.wants.types) + "\n";
    text += fmt::format("{}\n", job.options.batch);
    if (job.options.input) text += to_string(*job.options.input) + "\n";
    text += sweep::identity(job);
    if (job.spec.search) {
      for (const spec::Expression& condition : job.spec.search->conditions)
        text += condition.text + "\n";
    }
    if (plan.accuracy[j]) text += accuracy::identity(plan.accuracy[j]->table());
  }
  return sweep::fingerprint(text);
}

}  // namespace archcost::methods
