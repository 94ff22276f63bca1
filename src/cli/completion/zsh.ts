import { type CompletedCommand, completedCommands, type CompletedOption, type Offer } from "./table.js";

function quoted(text: string): string {
  return text.replaceAll("'", String.raw`'\''`).replaceAll(/[[\]:]/g, String.raw`\$&`);
}

function action(offered: Offer): string {
  if (offered === "nothing") return " ";
  if (offered === "paths") return "_files";
  return offered === "folders" ? "_files -/" : `(${offered.join(" ")})`;
}

function optionSpec({ name, help, value }: CompletedOption): string {
  if (value === undefined) return `'${name}[${quoted(help)}]'`;
  return `'${name}=[${quoted(help)}]:${name.slice(2)}:${action(value)}'`;
}

function commandCase({ name, options, operands }: CompletedCommand): string {
  const rest =
    operands === "nothing"
      ? []
      : [operands === "paths" ? `'*:path:${action(operands)}'` : `'1:${name}:${action(operands)}'`];
  return `    ${name}) _arguments \\\n      ${[...options.map(optionSpec), ...rest].join(" \\\n      ")} ;;`;
}

/** Works both sourced and as a file `_duet` in `$fpath`. */
export function zshScript(): string {
  const commands = completedCommands();
  return `#compdef duet
# zsh completion for duet. In ~/.zshrc, after compinit: source <(duet completion zsh)
_duet() {
  local -a commands
  commands=(
${commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${commands.map(commandCase).join("\n")}
  esac
}
if [[ $funcstack[1] == _duet ]]; then _duet "$@"; else compdef _duet duet; fi
`;
}
