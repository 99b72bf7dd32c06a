// SPDX-License-Identifier: Apache-2.0
#include "cli/spec_argument.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <set>

#include "cli/resolution_check.hpp"
#include "cli/rewrite_argument.hpp"
#include "cli/terminal.hpp"
#include "core/text.hpp"
#include "core/text_file.hpp"
#include "layers/kinds.hpp"
#include "onnx/reader.hpp"
#include "search/space/spec_text.hpp"
#include "search/space/sweep_space.hpp"
#include "spec/library.hpp"
#include "spec/spec_writer.hpp"

namespace archcost::cli {
namespace {

namespace fs = std::filesystem;

struct Split {
  std::string name;
  std::vector<std::string> settings;
};

// Of a parameter, or its symbol.
bool is_name(std::string_view text) {
  return is_identifier(text) || (!text.empty() && (text[0] & 0x80) != 0);
}

Split split_argument(const std::string& argument) {
  std::error_code status;
  if (fs::exists(argument, status)) return {argument, {}};
  for (std::size_t colon = argument.find(':'); colon != std::string::npos;
       colon = argument.find(':', colon + 1)) {
    const std::string rest = argument.substr(colon + 1);
    const std::size_t equals = rest.find('=');
    if (equals != std::string::npos &&
        is_name(spec::element_name(trim(std::string_view(rest).substr(0, equals))).list)) {
      return {argument.substr(0, colon), split_settings(rest)};
    }
  }
  return {argument, {}};
}

bool looks_like_file(const std::string& name) {
  return name.find('/') != std::string::npos || name.ends_with(".yaml") || name.ends_with(".yml") ||
         name.ends_with(".onnx");
}

[[noreturn]] void fail_unknown(const std::string& name, const spec::SpecLibrary& library) {
  std::vector<std::string> known = library.names();
  if (known.empty()) {
    std::vector<std::string> places;
    for (const fs::path& place : spec::shipped_places("ARCHCOST_SPECS", "arch_specs"))
      places.push_back("'" + place.string() + "'");
    throw Error(
        fmt::format("no spec '{}': the shipped specs were not found in {}; set ARCHCOST_SPECS to "
                    "their folder",
                    name, join_or(places)));
  }
  for (const std::string& preset : library.preset_names()) known.push_back(preset);
  const auto near = nearest(name, known);
  throw Error(fmt::format("no spec, preset or file '{}'{}; 'archcost list' shows what there is",
                          name, near ? fmt::format("; did you mean '{}'?", *near) : ""));
}

// A file that isn't there, beside one with nearly that name.
void check_near_file(const std::string& name) {
  std::error_code status;
  const fs::path path = name, folder = path.parent_path();
  if (fs::exists(path, status)) return;
  std::vector<std::string> known;
  for (fs::directory_iterator file(folder.empty() ? "." : folder, status), end;
       !status && file != end; file.increment(status)) {
    const std::string there = file->path().filename().string();
    if (looks_like_file(there)) known.push_back(there);
  }
  std::sort(known.begin(), known.end());
  if (const auto near = nearest(path.filename().string(), known))
    throw Error(fmt::format("no file '{}'; did you mean '{}'?", name, (folder / *near).string()));
}

spec::ArchSpec find_spec(const std::string& name, std::string& preset,
                         const onnx::ModelSizes& sizes = {});

// Reports "resnet50:depth", where no setting follows the colon. Does nothing if no spec precedes
// it.
void check_colon(const std::string& argument) {
  const std::size_t colon = argument.find(':');
  if (colon == std::string::npos || colon == 0) return;
  const std::string name = argument.substr(0, colon), rest = argument.substr(colon + 1);
  std::string preset;
  std::error_code status;
  const spec::SpecLibrary library;
  if (!(looks_like_file(name) ? fs::exists(name, status)
                              : library.find(name) || library.find_with_preset(name)))
    return;
  const spec::ArchSpec spec = find_spec(name, preset);
  const auto fail = [&](const std::string& message) { throw Error(argument, message); };
  if (spec.find_preset(rest) != nullptr)
    fail(fmt::format("'{}' is a preset; write {}:preset={}", rest, name, rest));
  if (spec.find_param(rest) != nullptr)
    fail(fmt::format("'{}' has no value; write {}:{}=VALUE", rest, name, rest));
  const auto& params = spec.main().params;
  fail(fmt::format("settings follow the colon: NAME=VALUE{}",
                   params.empty() ? ""
                                  : fmt::format(", as {}:{}={}", name, params.front().name,
                                                params.front().fallback.text)));
}

spec::ArchSpec find_spec(const std::string& name, std::string& preset,
                         const onnx::ModelSizes& sizes) {
  if (name == "-") {
    return spec::read_spec_text("<stdin>", read_text(std::cin, "<stdin>"), fs::current_path());
  }
  std::error_code status;
  if (looks_like_file(name)) {
    check_near_file(name);
    return onnx::read_architecture(name, sizes);
  }
  const spec::SpecLibrary library;
  if (const auto path = library.find(name)) return spec::read_spec(*path);
  if (const auto path = library.find_with_preset(name)) {
    preset = name;
    return spec::read_spec(*path);
  }
  if (fs::exists(name, status)) return onnx::read_architecture(name, sizes);
  fail_unknown(name, library);
}

TensorShape parse_input(const std::string& text) {
  std::vector<std::int64_t> sizes;
  for (const std::string& part : split(text, 'x')) {
    std::int64_t size = 0;
    const auto [end, status] = std::from_chars(part.data(), part.data() + part.size(), size);
    if (status != std::errc() || end != part.data() + part.size() || size < 1) break;
    sizes.push_back(size);
  }
  if (sizes.size() != 3 || split(text, 'x').size() != 3) {
    throw Error("--input " + text, "write CHANNELSxHEIGHTxWIDTH, as 3x224x224");
  }
  return {sizes[0], sizes[1], sizes[2]};
}

// "widths(3)=64", "widths(i)=8 * i": elements of a list, as sweep varies them.
void set_elements(SpecRequest& request, const std::string& text, std::string_view option) {
  const std::string place = fmt::format("{} {}", option, text);
  space::SweepSpace elements;
  try {
    elements = space::sweep_space(request.spec, {text}, request.options);
  } catch (const Error& error) {
    throw Error(place, error.diagnostics().front().message);
  }
  if (elements.size() > 1) throw Error(place, "it takes one value; 'archcost sweep' varies them");
  for (graph::ParameterSetting& setting :
       elements.settings(std::vector<std::size_t>(elements.axes.size(), 0))) {
    setting.place = place;
    request.options.settings.push_back(std::move(setting));
  }
}

void add_setting(SpecRequest& request, const std::string& text, std::string_view option) {
  const std::string preset_key = "preset=";
  if (text.starts_with(preset_key) && request.spec.find_param("preset") == nullptr) {
    request.options.preset = text.substr(preset_key.size());
  } else if (!spec::element_name(text.substr(0, text.find('='))).element.empty()) {
    set_elements(request, text, option);
  } else {
    request.options.settings.push_back(
        graph::parse_setting(request.spec, with_param_name(request.spec, text), option));
  }
}

bool is_file(const std::string& name) {
  std::error_code status;
  return fs::is_regular_file(name, status) &&
         (looks_like_file(name) || !spec::SpecLibrary().find(name));
}

// Settings that name symbolic sizes of an ONNX file are taken out of the list.
void take_sizes(const std::vector<std::string>& symbols, std::vector<std::string>& settings,
                onnx::ModelSizes& sizes) {
  std::vector<std::string> others;
  for (const std::string& setting : settings) {
    const std::size_t equals = setting.find('=');
    const std::string name(trim(std::string_view(setting).substr(0, equals)));
    if (equals == std::string::npos ||
        std::find(symbols.begin(), symbols.end(), name) == symbols.end()) {
      others.push_back(setting);
      continue;
    }
    std::int64_t size = 0;
    const std::string_view text = trim(std::string_view(setting).substr(equals + 1));
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (status != std::errc() || end != text.data() + text.size() || size < 1) {
      throw Error("--set " + setting,
                  fmt::format("'{}' is a size: a whole number of at least 1", name));
    }
    sizes.named[name] = size;
  }
  settings = std::move(others);
}

// The build options with the settings of parameters that the spec has.
graph::BuildOptions known_settings(const SpecRequest& request,
                                   const std::vector<std::string>& settings) {
  SpecRequest known = {request.spec, request.options, {}};
  for (const std::string& setting : settings) {
    const std::string text = with_param_name(known.spec, setting);
    const std::string_view name =
        spec::element_name(trim(std::string_view(text).substr(0, text.find('=')))).list;
    if (known.spec.find_param(name) != nullptr || name == "preset")
      add_setting(known, setting, "--set");
  }
  return known.options;
}

// Applies the rewrites of the file, then those of the argument. The settings tell which network
// they look at.
void rewrite_spec(SpecRequest& request, const RewrittenArgument& argument,
                  std::vector<std::string> settings, const std::vector<std::string>& own_settings) {
  settings.insert(settings.end(), own_settings.begin(), own_settings.end());
  if (!request.spec.rewrites.empty())
    request.spec = rewrite::apply_own(request.spec, known_settings(request, settings));
  for (const rewrite::Call& call : argument.calls)
    request.spec = rewrite::apply(request.spec, known_settings(request, settings), call);
  request.spec.name += argument.suffix;
  request.suffix = argument.suffix;
}

// Each network once: its totals lack what is not known, in every command.
void warn_of_unknown_costs(const std::string& argument, const spec::ArchSpec& spec) {
  static std::set<std::string> warned;
  const auto unknown = [](const auto& self, const std::vector<spec::Item>& items) -> bool {
    return std::any_of(items.begin(), items.end(), [&](const spec::Item& item) {
      return item.kind == &layers::kinds::unsupported_kind || self(self, item.layers) ||
             std::any_of(item.branches.begin(), item.branches.end(),
                         [&](const spec::Branch& branch) { return self(self, branch.layers); });
    });
  };
  const bool any =
      unknown(unknown, spec.layers) ||
      std::any_of(spec.blocks.begin(), spec.blocks.end(),
                  [&](const spec::BlockSpec& block) { return unknown(unknown, block.layers); });
  if (any && warned.insert(argument).second)
    print_note(
        "warning: '{}' has layers of unknown cost, and totals are incomplete; 'archcost analyze' "
        "names them, --strict refuses them",
        argument);
}

void check_strict(const graph::Network& network) {
  if (const std::size_t unknown = graph::unsupported_layers(network)) {
    std::vector<std::string> names;
    for (const graph::Layer& layer : network.layers) {
      if (layer.is(layers::kinds::unsupported_kind)) names.push_back("'" + layer.name + "'");
    }
    throw Error(fmt::format("--strict: the costs of {} of '{}' are unknown: {}",
                            unknown == 1 ? "a layer" : fmt::format("{} layers", unknown),
                            network.name, join(names, ", ")));
  }
}

}  // namespace

std::string with_param_name(const spec::ArchSpec& spec, const std::string& text) {
  const std::size_t end = std::min(text.find_first_of("=("), text.size());
  const std::string_view name = trim(std::string_view(text).substr(0, end));
  if (spec.find_param(name) != nullptr) return text;
  for (const spec::ParamSpec& param : spec.main().params) {
    if (!name.empty() && param.symbol == name) return param.name + text.substr(end);
  }
  return text;
}

std::vector<std::string> with_param_names(const spec::ArchSpec& spec,
                                          std::vector<std::string> texts) {
  for (std::string& text : texts) text = with_param_name(spec, text);
  return texts;
}

std::vector<std::string> vary_of_spec(const std::string& argument,
                                      const std::vector<std::string>& arguments,
                                      const std::vector<std::string>& vary) {
  std::vector<std::string> own;
  for (const std::string& text : vary) {
    space::SpecText split = space::split_spec_text("--vary", text, arguments);
    if (!split.spec || *split.spec == argument) own.push_back(std::move(split.rest));
  }
  return own;
}

void check_input(const spec::ArchSpec& spec, const graph::BuildOptions& options,
                 const std::vector<graph::ParameterSetting>& settings) {
  if (!options.input) return warn_of_fixed_sizes(spec, options, settings);
  const auto own_input = [&](const graph::ParameterSetting* setting) -> std::optional<TensorShape> {
    graph::BuildOptions own = options;
    own.input.reset();
    own.suggest_fix = false;
    own.settings.clear();
    if (setting != nullptr) own.settings.push_back(*setting);
    try {
      return graph::input_of(spec, own);
    } catch (const Error&) {
      return std::nullopt;  // settings that only work together, or with another input
    }
  };
  const auto without = own_input(nullptr);
  for (const graph::ParameterSetting& setting : settings) {
    const auto with = own_input(&setting);
    if (!without || !with || *with == *without || *with == *options.input) continue;
    throw Error(
        setting.place,
        fmt::format("'{}' sets the input to {}, and --input sets it to {}; give one of them",
                    setting.name, to_string(*with), to_string(*options.input)));
  }
}

SpecRequest open_spec(const std::string& argument, const SpecOptions& options) {
  const RewrittenArgument rewritten = split_rewrites(argument);
  const Split split = split_argument(rewritten.base);
  std::error_code status;
  if (split.settings.empty() && !fs::exists(rewritten.base, status)) check_colon(rewritten.base);
  SpecRequest request;
  std::vector<std::string> settings = options.settings, own_settings = split.settings;
  onnx::ModelSizes sizes;
  if (!options.input.empty()) {
    request.options.input = parse_input(options.input);
    const TensorShape& input = *request.options.input;
    sizes.input = {input.channels.value(), input.height.value(), input.width.value()};
  }
  if (is_file(split.name) && onnx::is_model_file(split.name)) {
    const std::vector<std::string> symbols = onnx::symbolic_sizes(split.name);
    take_sizes(symbols, settings, sizes);
    take_sizes(symbols, own_settings, sizes);
  }
  request.spec = find_spec(split.name, request.options.preset, sizes);
  for (std::size_t f = 0; f < request.spec.files.size(); ++f)
    protect_input(request.spec.sources.file(static_cast<int>(f)).name);
  protect_input(split.name == "-" ? "/dev/stdin" : split.name);
  rewrite_spec(request, rewritten, settings, own_settings);
  own_settings.insert(own_settings.end(), rewritten.settings.begin(), rewritten.settings.end());
  // The last setting of a parameter wins: the spec's own goes before what is set for all.
  for (const std::string& setting : settings) add_setting(request, setting, "--set");
  for (const std::string& setting : own_settings) add_setting(request, setting, split.name + ":");
  check_input(request.spec, request.options, request.options.settings);
  if (options.batch < 1) {
    throw Error(fmt::format("--batch {}", options.batch), "a batch has at least one image");
  }
  request.options.batch = options.batch;
  if (options.strict) check_strict(graph::build_network(request.spec, request.options));
  warn_of_unknown_costs(argument, request.spec);
  return request;
}

graph::Network build_network(const SpecRequest& request) {
  graph::Network network = graph::build_network(request.spec, request.options);
  if (!request.options.preset.empty()) network.name = request.options.preset + request.suffix;
  return network;
}

spec::ArchSpec design_of(const SpecRequest& request) {
  return spec::with_defaults(request.spec, graph::set_values(request.spec, request.options));
}

SpecRequest rewritten(const SpecRequest& request, const std::string& suffix) {
  SpecRequest result = request;
  for (const rewrite::Call& call : split_rewrites("SPEC" + suffix).calls)
    result.spec = rewrite::apply(result.spec, result.options, call);
  result.spec.name += suffix;
  result.suffix += suffix;
  return result;
}

std::string network_command(std::string_view command, const std::vector<std::string>& specs,
                            const SpecOptions& options) {
  std::string text = fmt::format("archcost {}", command);
  for (const std::string& spec : specs) text += " " + shell_quoted(spec);
  for (const std::string& setting : options.settings) text += " --set " + shell_quoted(setting);
  if (!options.input.empty()) text += " --input " + shell_quoted(options.input);
  if (options.batch > 1) text += fmt::format(" --batch {}", options.batch);
  return text;
}

graph::Network open_network(const std::string& argument, const SpecOptions& options) {
  return build_network(open_spec(argument, options));
}

}  // namespace archcost::cli
