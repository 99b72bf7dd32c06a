// SPDX-License-Identifier: Apache-2.0
#include "reports/tables/sweep_columns.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <set>

#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "reports/document/json.hpp"
#include "search/space/sweep_cost.hpp"

namespace archcost::tables {
namespace {

template <class Number>
void append_value(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

const space::SweepAxis* find_axis(const sweep::SweepJob& job, const std::string& param) {
  const auto found = std::find_if(job.space.axes.begin(), job.space.axes.end(),
                                  [&](const space::SweepAxis& a) { return a.label() == param; });
  return found == job.space.axes.end() ? nullptr : &*found;
}

// Whether a column holds whole numbers, one in each row.
bool is_whole_column(const std::string& cost) {
  return space::is_whole(cost) && !space::is_point_cost(cost);
}

double real_value(const std::string& cost, std::int64_t held) {
  if (held == engine::kNoFigure) return std::numeric_limits<double>::quiet_NaN();
  return space::sweep_value(cost, held).to_double();
}

std::size_t characters_of(const std::string& text) { return utf8_characters(text).size(); }

}  // namespace

SweepColumnWriter::SweepColumnWriter(const std::vector<sweep::SweepJob>& jobs)
    : jobs_(&jobs), values_(jobs.size()) {
  if (jobs.size() > 1) {
    std::size_t most = 0;
    for (const sweep::SweepJob& job : jobs) most = std::max(most, characters_of(job.label));
    columns_.push_back(sweep::text_column("spec", most));
    for (const sweep::SweepJob& job : jobs) labels_.push_back(sweep::text_value(job.label, most));
  }
  add_parameters();
  add_costs();
  std::set<std::string> names;
  for (const sweep::ColumnType& column : columns_) {
    if (!names.insert(column.name).second)
      throw Error(
          fmt::format("--format npy: two columns are called '{}'; leave one out, or take "
                      "--format csv",
                      column.name));
  }
}

void SweepColumnWriter::add_parameters() {
  for (const sweep::SweepJob& job : *jobs_) {
    for (const space::SweepAxis& axis : job.space.axes) {
      if (std::find(params_.begin(), params_.end(), axis.label()) == params_.end())
        params_.push_back(axis.label());
    }
  }
  for (const std::string& param : params_) {
    bool numbers = true;
    std::size_t most = 0;
    for (const sweep::SweepJob& job : *jobs_) {
      const space::SweepAxis* axis = find_axis(job, param);
      if (axis == nullptr) continue;
      for (const spec::Value& value : axis->values) {
        numbers = numbers && value.is_number();
        most = std::max(most, characters_of(spec::to_string(value)));
      }
    }
    columns_.push_back(numbers ? sweep::real_column(param) : sweep::text_column(param, most));
    for (std::size_t j = 0; j < jobs_->size(); ++j) {
      std::vector<std::string>& texts = values_[j].emplace_back();
      const space::SweepAxis* axis = find_axis((*jobs_)[j], param);
      const auto add = [&](const spec::Value* value) {
        std::string& bytes = texts.emplace_back();
        if (numbers)
          append_value(bytes, value == nullptr ? std::numeric_limits<double>::quiet_NaN()
                                               : value->number().to_double());
        else
          bytes = sweep::text_value(value == nullptr ? "" : spec::to_string(*value), most);
      };
      if (axis == nullptr) add(nullptr);
      for (std::size_t v = 0; axis != nullptr && v < axis->values.size(); ++v)
        add(&axis->values[v]);
    }
  }
}

void SweepColumnWriter::add_costs() {
  for (const std::string& cost : jobs_->front().wants.columns)
    columns_.push_back(is_whole_column(cost) ? sweep::whole_column(cost)
                                             : sweep::real_column(cost));
}

std::string SweepColumnWriter::blocks(const sweep::SweepJob& job,
                                      const engine::SweepRows& rows) const {
  const auto j = static_cast<std::size_t>(&job - jobs_->data());
  std::vector<std::size_t> places;  // of the points that have rows
  for (std::size_t p = 0; p < rows.states.size(); ++p) {
    if (rows.states[p] == engine::PointState::kRow) places.push_back(p);
  }
  std::string bytes;
  for (std::size_t k = 0; k < places.size() && !labels_.empty(); ++k) bytes += labels_[j];
  for (std::size_t k = 0; k < params_.size(); ++k) {
    const space::SweepAxis* axis = find_axis(job, params_[k]);
    std::uint64_t stride = 1;
    for (std::size_t a = job.space.axes.size(); axis != nullptr && a-- > 0;) {
      if (&job.space.axes[a] == axis) break;
      stride *= job.space.axes[a].values.size();
    }
    const std::vector<std::string>& values = values_[j][k];
    for (const std::size_t p : places) bytes += values[(rows.first + p) / stride % values.size()];
  }
  for (std::size_t c = 0; c < job.wants.columns.size(); ++c) {
    const std::string& cost = job.wants.columns[c];
    if (is_whole_column(cost)) {
      for (const std::size_t p : places) append_value(bytes, rows.columns[c][p]);
    } else {
      for (const std::size_t p : places) append_value(bytes, real_value(cost, rows.columns[c][p]));
    }
  }
  return bytes;
}

}  // namespace archcost::tables
