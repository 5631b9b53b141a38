/** Completion of words and options, made from the table of commands. */
import { COMMON, type Command, EXIT, Stop } from './command.ts';

/** Throws `Stop` for a shell that is not known. */
export function completionFor(shell: string | undefined, commands: readonly Command[]): string {
  const lines = commands.map(({ words, options = {} }) => `${words.join(' ')}|${Object.keys({ ...options, ...COMMON }).map((name) => `--${name}`).join(' ')}`);
  switch (shell) {
    case 'bash': return `${functions(lines)}\n_sluice() { COMPREPLY=($(compgen -W "$(_sluice_words "\${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "\${COMP_WORDS[COMP_CWORD]}")); }\ncomplete -o default -F _sluice sluice`;
    case 'zsh': return `#compdef sluice\n${functions(lines)}\n_sluice() { compadd -- \${=$(_sluice_words "\${words[@]:1:$((CURRENT-2))}")} }\ncompdef _sluice sluice`;
    default: throw new Stop('name a shell: bash or zsh', EXIT.usage);
  }
}

/** What may follow the words that stand there: the next word of a command, or its options. */
const functions = (lines: readonly string[]): string => `_sluice_words() {
  local given="$*" line words
  while IFS= read -r line; do
    words="\${line%%|*}"
    if [ "$given" = "$words" ] || [ "\${given#"$words "}" != "$given" ]; then printf '%s\\n' "\${line#*|}"
    elif [ -z "$given" ]; then printf '%s\\n' "\${words%% *}"
    elif [ "\${words#"$given "}" != "$words" ]; then words="\${words#"$given "}"; printf '%s\\n' "\${words%% *}"; fi
  done <<'END'
${lines.join('\n')}
END
}`;
