// SPDX-License-Identifier: Apache-2.0
#include "search/methods/figure_journal.hpp"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "core/diagnostic.hpp"
#include "core/json_line.hpp"

namespace archcost::methods {
namespace {

using Json = nlohmann::json;

std::string key_of(const space::SlowCost& cost, const graph::Network& network) {
  std::string key =
      fmt::format("{} {} {} {}", cost.name, network.name, to_string(network.input), network.batch);
  for (const graph::Parameter& parameter : network.parameters)
    key += fmt::format(" {}={}", parameter.name, spec::to_string(parameter.value));
  return key;
}

// A key, seconds or null, their error or null, whether they are estimated.
bool is_figure(const Json& json) {
  const auto is_number = [](const Json& field) { return field.is_number() || field.is_null(); };
  return json.is_array() && json.size() == 4 && json[0].is_string() && is_number(json[1]) &&
         is_number(json[2]) && json[3].is_boolean();
}

}  // namespace

void FigureJournal::open(const std::string& file, const std::string& request, bool resume) {
  journal_.emplace(file, "search", request, resume);
  for (const std::string& record : journal_->records()) {
    const Json json = Json::parse(record, nullptr, false);
    if (!is_figure(json)) continue;
    Figure& figure = figures_[json[0]];
    if (json[1].is_null()) continue;
    figure = space::Uncertain{json[1], {}, json[3]};
    if (!json[2].is_null()) figure->error = json[2];
  }
}

void FigureJournal::remove() {
  if (journal_) journal_->remove();
  journal_.reset();
}

FigureJournal::Figure FigureJournal::figure(const space::SlowCost& cost,
                                            const graph::Network& network) {
  const std::string key = key_of(cost, network);
  {
    const std::lock_guard lock(mutex_);
    const auto known = figures_.find(key);
    if (known != figures_.end()) return known->second;
  }
  const Figure fresh = cost.of(network);
  const std::lock_guard lock(mutex_);
  figures_[key] = fresh;
  if (journal_) {
    Json record = {key, nullptr, nullptr, false};
    if (fresh) record = {key, fresh->value, nullptr, fresh->estimated};
    if (fresh && fresh->error) record[2] = *fresh->error;
    journal_->append(json_line(record));
  }
  return fresh;
}

std::vector<space::SlowCost> FigureJournal::keep(std::vector<space::SlowCost> costs,
                                                 const std::atomic<bool>& stop) {
  for (space::SlowCost& cost : costs) {
    cost.of = [this, plain = cost, &stop](const graph::Network& network) {
      if (stop) throw Interrupted();
      try {
        return figure(plain, network);
      } catch (const Error&) {  // Ctrl-C ends what measures, too
        if (stop) throw Interrupted();
        throw;
      }
    };
  }
  return costs;
}

}  // namespace archcost::methods
