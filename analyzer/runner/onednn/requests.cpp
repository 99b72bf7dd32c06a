// SPDX-License-Identifier: Apache-2.0
// The requests that the program of the kernels answers.
#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "runner/onednn/core_latency_guard.hpp"
#include "runner/onednn/machine_probe.hpp"
#include "runner/onednn/passes.hpp"
#include "runner/onednn/program.hpp"
#include "runner/onednn/tuner.hpp"

namespace archcost::onednn {
namespace {

using nlohmann::json;

void write_numbers(const std::string& path, const std::vector<float>& numbers) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  if (!file) throw std::runtime_error(fmt::format("can't write '{}'", path));
}

void announce_program(const Setup& setup, const Tasks& tasks, const Program& program,
                      Announcer& announcer) {
  std::vector<runner::MeasuredRow> rows;
  for (const ProgramRow& row : program.rows) {
    const plan::Step& step = tasks.task(row.step).step;
    rows.push_back({row.reorder ? std::vector<graph::LayerId>{} : step.layers, step.main,
                    row.reorder, row.value, row.problem, row.implementation,
                    row.option.value_or(plan::KernelOption{}), row.origin,
                    row.option ? "" : "no kernel works"});
  }
  announcer.event({{"event", "program"},
                   {"library", library_name()},
                   {"isa", isa_name()},
                   {"rows", rows},
                   {"arena_bytes", program.arena_bytes},
                   {"weight_bytes", setup.pool.bytes()}});
}

/// The outputs of the network's last run, one after the other.
interpreter::Tensor result_of(const Setup& setup, const Program& program) {
  interpreter::Tensor all;
  for (std::size_t k = 0; k < setup.network.outputs.size(); ++k) {
    const graph::LayerId value = setup.plan.value_of(setup.network.outputs[k]);
    const interpreter::Tensor one =
        plain_output(program.outputs[k], graph::dims_of(setup.network, value), setup.context.block);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

void check(const Setup& setup, const Program& program, Announcer& announcer) {
  const std::vector<interpreter::Tensor> expected =
      interpreter::run_reference(setup.network, setup.weights, setup.input, [&](std::size_t layer) {
        announcer.doing(fmt::format("check {}", setup.network.layers[layer].name));
      });
  interpreter::Tensor outputs;
  for (const graph::LayerId output : setup.network.outputs)
    outputs.insert(outputs.end(), expected[output].begin(), expected[output].end());
  announcer.event({{"event", "checked"},
                   {"error", interpreter::largest_error(result_of(setup, program), outputs)}});
}

/// For scripts: the numbers of the run, and where each layer's weights are among all.
void dump(const Setup& setup, const Program& program, const std::string& folder) {
  write_numbers(folder + "/input.f32", setup.input);
  write_numbers(folder + "/output.f32", result_of(setup, program));
  std::vector<float> all;
  json index = json::array();
  for (const interpreter::LayerWeights& w : setup.weights) {
    json& entry = index.emplace_back(json::object());
    for (const auto& [name, numbers] :
         {std::pair("kernel", &w.kernel), std::pair("bias", &w.bias), std::pair("scale", &w.scale),
          std::pair("shift", &w.shift), std::pair("mean", &w.mean),
          std::pair("variance", &w.variance)}) {
      if (numbers->empty()) continue;
      entry[name] = {all.size(), numbers->size()};
      all.insert(all.end(), numbers->begin(), numbers->end());
    }
  }
  write_numbers(folder + "/weights.f32", all);
  std::ofstream(folder + "/weights.json") << index.dump();
}

void measure(const json& request, Announcer& announcer) {
  Setup setup(request.at("network"), request);
  const Tasks tasks(setup);
  plan::KernelChoices choices = plan::choices_from_json(request.value("choices", json::array()));
  CoreLatencyGuard core_latency_guard(request);
  core_latency_guard.settle(announcer);
  try_options(tasks, choices, announcer, request.value("warm", false));
  announcer.doing("build");
  const Program program = build_program(tasks, choose_options(tasks, choices), setup.pool);
  announce_program(setup, tasks, program, announcer);
  std::copy(setup.input.begin(), setup.input.end(), program.input);
  run_announced(program, announcer);
  if (request.value("check", false)) check(setup, program, announcer);
  if (request.contains("dump")) dump(setup, program, request.at("dump"));
  const int blocks = request.value("blocks", 0);
  const ReferenceLayer reference(setup.context);
  // With "turns" another program is measured between the blocks: each waits for a line.
  const bool turns = request.value("turns", false);
  for (int i = 0; i < blocks; ++i) {
    if (turns) {
      announcer.event({{"event", "ready"}});
      std::string line;
      if (!std::getline(std::cin, line)) break;
    }
    const double core_latency = core_latency_guard.settle(announcer);
    runner::MeasuredBlock block = time_block(program, reference, request.value("seconds", 0.3),
                                             request.value("passes", 12), announcer);
    block.core_latency = core_latency_guard.highest(core_latency);
    json event = block;
    event["event"] = "block";
    announcer.event(event);
  }
  announcer.event({{"event", "done"}});
}

}  // namespace

void answer(const json& request, Announcer& announcer) {
  const auto what = request.at("do").get<std::string>();
  if (what == "measure") return measure(request, announcer);
  if (what == "profile") return profile(request, announcer);
  if (what == "hello") {
    announcer.event({{"event", "hello"}, {"library", library_name()}, {"isa", isa_name()}});
  } else if (what == "machine") {
    ProbedMachine probed = probe_machine(request.at("threads").get<std::vector<int>>());
    probed.machine.library = library_name();
    probed.machine.isa = isa_name();
    announcer.event({{"event", "machine"},
                     {"machine", json::parse(latency::to_json(probed.machine))},
                     {"samples", probed.samples}});
  } else {
    throw std::runtime_error(fmt::format("unknown request '{}'", what));
  }
  announcer.event({{"event", "done"}});
}

}  // namespace archcost::onednn
