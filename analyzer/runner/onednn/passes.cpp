// SPDX-License-Identifier: Apache-2.0
#include "runner/onednn/passes.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "runner/onednn/kernel_clock.hpp"
#include "runner/onednn/primitives.hpp"

namespace archcost::onednn {
namespace {

void pass(const Program& program) {
  for (const ProgramRow& row : program.rows) {
    if (row.run) row.run();
  }
}

/// Stamps hold the time before each row and behind the last.
void stamped_pass(const Program& program, double* stamps) {
  *stamps++ = clock_now();
  for (const ProgramRow& row : program.rows) {
    if (row.run) row.run();
    *stamps++ = clock_now();
  }
}

}  // namespace

std::vector<std::size_t> faster_half(const std::vector<double>& seconds) {
  std::vector<std::size_t> order(seconds.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return seconds[a] < seconds[b]; });
  order.resize((order.size() + 1) / 2);
  return order;
}

double mean_of_faster(const std::vector<double>& seconds) {
  double total = 0;
  const std::vector<std::size_t> kept = faster_half(seconds);
  for (const std::size_t i : kept) total += seconds[i];
  return total / static_cast<double>(kept.size());
}

ReferenceLayer::ReferenceLayer(const Context& context) {
  const auto described = [&](const memory::desc& tensor) {
    using Dims = memory::dims;
    return bridge::operation<dnnl::convolution_forward>(
        kInference, dnnl::algorithm::convolution_direct, tensor, any_order({512, 512, 1, 1}),
        tensor, Dims{1, 1}, Dims{0, 0}, Dims{0, 0})(context.engine, PostOps().attributes());
  };
  memory::desc tensor = describe(context, {1, 512, 14, 14}, plan::Layout::kBlocked);
  auto description = described(tensor);
  // For arm64 without SVE the library has kernels for plain tensors alone.
  if (origin_of(description.impl_info_str()) == plan::KernelOrigin::kReference) {
    tensor = describe(context, {1, 512, 14, 14}, plan::Layout::kPlain);
    description = described(tensor);
  }
  const memory::desc weights = description.weights_desc();
  PrimitiveSequence sequence(context);
  sequence.add_described<dnnl::convolution_forward>(
      description, {input_argument(DNNL_ARG_SRC, tensor),
                    {DNNL_ARG_WEIGHTS, weights, PrimitiveArgument::kConstant, 0, 0,
                     memory(weights, context.engine, pool_.allocate(weights.get_size()))},
                    output_argument(tensor)});
  const Kernel kernel = std::move(sequence).finish();
  const auto numbers = [&](std::size_t bytes) {
    return static_cast<float*>(pool_.allocate(bytes));
  };
  run_ = kernel.bind({{numbers(tensor.get_size())},
                      numbers(tensor.get_size()),
                      pool_.allocate(kernel.scratch_bytes)});
}

double ReferenceLayer::seconds() const {
  run_();  // its weights come back into the caches
  double least = 1;
  for (int i = 0; i < 3; ++i) {
    const double begin = clock_now();
    run_();
    least = std::min(least, clock_now() - begin);
  }
  return least;
}

namespace {

double stamped_seconds(const std::vector<double>& stamps) { return stamps.back() - stamps.front(); }

/// Leaves those that were calm, where there are enough of them.
template <class Pass>
bool keep_calm(std::vector<Pass>& passes, const std::vector<char>& calm) {
  constexpr std::ptrdiff_t kEnough = 4;
  const auto count = std::count(calm.begin(), calm.end(), 1);
  if (count == static_cast<std::ptrdiff_t>(calm.size())) return true;
  if (count < kEnough) return false;
  std::vector<Pass> kept;
  for (std::size_t i = 0; i < passes.size(); ++i) {
    if (calm[i] != 0) kept.push_back(std::move(passes[i]));
  }
  passes = std::move(kept);
  return true;
}

}  // namespace

runner::MeasuredBlock time_block(const Program& program, const ReferenceLayer& reference,
                                 double seconds, int least, Announcer& announcer) {
  const std::size_t rows = program.rows.size();
  std::vector<std::vector<double>> stamps;
  std::vector<double> stamped, plain, references;
  std::vector<char> calm_stamped, calm_plain;  // not interrupted
  const double begin = clock_now();
  // Turns of some passes of each sort, the reference layer between them; the pass behind the
  // reference layer finds its caches disturbed and doesn't count.
  constexpr int kTurn = 6;
  while (static_cast<int>(plain.size()) < least || clock_now() - begin < seconds) {
    references.push_back(reference.seconds());
    pass(program);
    for (int i = 0; i < kTurn; ++i) {
      announcer.doing(fmt::format("pass {}", plain.size()));
      std::vector<double> times(rows + 1);
      const long before = preemptions();
      stamped_pass(program, times.data());
      const long between = preemptions();
      calm_stamped.push_back(is_calm(between - before, stamped_seconds(times)) ? 1 : 0);
      stamped.push_back(stamped_seconds(times));
      stamps.push_back(std::move(times));
      const double start = clock_now();
      pass(program);
      plain.push_back(clock_now() - start);
      calm_plain.push_back(is_calm(preemptions() - between, plain.back()) ? 1 : 0);
    }
    if (plain.size() > 20000) break;
  }
  runner::MeasuredBlock block;
  block.passes = static_cast<int>(plain.size());
  block.fastest = *std::min_element(plain.begin(), plain.end());
  block.disturbed = !keep_calm(plain, calm_plain);
  std::vector<double> kept_stamps = stamped;
  block.disturbed |= !keep_calm(kept_stamps, calm_stamped);
  if (!block.disturbed) {
    keep_calm(stamps, calm_stamped);
    stamped = std::move(kept_stamps);
  }
  block.plain = mean_of_faster(plain);
  block.reference = mean_of_faster(references);
  block.rows.assign(rows, 0);
  const std::vector<std::size_t> kept = faster_half(stamped);
  for (const std::size_t i : kept) {
    for (std::size_t r = 0; r < rows; ++r) block.rows[r] += stamps[i][r + 1] - stamps[i][r];
  }
  for (double& row : block.rows) {
    row /= static_cast<double>(kept.size());
    block.stamped += row;
  }
  return block;
}

void run_announced(const Program& program, Announcer& announcer) {
  for (std::size_t i = 0; i < program.rows.size(); ++i) {
    if (!program.rows[i].run) continue;
    announcer.doing(fmt::format("row\t{}\t{}\t{}", i, plan::to_text(*program.rows[i].option),
                                program.rows[i].problem));
    program.rows[i].run();
  }
  announcer.doing("passes begin");
}

}  // namespace archcost::onednn
