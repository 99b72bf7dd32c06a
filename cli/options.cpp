// SPDX-License-Identifier: Apache-2.0
#include "cli/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <thread>
#include <type_traits>

#include "cli/terminal.hpp"
#include "core/diagnostic.hpp"
#include "core/text.hpp"
#include "cost/cost_table.hpp"
#include "reports/writers/writers.hpp"
#include "runner/engine.hpp"
#include "search/sweep/shard.hpp"

namespace archcost::cli {
namespace {

// A check that a text is a number of this type for which `valid` holds.
template <typename T>
CLI::Validator number_check(const char* what, bool (*valid)(T)) {
  return CLI::Validator(
      [=](std::string& text) -> std::string {
        T value{};
        const char* const end = text.data() + text.size();
        const auto [stop, status] = std::from_chars(text.data(), end, value);
        const bool octal = std::is_integral_v<T> && text.size() > 1 && text.front() == '0';
        if (status == std::errc() && stop == end && !octal && valid(value)) return {};
        return fmt::format("must be a {}, not {}", what, text);
      },
      "");
}

}  // namespace

CLI::Validator one_of(std::vector<std::string> words) {
  return CLI::Validator(
      [words = std::move(words)](std::string& text) -> std::string {
        if (std::find(words.begin(), words.end(), text) != words.end()) return {};
        std::string dashed = text;  // JSON's keys have underscores
        std::replace(dashed.begin(), dashed.end(), '_', '-');
        if (std::find(words.begin(), words.end(), dashed) != words.end()) {
          text = dashed;
          return {};
        }
        const auto near = nearest(text, words);
        return fmt::format("must be {}, not '{}'{}", join_or(words), text,
                           near ? fmt::format("; did you mean '{}'?", *near) : "");
      },
      "");
}

CLI::Validator whole_number(std::int64_t least, std::uint64_t most) {
  return CLI::Validator(
      [=](std::string& text) -> std::string {
        const bool negative = text.starts_with('-');
        const std::string digits = text.substr(negative ? 1 : 0);
        std::uint64_t size = 0;
        const auto [stop, status] =
            std::from_chars(digits.data(), digits.data() + digits.size(), size);
        const bool decimal = status != std::errc::invalid_argument &&
                             stop == digits.data() + digits.size() &&
                             (digits.size() == 1 || digits.front() != '0');
        if (!decimal) return fmt::format("must be a whole number, not {}", text);
        const std::uint64_t below =
            least < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(least) : 0;
        const std::uint64_t limit = negative ? below : most;
        if (status == std::errc() && size <= limit) return {};
        return negative ? fmt::format("must be at least {}, not {}", least, text)
                        : fmt::format("must be at most {}, not {}", most, text);
      },
      "");
}

CLI::Validator at_least_one() {
  return number_check<int>("whole number of at least 1", [](int value) { return value >= 1; });
}

CLI::Validator above_zero() {
  return number_check<double>("number above 0",
                              [](double value) { return std::isfinite(value) && value > 0; });
}

const CLI::Option* find_option(const CLI::App& app, const std::string& name) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->check_name(name)) return option;
  }
  return nullptr;
}

CLI::Option& option_of(CLI::App& app, const std::string& name) {
  const std::vector<CLI::Option*> options = app.get_options({});
  const auto found = std::find_if(options.begin(), options.end(), [&](const CLI::Option* option) {
    return option->check_name(name);
  });
  if (found == options.end()) throw CLI::OptionNotFound(name);
  return **found;
}

CLI::Validator no_option(const CLI::App& app, const std::string& names, const std::string& type) {
  return CLI::Validator(
      [&app, name = names.substr(0, names.find(',')),
       type](const std::string& text) -> std::string {
        const std::string option = text.substr(0, text.find('='));
        if (option.size() < 2 || option[0] != '-' || find_option(app, option) == nullptr) return {};
        return fmt::format("needs a value, {} {}, but '{}' follows, which is an option", name, type,
                           text);
      },
      "");
}

CLI::Validator at_least_zero() {
  return number_check<double>("number of at least 0",
                              [](double value) { return std::isfinite(value) && value >= 0; });
}

namespace {

// CLI11 keeps checks as functions, which can't be asked.
std::map<const CLI::Option*, std::vector<std::string>>& choices() {
  static std::map<const CLI::Option*, std::vector<std::string>> all;
  return all;
}

}  // namespace

CLI::Option* with_choices(CLI::Option* option, const std::vector<std::string>& words) {
  choices()[option] = words;
  return option->check(one_of(words));
}

const std::vector<std::string>* choices_of(const CLI::Option& option) {
  const auto found = choices().find(&option);
  return found == choices().end() ? nullptr : &found->second;
}

CLI::Option* add_choice(CLI::App& app, const char* names, std::string& value,
                        const std::vector<std::string>& words, const char* type,
                        const std::string& help) {
  return with_choices(add_value(app, names, value, type, help), words);
}

int all_cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

std::string wrong_extension(const std::string& file, const std::vector<std::string>& extensions) {
  // A table in a file that claims to be something else is a mistake.
  static const std::set<std::string> kKnown = {
      ".svg",  ".png",   ".pdf",     ".jpg",        ".xls",     ".xlsx",  ".tsv",
      ".xml",  ".html",  ".parquet", ".dot",        ".mermaid", ".ipynb", ".npy",
      ".onnx", ".py",    ".yaml",    ".pt",         ".pth",     ".ckpt",  ".pkl",
      ".h5",   ".keras", ".tflite",  ".safetensors"};
  const std::string own = std::filesystem::path(file).extension().string();
  const std::string extension = own == ".yml" ? ".yaml" : own;
  const bool known = kKnown.contains(extension) || writers::format_of_file(file) != nullptr;
  if (!known || std::find(extensions.begin(), extensions.end(), extension) != extensions.end())
    return {};
  return fmt::format("this command writes no {} files; it writes {}", own, join(extensions, ", "));
}

namespace {

void refuse_wrong_extension(const std::string& file, const std::vector<std::string>& extensions) {
  if (const std::string why = wrong_extension(file, extensions); !why.empty())
    throw CLI::ValidationError(why);
}

}  // namespace

CLI::Option* declare_output_file(CLI::App& app, std::string& file,
                                 const std::vector<std::string>& extensions) {
  CLI::Option* option =
      add_value(app, "-o,--output", file, "FILE", "write to FILE (default, and -: standard output)")
          ->transform([](const std::string& name) { return name == "-" ? std::string() : name; });
  if (!extensions.empty())
    option->each(
        [extensions](const std::string& name) { refuse_wrong_extension(name, extensions); });
  return option;
}

namespace {

std::string extension_of(const std::string& format) {
  return "." + (format == "junit" ? std::string("xml") : format);
}

// Of the files that a command with --format writes: `more` are formats of its own.
std::vector<std::string> written_extensions(const std::vector<std::string>& more, bool networks) {
  std::vector<std::string> extensions;
  for (const writers::OutputFormat& format : writers::output_formats()) {
    if (!format.extension.empty()) extensions.emplace_back(format.extension);
  }
  for (const std::string& format : more) extensions.push_back(extension_of(format));
  if (networks) extensions.insert(extensions.end(), {".yaml", ".onnx", ".py"});
  return extensions;
}

}  // namespace

void declare_output(CLI::App& app, OutputOptions& output, const std::vector<std::string>& more) {
  std::vector<std::string> names;
  for (const writers::OutputFormat& format : writers::output_formats())
    names.emplace_back(format.name);
  names.insert(names.end(), more.begin(), more.end());
  std::string further;
  for (const std::string& format : more) further += ", " + extension_of(format);
  const CLI::Option* chosen =
      add_choice(app, "--format", output.format, names, "NAME",
                 fmt::format("{}; without it, -o FILE.md, .csv, .json, .jsonl{} or .tex sets it",
                             join_or(names), further))
          ->capture_default_str();
  const auto set_format = [&output, chosen, more](const std::string& file) {
    if (chosen->count() > 0) return;
    if (const writers::OutputFormat* format = writers::format_of_file(file))
      output.format = format->name;
    for (const std::string& format : more) {
      if (file.ends_with(extension_of(format)) || file.ends_with("." + format))
        output.format = format;
    }
    refuse_wrong_extension(file, written_extensions(more, output.networks));
  };
  declare_output_file(app, output.file)->each(set_format);
  app.add_flag("--exact", output.exact, "all digits, in tables too");
}

void declare_spec_options(CLI::App& app, SpecOptions& options) {
  add_value(app, "--set", options.settings, "NAME=VALUE",
            "set a parameter; the value may be an expression, a word or a list");
  add_value(app, "--input", options.input, "CxHxW",
            "input size instead of the spec's, as 3x224x224");
  add_value(app, "--batch", options.batch, "N", "images in a batch")->capture_default_str();
  app.add_flag("--strict", options.strict, "refuse a network with layers of unknown cost");
}

void declare_spec(CLI::App& app, std::string& spec) {
  app.add_option(
         "SPEC", spec,
         "a shipped spec, a preset, a YAML or ONNX file, or - for standard input; settings may "
         "follow a colon, rewrites a plus: resnet50:alpha=0.5+separable")
      ->required();
}

void declare_network(CLI::App& app, NetworkArguments& arguments) {
  declare_spec(app, arguments.spec);
  declare_spec_options(app, arguments.network);
}

void declare_grouping(CLI::App& app, cost::Grouping& grouping, int count) {
  std::vector<std::string> words = {"layer", "kind", "stage", "block"};
  words.resize(static_cast<std::size_t>(count));
  add_enum(app, "--by", grouping, words, "WHAT", "sum by " + join_or(words));
}

void declare_kernel_order(CLI::App& app, tables::KernelOrder& order) {
  add_value(app, "--sort", order.sort, "NAME",
            "by a column, as time, macs or gflops, largest first; NAME:asc, smallest first");
  add_count(app, "--top", order.top,
            "only N rows, those that take longest without --sort, and the sum of the others");
}

void declare_data_types(CLI::App& app, CostArguments& arguments) {
  const std::vector<std::string> types = data_type_names();
  add_choice(app, "--dtype", arguments.dtype, types, "TYPE",
             "data type of weights and activations: f32, f16, bf16, int8 or int4")
      ->capture_default_str();
  add_choice(app, "--weight-dtype", arguments.weight_dtype, types, "TYPE",
             "data type of weights (default: --dtype)");
  add_choice(app, "--activation-dtype", arguments.activation_dtype, types, "TYPE",
             "data type of activations (default: --dtype)");
}

void declare_cost_options(CLI::App& app, CostArguments& arguments) {
  add_choice(app, "--convention", arguments.convention, cost::convention_names(), "NAME",
             "counting convention; 'archcost conventions' explains each")
      ->capture_default_str();
  declare_data_types(app, arguments);
  add_value(app, "--peak-gflops", arguments.peak_gflops, "G", "roofline: 10^9 operations a second")
      ->check(above_zero());
  add_value(app, "--bandwidth-gbs", arguments.bandwidth_gbs, "G", "roofline: 10^9 bytes a second")
      ->check(above_zero());
  add_input(
      app, "--machine", arguments.machine,
      "roofline: a machine file, of 'archcost machine' for --threads, or JSON with peak_gflops "
      "and bandwidth_gbs; the two options override it");
}

DataTypes data_types(const CostArguments& arguments) {
  const auto pick = [&](const std::string& name) {
    return *find_data_type(name.empty() ? arguments.dtype : name);
  };
  return {pick(arguments.weight_dtype), pick(arguments.activation_dtype)};
}

cost::CountOptions count_options(const CostArguments& arguments, int threads) {
  cost::CountOptions options;
  options.convention = cost::find_convention(arguments.convention);
  options.types = data_types(arguments);
  if (!arguments.machine.empty())
    options.roofline = cost::read_machine_file(arguments.machine, threads);
  const bool peak = arguments.peak_gflops > 0, bandwidth = arguments.bandwidth_gbs > 0;
  if (!options.roofline && peak != bandwidth) {
    throw Error(fmt::format(
        "a roofline needs both --peak-gflops and --bandwidth-gbs, or --machine; {} is missing",
        peak ? "--bandwidth-gbs" : "--peak-gflops"));
  }
  if (!options.roofline && peak) options.roofline.emplace();
  if (peak) options.roofline->peak_gflops = arguments.peak_gflops;
  if (bandwidth) options.roofline->bandwidth_gbs = arguments.bandwidth_gbs;
  if (peak && bandwidth) options.roofline->threads = 0;
  return options;
}

void declare_db_file(CLI::App& app, std::string& db, const std::string& use) {
  protect_input(db);
  add_input(app, "--db", db, fmt::format("latency database{} (default: {})", use, db));
}

void declare_engine(CLI::App& app, std::string& engine, bool any) {
  const std::vector<std::string> names = names_of(runner::engines());
  if (any) {
    add_value(app, "--engine", engine, "NAME",
              fmt::format("{}, or an engine whose figures were imported (default: onednn)",
                          join(names, ", ")));
  } else {
    add_choice(app, "--engine", engine, names, "NAME",
               join_or(names) + " (default: onednn); 'archcost engines' lists what is installed");
  }
}

void declare_machine_choice(CLI::App& app, runner::MachineChoice& machine) {
  const bool has_file = find_option(app, "--machine") != nullptr;
  add_value(app, has_file ? "--of" : "--of,--machine", machine.of, "N|NAME",
            "use the figures of a machine of the database, by its number or name (default: this "
            "machine)");
  if (find_option(app, "--engine") == nullptr) declare_engine(app, machine.engine, true);
}

void declare_kernel_threads(CLI::App& app, int& threads, bool alone) {
  add_count(app, alone ? "--threads,--kernel-threads" : "--kernel-threads", threads,
            "kernel threads (default: 1)");
}

void declare_predictor(CLI::App& app, LatencyOptions& options, const std::string& use, bool alone) {
  declare_db_file(app, options.db, use);
  declare_machine_choice(app, options.machine);
  declare_kernel_threads(app, options.threads, alone);
}

void declare_latency_cost(CLI::App& app, LatencyCostOptions& options, bool alone) {
  declare_predictor(app, options.latency, ", for latency", alone);
  app.add_flag("--estimate", options.predict.estimate,
               "latency: estimate layers without a figure from similar layers");
}

void declare_accuracy(CLI::App& app, accuracy::AccuracyRequest& request) {
  add_input(app, "--accuracy", request.file,
            "a table of accuracies of your own, CSV; with several specs its column 'spec' names "
            "them");
  add_value(app, "--recipe", request.recipes, "NAME",
            "which of the published accuracies; SPEC:NAME for one of several specs; 'archcost "
            "accuracy' lists them");
}

void declare_shard(CLI::App& app, std::string& shard, const std::string& help) {
  const auto take = [&shard](const std::string& text) {
    shard = text;
    if (const auto assigned = sweep::assigned_shard(text, std::getenv)) {
      shard = sweep::to_text(assigned->shard);
      print_note("note: part {} ({})", shard, assigned->from);
    }
  };
  app.add_option_function<std::string>("--shard", take, help)->type_name("I/N|auto");
}

void declare_winograd(CLI::App& app, bool& winograd) {
  app.add_flag_callback(
      "--no-winograd", [&winograd] { winograd = false; },
      "without Winograd kernels, which round more coarsely");
}

void declare_network_list(CLI::App& app, NetworkListArguments& arguments) {
  app.add_option("SPEC", arguments.specs, "shipped specs, presets or files");
  add_value(app, "--vary", arguments.vary, "NAME=VALUES",
            "vary a parameter, as in sweep: alpha=0.25:1:0.25, rho=4/7,1, or NAME for the spec's "
            "own values; SPEC:NAME=VALUES for one of several specs");
  add_input(app, "--networks", arguments.list, "a list: CSV with the header family,network");
  declare_spec_options(app, arguments.network);
}

void note_renamed(std::string_view old_name, std::string_view new_name) {
  print_note("note: {} is now {}; the old name will be removed in the next version", old_name,
             new_name);
}

}  // namespace archcost::cli
