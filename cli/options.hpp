// SPDX-License-Identifier: Apache-2.0
// Options of several commands. Each is declared once, so that a name means the same everywhere.
#pragma once

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "cli/spec_argument.hpp"
#include "cost/cost_table.hpp"
#include "latency/latency_predictor.hpp"
#include "reports/tables/kernel_tables.hpp"
#include "runner/this_machine.hpp"
#include "search/accuracy/recipe_choice.hpp"

namespace archcost::cli {

// ---- checks, with messages that say what is valid

/// One of these words, with '-' or '_' in it; else the error lists them and names the nearest.
CLI::Validator one_of(std::vector<std::string> words);
/// A whole number of at least 1.
CLI::Validator at_least_one();
/// A whole number that the type of the option holds, in decimal: CLI11 takes 010 as 8 and shortens
/// what is too large.
CLI::Validator whole_number(std::int64_t least, std::uint64_t most);
/// A finite number above 0.
CLI::Validator above_zero();
/// The option with a name ("--set"), null if there is none. CLI11's own search is noexcept and ends
/// the program where memory runs out.
const CLI::Option* find_option(const CLI::App& app, const std::string& name);
/// The same of a command that has the option.
CLI::Option& option_of(CLI::App& app, const std::string& name);
/// A value that isn't an option of the command: "--sweep -o FILE" lacks a value.
CLI::Validator no_option(const CLI::App& app, const std::string& names, const std::string& type);
/// A finite number of at least 0.
CLI::Validator at_least_zero();

/// The option takes one of these words, and completions offer them.
CLI::Option* with_choices(CLI::Option* option, const std::vector<std::string>& words);
/// Null: the option takes anything.
const std::vector<std::string>* choices_of(const CLI::Option& option);

// ---- single options

template <class T>
struct WholeNumber : std::bool_constant<std::is_integral_v<T> && !std::is_same_v<T, bool>> {
  using Type = T;
};
template <class T>
struct WholeNumber<std::optional<T>> : WholeNumber<T> {};

/// An option whose value help calls `type`. Each occurrence of a list takes one value.
template <class T>
CLI::Option* add_value(CLI::App& app, const char* names, T& value, const char* type,
                       const std::string& help) {
  CLI::Option* option =
      app.add_option(names, value, help)->type_name(type)->check(no_option(app, names, type));
  if constexpr (WholeNumber<T>::value) {
    using Limits = std::numeric_limits<typename WholeNumber<T>::Type>;
    option->check(whole_number(Limits::min(), Limits::max()));
  }
  return std::is_same_v<T, std::vector<std::string>> ? option->allow_extra_args(false) : option;
}
/// An option for a whole number of at least 1.
template <class T>
CLI::Option* add_count(CLI::App& app, const char* names, T& value, const std::string& help) {
  return add_value(app, names, value, "N", help)->check(at_least_one());
}
/// An option for one of these words: the values of an enumeration, in its order.
template <class Enum>
CLI::Option* add_enum(CLI::App& app, const char* names, Enum& value,
                      const std::vector<std::string>& words, const char* type,
                      const std::string& help) {
  const auto store = [&value, words](const std::string& word) {
    value = static_cast<Enum>(std::find(words.begin(), words.end(), word) - words.begin());
  };
  return with_choices(app.add_option_function<std::string>(names, store, help), words)
      ->type_name(type);
}
/// An option for one of these words.
CLI::Option* add_choice(CLI::App& app, const char* names, std::string& value,
                        const std::vector<std::string>& words, const char* type,
                        const std::string& help);

/// An option for a file that the command reads: -o may not name it.
template <class T>
CLI::Option* add_input(CLI::App& app, const char* names, T& value, const std::string& help) {
  return add_value(app, names, value, "FILE", help)->each(protect_input);
}
/// How many threads this machine runs at a time.
int all_cores();

// ---- groups of options

/// How a document leaves the program.
struct OutputOptions {
  std::string format = "table";
  std::string file;  ///< empty: standard output
  bool exact = false;
  bool networks = false;  ///< FILE.yaml, .onnx or .py gets a network instead of the table
};
/// Why a file of that name isn't written by a command that writes `extensions` (".csv"): it claims
/// to be of another known type. Empty: it may be written.
std::string wrong_extension(const std::string& file, const std::vector<std::string>& extensions);
/// -o FILE; - means standard output, which is the default. Files of other known types than
/// `extensions` are refused; with none of them the command checks the name itself.
CLI::Option* declare_output_file(CLI::App& app, std::string& file,
                                 const std::vector<std::string>& extensions = {});
/// --format, -o and --exact. `more` are formats of this command alone. Without --format the
/// extension of -o FILE sets the format; one of another known type is refused.
void declare_output(CLI::App& app, OutputOptions& output,
                    const std::vector<std::string>& more = {});

/// --set, --input, --batch, --strict.
void declare_spec_options(CLI::App& app, SpecOptions& options);
/// The arguments of a command about one network.
struct NetworkArguments {
  std::string spec;
  SpecOptions network;
  OutputOptions output;
};
/// SPEC.
void declare_spec(CLI::App& app, std::string& spec);
/// SPEC, --set, --input, --batch.
void declare_network(CLI::App& app, NetworkArguments& arguments);
/// --by with the first `count` of layer, kind, stage and block.
void declare_grouping(CLI::App& app, cost::Grouping& grouping, int count);

/// --sort and --top of rows of kernels.
void declare_kernel_order(CLI::App& app, tables::KernelOrder& order);

/// What is counted.
struct CostArguments {
  std::string convention = "macs";
  std::string dtype = "f32", weight_dtype, activation_dtype;
  double peak_gflops = 0, bandwidth_gbs = 0;
  std::string machine;  ///< a machine file
};
/// --dtype, --weight-dtype, --activation-dtype.
void declare_data_types(CLI::App& app, CostArguments& arguments);
/// --convention, the data types, --peak-gflops, --bandwidth-gbs, --machine.
void declare_cost_options(CLI::App& app, CostArguments& arguments);
DataTypes data_types(const CostArguments& arguments);
/// Throws Error for half of a roofline, a machine file that isn't one or that has no figures for
/// that many threads.
cost::CountOptions count_options(const CostArguments& arguments, int threads);

/// Which latencies of the database are used.
struct LatencyOptions {
  std::string db = runner::default_latency_db();
  runner::MachineChoice machine = {};
  int threads = 1;

  friend bool operator==(const LatencyOptions&, const LatencyOptions&) = default;
};
/// --engine NAME: the engines that run networks here; `any` also those of imported figures.
void declare_engine(CLI::App& app, std::string& engine, bool any = false);
/// --db FILE; `use` says for what. The default can't be the file of -o either.
void declare_db_file(CLI::App& app, std::string& db, const std::string& use = "");
/// --of N|NAME, a machine of the database, and --engine; --machine too where a command has no file
/// of a machine.
void declare_machine_choice(CLI::App& app, runner::MachineChoice& machine);
/// --kernel-threads, and --threads where a command has no threads of its own.
void declare_kernel_threads(CLI::App& app, int& threads, bool alone = true);

/// --db, --of, --engine and --kernel-threads; --threads too if `alone`.
void declare_predictor(CLI::App& app, LatencyOptions& options, const std::string& use = "",
                       bool alone = true);

/// Latency as a cost of a command that counts.
struct LatencyCostOptions {
  LatencyOptions latency;
  latency::PredictOptions predict;
};
/// --db, --of, --engine, --kernel-threads and --estimate; --threads too if `alone`.
void declare_latency_cost(CLI::App& app, LatencyCostOptions& options, bool alone = true);

/// --accuracy FILE and --recipe [SPEC:]NAME: whose accuracies are used.
void declare_accuracy(CLI::App& app, accuracy::AccuracyRequest& request);

/// --shard I/N or auto, which becomes I/N when the options are parsed, with a note that says what
/// assigned it.
void declare_shard(CLI::App& app, std::string& shard, const std::string& help);

/// --no-winograd.
void declare_winograd(CLI::App& app, bool& winograd);
/// How kernels are timed: --engine, --blocks, --seconds, --samples, --seed, --patience, --wait,
/// --pin,
/// --no-winograd and the number of threads. `Options` are runner::MeasureOptions or
/// runner::ProfileOptions; defaults are those that it has.
template <class Options>
void declare_timing(CLI::App& app, Options& options, std::optional<int>& pin) {
  const auto by_default = [](const std::string& text, auto value) {
    return fmt::format("{} (default: {})", text, value);
  };
  declare_engine(app, options.engine);
  declare_kernel_threads(app, options.threads);
  add_value(app, "--pin", pin, "CPU",
            "run on this processor only (default for one thread: the last one)");
  add_count(app, "--blocks", options.blocks, by_default("blocks of passes", options.blocks));
  add_value(app, "--seconds", options.seconds, "S",
            by_default("minimum seconds of a block", options.seconds))
      ->check(at_least_zero());
  add_count(app, "--samples", options.passes,
            by_default("minimum passes of a block", options.passes));
  add_value(app, "--seed", options.seed, "N",
            by_default("seed of weights, inputs and the order of timing", options.seed));
  add_value(app, "--patience", options.patience_seconds, "S",
            by_default("seconds without progress after which a kernel counts as hung",
                       options.patience_seconds))
      ->check(above_zero());
  add_value(app, "--wait", options.wait_seconds, "S",
            by_default("total seconds to wait while the core-to-core latency is higher than "
                       "usual, as after a virtual machine was moved",
                       options.wait_seconds))
      ->check(at_least_zero());
  declare_winograd(app, options.winograd);
}

/// SPEC ..., --vary, --networks, --set, --input, --batch.
void declare_network_list(CLI::App& app, NetworkListArguments& arguments);

/// A note on standard error: an old name works for one more version.
void note_renamed(std::string_view old_name, std::string_view new_name);

}  // namespace archcost::cli
