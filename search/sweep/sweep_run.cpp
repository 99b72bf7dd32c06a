// SPDX-License-Identifier: Apache-2.0
#include "search/sweep/sweep_run.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "core/diagnostic.hpp"

namespace archcost::sweep {
namespace {

// Chunks are short while points are slow, so that a sweep that is stopped or killed loses little.
constexpr std::size_t kFirstChunk = 256, kShortestChunk = 16,
                      kLongestChunk = engine::SweepEngine::kChunk;
constexpr std::chrono::milliseconds kShort{50}, kLong{200};
constexpr std::uint64_t kAhead =
    8;  // chunks that a thread may be ahead of the one whose turn it is

// A chunk's place: it never reaches over the end of its job.
struct Task {
  std::size_t job = 0;
  std::uint64_t first = 0;  // within the job
  std::size_t count = 0;
};

std::vector<Task> tasks_of(const std::vector<SweepJob>& jobs, const SweepRange& range) {
  std::vector<Task> parts;  // one for each job that the range touches
  std::uint64_t start = 0;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const std::uint64_t points = jobs[j].space.points();
    const std::uint64_t from = std::max(range.first, start),
                        to = std::min(range.last, start + points);
    if (from < to) parts.push_back({j, from - start, static_cast<std::size_t>(to - from)});
    start += points;
  }
  return parts;
}

class Runner {
 public:
  Runner(const std::vector<SweepJob>& jobs, const SweepRun& run)
      : jobs_(&jobs), run_(&run), parts_(tasks_of(jobs, run.range)) {}

  bool run() {
    std::uint64_t points = 0;
    for (const Task& part : parts_) points += part.count;
    const auto most = std::clamp<std::uint64_t>(points / kFirstChunk, 1, 1024);
    const int threads = std::max(1, std::min<int>(run_->threads, static_cast<int>(most)));
    std::vector<std::thread> workers;
    workers.reserve(static_cast<std::size_t>(threads));
    try {
      for (int t = 0; t < threads; ++t) workers.emplace_back([this] { work(); });
    } catch (const std::exception& error) {  // those that there are do all
      if (workers.empty()) throw Error(fmt::format("no thread could be started: {}", error.what()));
    }
    consume();
    for (std::thread& worker : workers) worker.join();
    if (error_) std::rethrow_exception(error_);
    return all_taken() && consumed_ == taken_;
  }

 private:
  bool all_taken() const { return part_ == parts_.size(); }

  // The next chunk. With the lock.
  Task take() {
    const Task& part = parts_[part_];
    const Task task = {part.job, part.first + offset_, std::min(length_, part.count - offset_)};
    offset_ += task.count;
    if (offset_ == part.count) {
      ++part_;
      offset_ = 0;
    }
    ++taken_;
    return task;
  }

  // With the lock.
  void adjust_length(std::chrono::steady_clock::duration took) {
    if (took > kLong) length_ = std::max(kShortestChunk, length_ / 4);
    if (took < kShort) length_ = std::min(kLongestChunk, length_ * 2);
  }

  bool stopped() const { return failed_ || (run_->stop != nullptr && run_->stop->load()); }

  void work() {
    std::vector<std::unique_ptr<engine::SweepEngine>> engines;  // by job
    while (true) {
      std::uint64_t chunk = 0;
      Task todo;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] {
          return stopped() || all_taken() ||
                 taken_ <
                     consumed_ + kAhead * static_cast<std::uint64_t>(std::max(1, run_->threads));
        });
        if (stopped() || all_taken()) break;
        chunk = taken_;
        todo = take();
      }
      try {
        const auto start = std::chrono::steady_clock::now();
        const SweepJob& job = (*jobs_)[todo.job];
        engines.resize(jobs_->size());
        if (!engines[todo.job])
          engines[todo.job] =
              std::make_unique<engine::SweepEngine>(job.spec, job.options, job.space, job.wants);
        SweepChunk done;
        done.job = todo.job;
        engines[todo.job]->evaluate(todo.first, todo.count, done.rows);
        if (run_->render) done.text = run_->render(job, done.rows);
        const std::lock_guard lock(mutex_);
        adjust_length(std::chrono::steady_clock::now() - start);
        ready_.emplace(chunk, std::move(done));
      } catch (...) {
        fail(std::current_exception());
      }
      wake_.notify_all();
    }
    wake_.notify_all();
  }

  void fail(std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    failed_ = true;
  }

  void consume() {
    std::uint64_t done = 0;
    while (true) {
      SweepChunk chunk;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] {
          return ready_.contains(consumed_) || failed_ ||
                 ((stopped() || all_taken()) && consumed_ >= taken_);
        });
        const auto found = ready_.find(consumed_);
        if (found == ready_.end()) return;
        chunk = std::move(found->second);
        ready_.erase(found);
      }
      try {
        done += chunk.rows.states.size();
        run_->consume(chunk, done);
      } catch (...) {
        fail(std::current_exception());
        wake_.notify_all();
        return;
      }
      {
        const std::lock_guard lock(mutex_);
        ++consumed_;
      }
      wake_.notify_all();
    }
  }

  const std::vector<SweepJob>* jobs_;
  const SweepRun* run_;
  std::vector<Task> parts_;
  std::size_t part_ = 0, offset_ = 0;  // where the next chunk begins
  std::size_t length_ = kFirstChunk;   // of the next chunk
  std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t taken_ = 0, consumed_ = 0;  // chunks
  std::map<std::uint64_t, SweepChunk> ready_;
  bool failed_ = false;
  std::exception_ptr error_;
};

}  // namespace

std::uint64_t total_points(const std::vector<SweepJob>& jobs) {
  std::uint64_t points = 0;
  for (const SweepJob& job : jobs) points += job.space.points();
  return points;
}

std::string identity(const SweepJob& job) {
  std::string text = job.label + "\n" + job.options.preset + "\n";
  for (int f = 0; f < static_cast<int>(job.spec.files.size()); ++f)
    text += job.spec.sources.file(f).text;
  for (const graph::ParameterSetting& setting : job.options.settings)
    text += setting.name + "=" + spec::to_string(setting.value) + "\n";
  for (const space::SweepAxis& axis : job.space.axes) {
    text += axis.label() + ":";
    for (const spec::Value& value : axis.values) text += spec::to_string(value) + ";";
  }
  return text;
}

bool run_sweep(const std::vector<SweepJob>& jobs, const SweepRun& run) {
  return Runner(jobs, run).run();
}

}  // namespace archcost::sweep
