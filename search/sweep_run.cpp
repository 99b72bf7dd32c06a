#include "search/sweep_run.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

namespace archcost {
namespace {

constexpr std::uint64_t kChunk = SweepEngine::kChunk;
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
      : jobs_(&jobs), run_(&run), parts_(tasks_of(jobs, run.range)) {
    for (const Task& part : parts_) chunks_ += (part.count + kChunk - 1) / kChunk;
  }

  bool run() {
    const int threads = std::max(
        1, std::min<int>(run_->threads, static_cast<int>(std::min<std::uint64_t>(chunks_, 1024))));
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) workers.emplace_back([this] { work(); });
    consume();
    for (std::thread& worker : workers) worker.join();
    if (error_) std::rethrow_exception(error_);
    return consumed_ == chunks_;
  }

 private:
  Task task(std::uint64_t chunk) const {
    for (const Task& part : parts_) {
      const std::uint64_t chunks = (part.count + kChunk - 1) / kChunk;
      if (chunk < chunks)
        return {part.job, part.first + chunk * kChunk,
                std::min<std::size_t>(kChunk, part.count - chunk * kChunk)};
      chunk -= chunks;
    }
    return {};
  }

  bool stopped() const { return failed_ || (run_->stop != nullptr && run_->stop->load()); }

  void work() {
    std::vector<std::unique_ptr<SweepEngine>> engines(jobs_->size());
    while (true) {
      std::uint64_t chunk = 0;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] {
          return stopped() || next_ >= chunks_ ||
                 next_ < consumed_ + kAhead * static_cast<std::uint64_t>(run_->threads);
        });
        if (stopped() || next_ >= chunks_) break;
        chunk = next_++;
      }
      try {
        const Task todo = task(chunk);
        const SweepJob& job = (*jobs_)[todo.job];
        if (!engines[todo.job])
          engines[todo.job] =
              std::make_unique<SweepEngine>(job.spec, job.options, job.space, job.wants);
        SweepChunk done;
        done.job = todo.job;
        engines[todo.job]->evaluate(todo.first, todo.count, done.rows);
        if (run_->render) done.text = run_->render(job, done.rows);
        const std::lock_guard lock(mutex_);
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
    while (consumed_ < chunks_) {
      SweepChunk chunk;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] {
          return ready_.contains(consumed_) || failed_ || (stopped() && consumed_ >= next_);
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
  std::uint64_t chunks_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t next_ = 0, consumed_ = 0;
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

bool run_sweep(const std::vector<SweepJob>& jobs, const SweepRun& run) {
  return Runner(jobs, run).run();
}

}  // namespace archcost
