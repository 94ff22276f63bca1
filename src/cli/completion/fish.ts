import { type CompletedCommand, completedCommands, type Offer } from "./table.js";

function quoted(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`);
}

function values(offered: Offer): string {
  if (offered === "nothing") return "";
  if (offered === "paths") return " -F";
  return offered === "folders" ? " -f -a '(__fish_complete_directories)'" : ` -f -a '${offered.join(" ")}'`;
}

function commandLines({ name, summary, options, operands }: CompletedCommand): string[] {
  const only = `complete -c duet -n '__fish_seen_subcommand_from ${name}'`;
  return [
    `complete -c duet -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
    ...options.map(({ name: option, help, value }) => {
      const offered = value === undefined ? "" : ` -r${value === "nothing" ? " -f" : values(value)}`;
      return `${only} -l ${option.slice(2)}${offered} -d '${quoted(help)}'`;
    }),
    ...(operands === "nothing" ? [] : [`${only}${values(operands)}`]),
  ];
}

export function fishScript(): string {
  return `# fish completion for duet. In ~/.config/fish/config.fish: duet completion fish | source
complete -c duet -f
complete -c duet -n __fish_use_subcommand -l help -d 'print this help'
complete -c duet -n __fish_use_subcommand -l version -d 'print the version'
${completedCommands().flatMap(commandLines).join("\n")}
`;
}
