// SPDX-License-Identifier: Apache-2.0
// Sweeps over several threads: every point once and in order, stops, errors, and estimates.
#include "search/sweep/sweep_run.hpp"

#include <fmt/core.h>

#include <cmath>
#include <ctime>
#include <stdexcept>

#include "core/diagnostic.hpp"
#include "search/sweep/estimate.hpp"
#include "search/sweep/journal.hpp"
#include "support/catch.hpp"
#include "support/support.hpp"

using namespace archcost;
using namespace archcost::test;

namespace {

sweep::SweepJob job_of(const std::string& label, const std::vector<std::string>& vary) {
  sweep::SweepJob job;
  job.label = label;
  job.spec = spec::read_spec_text(
      label,
      "name: run\nparams: {a: 2, b: 3}\ninput: {channels: 1, height: 1, width: 1}\n"
      "layers:\n  - conv: {out: 10000 * a + b, bias: false}\n",
      ".");
  job.space = space::sweep_space(job.spec, vary);
  job.wants.columns = {"params"};
  return job;
}

// 3 * 700, 5 and 40 * 30 points: the params of each are 10000 a + b.
std::vector<sweep::SweepJob> three_jobs() {
  return {job_of("first", {"a=1,2,3", "b=1:700:1"}), job_of("second", {"b=1:5:1"}),
          job_of("third", {"a=1:40:1", "b=1:30:1"})};
}

// The params of all points of the three jobs in their order.
std::vector<std::int64_t> all_params() {
  std::vector<std::int64_t> all;
  for (int a = 1; a <= 3; ++a)
    for (int b = 1; b <= 700; ++b) all.push_back(10'000 * a + b);
  for (int b = 1; b <= 5; ++b) all.push_back(20'000 + b);
  for (int a = 1; a <= 40; ++a)
    for (int b = 1; b <= 30; ++b) all.push_back(10'000 * a + b);
  return all;
}

constexpr std::uint64_t kJobStarts[] = {0, 2100, 2105, 3305};

struct SeenChunks {
  std::vector<std::int64_t> params;
  std::vector<std::uint64_t> done;
  bool whole = true;  // each chunk lies in its job and has its own text
};

// What a run gives to its consumer, which may end it.
SeenChunks seen_by(const std::vector<sweep::SweepJob>& jobs, sweep::SweepRun run, bool& finished,
                   const std::function<void(std::uint64_t)>& after = {}) {
  SeenChunks seen;
  const std::uint64_t begin = run.range.first;
  run.render = [](const sweep::SweepJob& job, const engine::SweepRows& rows) {
    return fmt::format("{} {} {}", job.label, rows.first, rows.states.size());
  };
  run.consume = [&](const sweep::SweepChunk& chunk, std::uint64_t done) {
    const std::size_t count = chunk.rows.states.size();
    seen.whole =
        seen.whole && count > 0 &&
        chunk.text == fmt::format("{} {} {}", jobs[chunk.job].label, chunk.rows.first, count) &&
        kJobStarts[chunk.job] + chunk.rows.first == begin + seen.params.size() &&
        kJobStarts[chunk.job] + chunk.rows.first + count <= kJobStarts[chunk.job + 1];
    seen.params.insert(seen.params.end(), chunk.rows.columns[0].begin(),
                       chunk.rows.columns[0].end());
    seen.done.push_back(done);
    seen.whole = seen.whole && done == seen.params.size();
    if (after) after(done);
  };
  finished = sweep::run_sweep(jobs, run);
  return seen;
}

}  // namespace

TEST_CASE("a run gives every point of its range once, in order", "[search]") {
  const std::vector<sweep::SweepJob> jobs = three_jobs();
  const std::vector<std::int64_t> params = all_params();
  CHECK(sweep::total_points(jobs) == 3305);
  CHECK(sweep::total_points({}) == 0);
  for (const int threads : {1, 2, 5}) {
    for (const sweep::SweepRange range : {sweep::SweepRange{0, 3305},
                                          {0, 1},
                                          {3304, 3305},
                                          {2099, 2107},
                                          {2100, 2105},
                                          {17, 2990},
                                          {1000, 1000}}) {
      INFO(threads << " threads, " << range.first << " to " << range.last);
      bool finished = false;
      const SeenChunks seen = seen_by(jobs, {.range = range, .threads = threads}, finished);
      CHECK(finished);
      CHECK(seen.whole);
      CHECK((seen.params ==
             std::vector<std::int64_t>(params.begin() + static_cast<std::ptrdiff_t>(range.first),
                                       params.begin() + static_cast<std::ptrdiff_t>(range.last))));
    }
  }
  bool finished = false;
  CHECK(seen_by({}, {.range = {0, 0}}, finished).params.empty());
  CHECK(finished);
}

TEST_CASE("a run of many chunks goes on to its end", "[search]") {
  const std::vector<sweep::SweepJob> jobs = {job_of("long", {"a=1:400:1", "b=1:500:1"})};
  std::uint64_t points = 0, wrong = 0;
  sweep::SweepRun run = {.range = {0, 200'000}, .threads = 1};
  run.consume = [&](const sweep::SweepChunk& chunk, std::uint64_t) {
    for (const std::int64_t params : chunk.rows.columns[0]) {
      const auto at = static_cast<std::int64_t>(points++);
      wrong += params != 10'000 * (at / 500 + 1) + at % 500 + 1 ? 1 : 0;
    }
  };
  CHECK(sweep::run_sweep(jobs, run));
  CHECK(points == 200'000);
  CHECK(wrong == 0);
}

TEST_CASE("a run that is stopped ends after whole chunks", "[search]") {
  const std::vector<sweep::SweepJob> jobs = three_jobs();
  const std::vector<std::int64_t> params = all_params();
  for (const int threads : {1, 3}) {
    INFO(threads);
    std::atomic<bool> stop = false;
    bool finished = true;
    const SeenChunks seen = seen_by(jobs, {.range = {0, 3305}, .threads = threads, .stop = &stop},
                                    finished, [&](std::uint64_t) { stop = true; });
    CHECK(seen.whole);
    CHECK(!seen.params.empty());
    CHECK(finished == (seen.params.size() == params.size()));
    CHECK((seen.params ==
           std::vector<std::int64_t>(
               params.begin(), params.begin() + static_cast<std::ptrdiff_t>(seen.params.size()))));
    CHECK(seen_by(jobs, {.range = {0, 3305}, .threads = threads, .stop = &stop}, finished)
              .params.empty());
    CHECK(!finished);
  }
  // All was done when it was stopped.
  std::atomic<bool> stop = false;
  bool finished = false;
  seen_by(jobs, {.range = {0, 3305}, .threads = 2, .stop = &stop}, finished,
          [&](std::uint64_t done) { stop = done == 3305; });
  CHECK(finished);
}

TEST_CASE("what a run's functions throw ends it", "[search]") {
  const std::vector<sweep::SweepJob> jobs = three_jobs();
  for (const int threads : {1, 3}) {
    for (const bool renders : {true, false}) {
      INFO(threads << " threads, " << renders);
      sweep::SweepRun run = {.range = {0, 3305}, .threads = threads};
      std::uint64_t consumed = 0;
      run.render = [&](const sweep::SweepJob& job, const engine::SweepRows&) -> std::string {
        if (renders && job.label == "second") throw std::runtime_error("no text");
        return "";
      };
      run.consume = [&](const sweep::SweepChunk&, std::uint64_t done) {
        consumed = done;
        if (!renders && done > 256) throw std::runtime_error("no room");
      };
      CHECK_THROWS_WITH(sweep::run_sweep(jobs, run), renders ? "no text" : "no room");
      CHECK(consumed < 3305);
    }
  }
}

TEST_CASE("a job is told from others by all that its networks depend on", "[search]") {
  const TestFolder folder;
  folder.write("inner.yaml", "name: inner\nblocks:\n  one:\n    layers:\n      - relu\n");
  const std::string text =
      "name: outer\ninclude: inner.yaml\nparams: {a: {default: 1}, widths: [2, 3]}\n"
      "input: {channels: 3, height: 8, width: 8}\nlayers:\n  - conv: {out: a * widths(2)}\n"
      "  - one\n";
  folder.write("outer.yaml", text);
  sweep::SweepJob job;
  job.label = "outer:x=1";
  job.spec = spec::read_spec(folder / "outer.yaml");
  job.options.preset = "small";
  job.options.settings = {{"k", spec::Value(3), ""}, {"m", spec::Value(spec::Word{"same"}), ""}};
  job.space = space::sweep_space(job.spec, {"a=1,5/2", "widths(2)=7,9"});
  CHECK(sweep::identity(job) == "outer:x=1\nsmall\n" + text + read_file(folder / "inner.yaml") +
                                    "k=3\nm=same\na:1;2.5;widths(2):7;9;");
  CHECK(sweep::fingerprint("") == "cbf29ce484222325");  // of FNV-1a
  CHECK(sweep::fingerprint("a") == "af63dc4c8601ec8c");
  CHECK(sweep::fingerprint("foobar") == "85944171f73967e8");
}

TEST_CASE("an estimate runs all of a small sweep, and samples of a large one", "[search]") {
  using Ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  const auto ranges_of = [](const sweep::SweepJob& job, double budget) {
    Ranges ranges;
    sweep::SweepRun run;
    run.threads = 7;
    run.consume = [&](const sweep::SweepChunk& chunk, std::uint64_t) {
      const std::uint64_t first = chunk.rows.first, last = first + chunk.rows.states.size();
      if (!ranges.empty() && ranges.back().second == first && first % 1000 != 0)
        ranges.back().second = last;
      else
        ranges.emplace_back(first, last);
    };
    const double seconds = sweep::estimated_seconds({job}, run, budget);
    CHECK(seconds >= 0);
    CHECK(std::isfinite(seconds));
    return ranges;
  };
  CHECK(ranges_of(job_of("few", {"b=1:3:1"}), 0) == Ranges{{0, 3}});
  CHECK(ranges_of(job_of("small", {"b=1:100:1"}), 0) == Ranges{{0, 100}});
  CHECK(ranges_of(job_of("small", {"b=1:2000:1"}), 0) == Ranges{{0, 1000}, {1000, 2000}});
  // Eight stretches of 3000: 256 of each, then four times as many.
  Ranges expected;
  for (std::uint64_t k = 0; k < 8; ++k) {
    expected.emplace_back(3000 * k, 3000 * k + 256);
    expected.emplace_back(3000 * k, 3000 * k + 1024);
  }
  Ranges sampled;
  for (const auto& [first, last] : ranges_of(job_of("large", {"b=1:24000:1"}), 0)) {
    if (!sampled.empty() && sampled.back().second == first)
      sampled.back().second = last;
    else
      sampled.emplace_back(first, last);
  }
  CHECK(sampled == expected);
  const double seconds = sweep::estimated_seconds({job_of("none", {"b=1:9:1"})}, {});
  CHECK(seconds > 0);
}

TEST_CASE("an estimate grows with the points that were not run", "[search]") {
  const auto clock_seconds = [] {
    return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC);
  };
  const double before = clock_seconds(), now = sweep::processor_seconds(), after = clock_seconds();
  CHECK(now >= before - 0.02);
  CHECK(now <= after + 0.02);
  constexpr double kEach = 10e-6;  // seconds of a processor that the consumer takes for a point
  sweep::SweepRun run;
  run.consume = [&](const sweep::SweepChunk& chunk, std::uint64_t) {
    const double end =
        sweep::processor_seconds() + kEach * static_cast<double>(chunk.rows.states.size());
    while (sweep::processor_seconds() < end) {
    }
  };
  const double seconds = sweep::estimated_seconds({job_of("large", {"b=1:24000:1"})}, run, 0);
  CHECK(seconds >= 0.95 * 24'000 * kEach);
  CHECK(seconds <= 20 * 24'000 * kEach);
}
