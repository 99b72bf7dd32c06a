#include "runner/onednn/distance.hpp"

#include <omp.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace archcost {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// A game of two threads: the one makes the number odd, the other even again.
struct alignas(128) Ball {
  std::atomic<int> number{0};
};

constexpr int kRounds = 200;
constexpr int kOver = -1;

void catch_and_return(Ball& ball) {
  for (int next = 1;; next += 2) {
    int number = ball.number.load(std::memory_order_acquire);
    while (number != next && number != kOver) number = ball.number.load(std::memory_order_acquire);
    if (number == kOver) return;
    ball.number.store(next + 1, std::memory_order_release);
  }
}

/// Seconds of a round: the least of some rounds' means, since the first one finds the other thread
/// asleep.
double play(Ball& ball) {
  constexpr int kGames = 5;
  constexpr double kPatience = 0.02;  // threads that share a processor hardly ever meet
  double least = 0;
  const double begun = now();
  int number = 0;
  for (int game = 0; game < kGames && now() - begun < kPatience; ++game) {
    const double begin = now();
    for (int round = 0; round < kRounds; ++round, number += 2) {
      ball.number.store(number + 1, std::memory_order_release);
      while (ball.number.load(std::memory_order_acquire) != number + 2) {
      }
    }
    const double seconds = (now() - begin) / kRounds;
    if (least == 0 || seconds < least) least = seconds;
  }
  ball.number.store(kOver, std::memory_order_release);
  return least;
}

}  // namespace

double handover_seconds(int threads) {
  if (threads < 2) return 0;
  std::vector<Ball> balls(static_cast<std::size_t>(threads));
  double farthest = 0;
#pragma omp parallel num_threads(threads)
  {
    const int part = omp_get_thread_num();
    if (omp_get_num_threads() == threads) {
      if (part > 0) catch_and_return(balls[static_cast<std::size_t>(part)]);
      for (int other = 1; part == 0 && other < threads; ++other) {
        farthest = std::max(farthest, play(balls[static_cast<std::size_t>(other)]));
      }
    }
  }
  return farthest;
}

Distance::Distance(const nlohmann::json& request)
    : threads_(request.value("threads", 1)),
      usual_(request.value("handover", 0.0)),
      left_(request.value("wait", 0.0)) {}

double Distance::settle(Announcer& announcer) {
  double handover = handover_seconds(threads_);
  while (threads_ > 1 && !is_near(handover, usual_) && left_ > 0) {
    announcer.doing("waiting for the threads to come near");
    announcer.event(
        {{"event", "apart"}, {"handover", handover}, {"usual", usual_}, {"left", left_}});
    constexpr double kPause = 1;
    std::this_thread::sleep_for(std::chrono::duration<double>(kPause));
    left_ -= kPause;
    handover = handover_seconds(threads_);
  }
  if (handover > 0) usual_ = nearest_of({usual_, handover});
  return handover;
}

double Distance::farthest(double before) const {
  return std::max(before, handover_seconds(threads_));
}

}  // namespace archcost
