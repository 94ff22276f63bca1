import { type CompletedCommand, completedCommands, type Offer } from "./table.js";

function offer(offered: Offer): string {
  if (offered === "nothing") return ":";
  if (offered === "paths") return "_duet_paths -f";
  return offered === "folders" ? "_duet_paths -d" : `_duet_words "${offered.join(" ")}"`;
}

function commandCase({ name, options, operands }: CompletedCommand): string {
  const values = options.flatMap(({ name: option, value }) =>
    value === undefined ? [] : [`        ${option}) ${offer(value)}; return ;;`],
  );
  const names = options.map((option) => option.name).join(" ");
  return [
    `    ${name})`,
    ...(values.length === 0 ? [] : ['      case "$before" in', ...values, "      esac"]),
    `      if [[ $word == -* ]]; then _duet_words "${names}"; else ${offer(operands)}; fi ;;`,
  ].join("\n");
}

/** Needs bash 3.2 only, which macOS has; `compopt` is newer, so it may be absent. */
export function bashScript(): string {
  const commands = completedCommands();
  const names = commands.map(({ name }) => name).join(" ");
  return `# bash completion for duet. In ~/.bashrc: source <(duet completion bash)
_duet_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }
_duet_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$word"))
}
_duet() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then _duet_words "${names} help --help --version"; return; fi
  case "\${COMP_WORDS[1]}" in
${commands.map(commandCase).join("\n")}
    help) _duet_words "${names}" ;;
  esac
}
complete -F _duet duet
`;
}
