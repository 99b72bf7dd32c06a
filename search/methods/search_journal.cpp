// SPDX-License-Identifier: Apache-2.0
#include "search/methods/search_journal.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/diagnostic.hpp"
#include "search/sweep/part_file.hpp"

namespace archcost::methods {
namespace {

namespace fs = std::filesystem;

std::string_view bytes_of(std::span<const std::uint32_t> numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()};
}

fs::path with_end(const fs::path& file, std::string_view end) {
  return fmt::format("{}{}", file.string(), end);
}

fs::path points_of(const fs::path& file, std::size_t job) {
  return with_end(file, fmt::format(".points-{}", job + 1));
}

}  // namespace

SearchJournal::SearchJournal(const SearchPlan& plan, fs::path file, std::string_view request,
                             bool resume)
    : plan_(&plan), file_(std::move(file)), journal_(state_file(), "search", request, resume) {
  if (journal_.records().empty()) return;
  before_ = read_search_state(plan, journal_.records(), state_file().string());
  if (!before_->evolution || read_points(*before_->evolution)) return;
  damage_ = fmt::format("'{}' is damaged or missing: the search begins at its start",
                        points_file(before_->evolution->job).string());
  before_.reset();
  known_.clear();
}

fs::path SearchJournal::state_file() const { return with_end(file_, ".state"); }

fs::path SearchJournal::points_file(std::size_t job) const { return points_of(file_, job); }

// False: they are not those that were written.
bool SearchJournal::read_points(EvolutionState& evolution) {
  const fs::path file = points_file(evolution.job);
  const auto& axes = plan_->jobs[evolution.job].space.axes;
  std::error_code status;
  const std::uintmax_t bytes = fs::file_size(file, status);
  const std::size_t point_bytes = axes.size() * sizeof(std::uint32_t);
  if (status || evolution.points > (axes.empty() ? 1 : bytes / point_bytes)) return false;
  known_.resize(evolution.points * axes.size());
  const std::string_view text = bytes_of(known_);
  if (!std::ifstream(file, std::ios::binary)
           .read(reinterpret_cast<char*>(known_.data()), static_cast<std::streamsize>(text.size())))
    return false;
  const std::uint32_t checksum = sweep::checksum(text);
  if (checksum != evolution.checksum) return false;
  for (std::size_t k = 0; k < known_.size(); ++k) {
    if (known_[k] >= axes[k % axes.size()].values.size()) return false;
  }
  fs::resize_file(file, text.size(), status);  // without what was appended behind the last state
  if (status)
    throw Error(fmt::format("'{}' can't be written: {}", file.string(), status.message()));
  evolution.known = known_;
  points_job_ = evolution.job;
  saved_ = known_.size();
  checksum_ = checksum;
  return true;
}

void SearchJournal::save_points(EvolutionState& evolution) {
  if (evolution.job != points_job_) {
    points_.close();
    points_job_ = evolution.job;
    saved_ = 0;
    checksum_ = 0;
  }
  const fs::path file = points_file(points_job_);
  errno = 0;
  if (!points_.is_open())
    points_.open(file, std::ios::binary | (saved_ > 0 ? std::ios::app : std::ios::trunc));
  const std::string_view text = bytes_of(evolution.known.subspan(saved_));
  if (!(points_.write(text.data(), static_cast<std::streamsize>(text.size())) << std::flush))
    throw Error(fmt::format("'{}' can't be written: {}", file.string(), std::strerror(errno)));
  saved_ = evolution.known.size();
  checksum_ = sweep::checksum(text, checksum_);
  evolution.checksum = checksum_;
}

void SearchJournal::save(SearchState state) {
  std::vector<std::uint32_t>().swap(known_);
  if (before_ && before_->evolution) before_->evolution->known = {};
  if (state.evolution) save_points(*state.evolution);
  journal_.replace(to_text(state));
  if (state.evolution && state.evolution->job > 0) {
    std::error_code status;
    fs::remove(points_file(state.evolution->job - 1), status);
  }
}

void SearchJournal::remove() {
  points_.close();
  journal_.remove();
  remove_files(*plan_, file_);
}

void SearchJournal::remove_files(const SearchPlan& plan, const fs::path& file) {
  std::error_code status;
  fs::remove(with_end(file, ".state"), status);
  for (std::size_t job = 0; job < plan.jobs.size(); ++job) fs::remove(points_of(file, job), status);
}

}  // namespace archcost::methods
