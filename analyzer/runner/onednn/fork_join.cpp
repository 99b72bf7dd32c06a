// The few functions of OpenMP's runtime that oneDNN and our kernels call, with threads that fork
// and join quickly: networks have a hundred kernels of some ten microseconds. They stand in for
// libgomp's by their names, in this program alone.
//
// Threads wait in a loop for kSpins rounds and then sleep, so a busy machine isn't made busier for
// long. Regions inside of regions run on one thread. OMP_NUM_THREADS, OMP_PROC_BIND and OMP_PLACES
// mean what they always mean; other settings of OpenMP mean nothing here.
#if defined(__linux__) && defined(__GNUC__) && !defined(__clang__)

#include <omp.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace {

constexpr int kSpins = 20000;

void breathe() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

/// Until `word` isn't `old` any more.
void wait_for_change(const std::atomic<unsigned>& word, unsigned old) {
  for (int i = 0; i < kSpins; ++i) {
    if (word.load(std::memory_order_acquire) != old) return;
    breathe();
  }
  word.wait(old, std::memory_order_acquire);
}

/// What a region runs, and who has ended it.
struct Region {
  void (*function)(void*) = nullptr;
  void* data = nullptr;
  unsigned threads = 1;
};

struct Place {
  unsigned number = 0;  ///< of the thread in its team
  unsigned team = 1;
  bool inside = false;  ///< of a region
};
thread_local Place place;
thread_local unsigned wanted_threads = 0;  ///< by omp_set_num_threads

unsigned default_threads() {
  static const unsigned count = [] {
    const char* text = std::getenv("OMP_NUM_THREADS");
    const int asked = text == nullptr ? 0 : std::atoi(text);
    return static_cast<unsigned>(asked > 0 ? asked : omp_get_num_procs());
  }();
  return count;
}

/// The threads beside the one that forks. One region at a time: whoever comes meanwhile from
/// another thread runs his alone.
class Pool {
 public:
  static Pool& instance() {
    static Pool* const pool = new Pool;  // its threads run until the process ends
    return *pool;
  }

  bool take() { return !busy_.exchange(true, std::memory_order_acquire); }
  void give_back() { busy_.store(false, std::memory_order_release); }

  void run(const Region& region) {
    grow(region.threads - 1);
    threads_ = region.threads;
    left_.store(region.threads - 1, std::memory_order_relaxed);
    for (unsigned k = 0; k + 1 < region.threads; ++k) {
      workers_[k]->region = region;
      workers_[k]->go.fetch_add(1, std::memory_order_release);
      workers_[k]->go.notify_one();
    }
    work(0, region);
    for (unsigned left = left_.load(std::memory_order_acquire); left != 0;
         left = left_.load(std::memory_order_acquire)) {
      wait_for_change(left_, left);
    }
  }

  void barrier() {
    const unsigned turn = turn_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      arrived_.store(0, std::memory_order_relaxed);
      turn_.fetch_add(1, std::memory_order_release);
      turn_.notify_all();
      return;
    }
    wait_for_change(turn_, turn);
  }

 private:
  struct alignas(128) Worker {
    std::atomic<unsigned> go{0};
    Region region;  // beside `go`: both come with one line of the cache
  };

  static void work(unsigned number, const Region& region) {
    place = {number, region.threads, true};
    region.function(region.data);
    place = {};
  }

  void loop(Worker& worker, unsigned number) {
    for (unsigned seen = 0;;) {
      wait_for_change(worker.go, seen);
      seen = worker.go.load(std::memory_order_acquire);
      work(number, worker.region);
      if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_one();
    }
  }

  void grow(unsigned count) {
    while (workers_.size() < count) {
      workers_.push_back(new Worker);
      const auto number = static_cast<unsigned>(workers_.size());
      std::thread thread([this, number, worker = workers_.back()] { loop(*worker, number); });
      bind(thread.native_handle(), number);
      thread.detach();
    }
  }

  /// To the place that OMP_PROC_BIND and OMP_PLACES mean for it; libgomp has bound the first thread
  /// when the program was loaded.
  static void bind(pthread_t thread, unsigned number) {
    const int places = omp_get_num_places();
    if (omp_get_proc_bind() == omp_proc_bind_false || places < 2) return;
    const int own = static_cast<int>(number) % places;
    std::vector<int> processors(static_cast<std::size_t>(omp_get_place_num_procs(own)));
    omp_get_place_proc_ids(own, processors.data());
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int processor : processors) CPU_SET(processor, &set);
    pthread_setaffinity_np(thread, sizeof(set), &set);
  }

  std::atomic<bool> busy_{false};
  std::vector<Worker*> workers_;
  unsigned threads_ = 1;  ///< of the region
  alignas(128) std::atomic<unsigned> left_{0};
  alignas(128) std::atomic<unsigned> arrived_{0};
  std::atomic<unsigned> turn_{0};
};

}  // namespace

extern "C" {

void GOMP_parallel(void (*function)(void*), void* data, unsigned threads, unsigned) {
  if (threads == 0) threads = static_cast<unsigned>(omp_get_max_threads());
  if (threads > 1 && !place.inside && Pool::instance().take()) {
    Pool::instance().run({function, data, threads});
    Pool::instance().give_back();
    return;
  }
  const Place before = place;
  place = {0, 1, true};
  function(data);
  place = before;
}

void GOMP_barrier() {
  if (place.team > 1) Pool::instance().barrier();
}

int omp_get_thread_num() { return static_cast<int>(place.number); }
int omp_get_num_threads() { return static_cast<int>(place.team); }
int omp_in_parallel() { return place.team > 1 ? 1 : 0; }
int omp_get_max_threads() {
  return static_cast<int>(wanted_threads > 0 ? wanted_threads : default_threads());
}
void omp_set_num_threads(int threads) {
  wanted_threads = static_cast<unsigned>(std::max(threads, 1));
}

}  // extern "C"

#endif
