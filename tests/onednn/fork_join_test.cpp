// Parallel regions as our kernels and oneDNN use them.
#include <omp.h>

#include <array>
#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

#include "runner/onednn/parallel.hpp"
#include "support/catch.hpp"

using namespace archcost;

TEST_CASE("every part of a range runs once, by as many threads as were asked for") {
  for (int threads = 1; threads <= 5; ++threads) {
    for (int round = 0; round < 200; ++round) {
      std::vector<int> seen(103, 0);
      std::array<std::atomic<int>, 5> by_thread{};
      parallel_ranges(threads, 103, [&](std::int64_t begin, std::int64_t end) {
        by_thread[static_cast<std::size_t>(omp_get_thread_num())] += static_cast<int>(end - begin);
        for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
      });
      REQUIRE(seen == std::vector<int>(103, 1));
      for (int t = 0; t < threads; ++t)
        REQUIRE(by_thread[static_cast<std::size_t>(t)] >= 103 / threads);
    }
  }
}

TEST_CASE("no thread passes a barrier before all have come") {
  for (int round = 0; round < 500; ++round) {
    std::atomic<int> before{0}, wrong{0};
#pragma omp parallel num_threads(3)
    {
      ++before;
#pragma omp barrier
      if (before != 3) ++wrong;
#pragma omp barrier
      --before;
#pragma omp barrier
      if (before != 0) ++wrong;
    }
    REQUIRE(wrong == 0);
  }
}

TEST_CASE("a region inside of a region runs on one thread") {
  std::atomic<int> inner{0}, teams{0};
#pragma omp parallel num_threads(2)
  {
    teams += omp_in_parallel();
#pragma omp parallel num_threads(4)
    { inner += omp_get_num_threads(); }
    teams += omp_get_num_threads();
  }
  CHECK(inner == 2);
  CHECK(teams == 2 * 1 + 2 * 2);
  CHECK(omp_in_parallel() == 0);
  CHECK(omp_get_num_threads() == 1);
}

TEST_CASE("regions of several threads at once all end") {
  std::atomic<int> total{0};
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round)
        parallel_ranges(2, 10, [&](std::int64_t begin, std::int64_t end) {
          total += static_cast<int>(end - begin);
        });
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(total == 4 * 200 * 10);
}

TEST_CASE("the number of threads is that which was set") {
  const int before = omp_get_max_threads();
  omp_set_num_threads(3);
  CHECK(omp_get_max_threads() == 3);
  int team = 0;
#pragma omp parallel
  {
#pragma omp barrier
    if (omp_get_thread_num() == 2) team = omp_get_num_threads();
  }
  CHECK(team == 3);
  omp_set_num_threads(before);
}
