// SPDX-License-Identifier: Apache-2.0
// archcost completion: the script of a shell. archcost complete, which these scripts call, and
// archcost manual, which the build calls, are not shown in --help.
#include <fmt/core.h>

#include <memory>

#include "cli/application.hpp"
#include "cli/command.hpp"
#include "core/diagnostic.hpp"

namespace archcost::cli {
namespace {

// bash replaces the part of a word after '=' or ':' only.
constexpr const char* kBash = R"(# bash completion of archcost
_archcost() {
  local line=${COMP_LINE:0:COMP_POINT} word prefix= files= text help
  word=${line##*[[:blank:]]}
  [[ $COMP_WORDBREAKS == *[=:]* ]] && prefix=${word%"${word##*[=:]}"}
  COMPREPLY=()
  while IFS=$'\t' read -r text help; do
    if [[ $text == :files ]]; then files=1; else COMPREPLY+=("${text#"$prefix"}"); fi
  done < <("${COMP_WORDS[0]}" complete "$line" 2>/dev/null)
  if [[ $files ]]; then
    compopt -o filenames
    while IFS= read -r text; do COMPREPLY+=("${text#"$prefix"}"); done < <(compgen -f -- "$word")
  fi
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=:,] ]] && compopt -o nospace
  return 0
}
complete -F _archcost archcost
)";

constexpr const char* kZsh = R"(#compdef archcost
# zsh completion of archcost
_archcost() {
  local line text help files
  local -a closed open
  line="${(j: :)${(@)words[1,CURRENT-1]}} $PREFIX"
  while IFS=$'\t' read -r text help; do
    case $text in
      :files) files=1 ;;
      *[=:,]) open+=("${text//:/\\:}:$help") ;;
      *) closed+=("${text//:/\\:}${help:+:$help}") ;;
    esac
  done < <("${(Q)words[1]}" complete "$line" 2>/dev/null)
  (( $#open )) && _describe -V archcost open -S ''
  (( $#closed )) && _describe -V archcost closed
  [[ -n $files ]] && _files
}
if [[ $funcstack[1] == _archcost ]]; then _archcost "$@"; else compdef _archcost archcost; fi
)";

constexpr const char* kFish = R"(# fish completion of archcost
function __archcost_complete
    set -l line (commandline -pc)
    for candidate in (archcost complete "$line" 2>/dev/null)
        if test "$candidate" = ":files"
            __fish_complete_path (commandline -ct)
        else
            echo $candidate
        end
    end
end
complete -c archcost -f -k -a '(__archcost_complete)'
)";

struct Shell {
  const char *name, *script, *file;  ///< the file below the share folder
};
constexpr Shell kShells[] = {
    {"bash", kBash, "bash-completion/completions/archcost"},
    {"zsh", kZsh, "zsh/vendor-completions/_archcost"},
    {"fish", kFish, "fish/vendor_completions.d/archcost.fish"},
};

std::function<int()> declare_completion(CLI::App& app) {
  auto shell = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const Shell& each : kShells) names.emplace_back(each.name);
  add_choice(app, "SHELL", *shell, names, "TEXT", "bash, zsh or fish")->required();
  return [shell] {
    for (const Shell& each : kShells) {
      if (*shell == each.name) write_output(each.script, "");
    }
    return kFine;
  };
}

std::function<int()> declare_complete(CLI::App& app) {
  auto line = std::make_shared<std::string>();
  app.add_option("LINE", *line, "the command line up to the cursor")->required();
  const CLI::App* root = app.get_parent();
  return [line, root] {
    std::string text;
    for (const Candidate& each : complete(*root, *line))
      text += each.help.empty() ? each.text + "\n" : fmt::format("{}\t{}\n", each.text, each.help);
    write_output(text, "");
    return kFine;
  };
}

// Everything that is installed beside the program: DIR/man/man1, and the scripts.
void write_share(const CLI::App& root, const std::filesystem::path& folder) {
  const auto write = [&](const std::filesystem::path& name, const std::string& text) {
    std::filesystem::create_directories((folder / name).parent_path());
    write_output(text, (folder / name).string());
  };
  for (const Shell& shell : kShells) write(shell.file, shell.script);
  write("man/man1/archcost.1", man_page(root, nullptr));
  write("man/man1/archcost-kernels.1", kernels_man_page());
  for (const CLI::App* command : shown_commands(root))
    write("man/man1/archcost-" + command->get_name() + ".1", man_page(root, command));
}

std::function<int()> declare_manual(CLI::App& app) {
  auto share = std::make_shared<std::string>(), reference = std::make_shared<std::string>();
  add_value(app, "--share", *share, "DIR", "man pages and completion scripts into this folder");
  add_value(app, "--reference", *reference, "FILE", "all commands in Markdown");
  const CLI::App* root = app.get_parent();
  return [share, reference, root] {
    if (!share->empty()) write_share(*root, *share);
    if (!reference->empty()) write_output(command_reference(*root), *reference);
    return kFine;
  };
}

}  // namespace

const Command kCompletionCommand = {
    "completion", "completions for a shell: commands, options, networks, parameters",
    "  source <(archcost completion bash)\n"
    "  source <(archcost completion zsh)\n"
    "  archcost completion fish | source",
    declare_completion};
const Command kCompleteCommand = {"complete", "what may follow a part of a command line", "",
                                  declare_complete};
const Command kManualCommand = {"manual", "man pages, completion scripts, command reference", "",
                                declare_manual};

}  // namespace archcost::cli
