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

}  // namespace

SearchJournal::SearchJournal(const SearchPlan& plan, fs::path file, std::string_view request,
                             bool resume)
    : file_(std::move(file)), journal_(state_file(), "search", request, resume) {
  if (journal_.records().empty()) return;
  before_ = read_search_state(plan, journal_.records(), state_file().string());
  if (before_->evolution) read_points(plan, *before_->evolution);
}

fs::path SearchJournal::with_end(std::string_view end) const {
  return fmt::format("{}{}", file_.string(), end);
}

fs::path SearchJournal::points_file(std::size_t job) const {
  return with_end(fmt::format(".points-{}", job + 1));
}

void SearchJournal::read_points(const SearchPlan& plan, EvolutionState& evolution) {
  const fs::path file = points_file(evolution.job);
  const auto& axes = plan.jobs[evolution.job].space.axes;
  const auto fail = [&](std::string_view what) {
    throw Error(fmt::format("'{}' {}: remove it and '{}' to start again", file.string(), what,
                            state_file().string()));
  };
  const auto is_damaged = [&] { fail("is damaged"); };
  std::error_code status;
  const std::uintmax_t bytes = fs::file_size(file, status);
  if (status) fail("can't be read");
  const std::size_t point_bytes = axes.size() * sizeof(std::uint32_t);
  if (evolution.points > (axes.empty() ? 1 : bytes / point_bytes)) is_damaged();
  known_.resize(evolution.points * axes.size());
  const std::string_view text = bytes_of(known_);
  if (!std::ifstream(file, std::ios::binary)
           .read(reinterpret_cast<char*>(known_.data()), static_cast<std::streamsize>(text.size())))
    fail("can't be read");
  checksum_ = sweep::checksum(text);
  if (checksum_ != evolution.checksum) is_damaged();
  for (std::size_t k = 0; k < known_.size(); ++k) {
    if (known_[k] >= axes[k % axes.size()].values.size()) is_damaged();
  }
  evolution.known = known_;
  points_job_ = evolution.job;
  saved_ = known_.size();
  fs::resize_file(file, text.size(), status);  // what was appended behind the last state
  if (status) fail(fmt::format("can't be written: {}", status.message()));
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
  std::error_code status;
  for (std::size_t job = 0; job <= points_job_; ++job) fs::remove(points_file(job), status);
}

}  // namespace archcost::methods
