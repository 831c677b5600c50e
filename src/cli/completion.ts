import type { Shell } from "./completion-shells.ts";
import { type ExitCode, exitCode, type Invocation, type Terminal } from "./verb.ts";

/** `podmate completion SHELL` */
export async function completion({ words }: Invocation, terminal: Terminal): Promise<ExitCode> {
  terminal.out(scripts[words[0] as Shell]);
  return exitCode.done;
}

/**
 * Each asks podmate itself, by the verb `__complete`, what can stand at the cursor: a line each, with a tab and its
 * meaning behind it. The line `:files` stands for the shell's own completion of file names.
 */
const scripts: Readonly<Record<Shell, string>> = {
  bash: `# podmate: completion for bash. source <(podmate completion bash)
_podmate() {
  local line=\${COMP_LINE:0:COMP_POINT} words=() cur part candidate file
  IFS=$' \\t' read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  cur=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  while IFS=$'\\t' read -r candidate _; do
    if [[ $candidate == :files ]]; then
      part=$cur
      [[ $cur == -*=* ]] && part=\${cur#*=}
      compopt -o filenames 2>/dev/null
      while IFS= read -r file; do COMPREPLY+=("\${cur%"$part"}$file"); done < <(compgen -f -- "$part")
    else
      COMPREPLY+=("$candidate")
    fi
  done < <("\${words[0]/#\\~/$HOME}" __complete "\${words[@]:1}" 2>/dev/null)
  # Readline takes words apart at these characters, and replaces only what stands behind the last of them.
  local kept=\${cur%"\${cur##*[:=]}"}
  [[ -z $kept ]] || COMPREPLY=("\${COMPREPLY[@]#"$kept"}")
}
complete -F _podmate podmate
`,
  zsh: `#compdef podmate
# podmate: completion for zsh. source <(podmate completion zsh), after compinit
_podmate() {
  local -a candidates
  local candidate help
  while IFS=$'\\t' read -r candidate help; do
    if [[ $candidate == :files ]]; then
      [[ $PREFIX == -*=* ]] && compset -P '*='
      _files
    else
      candidates+=("\${candidate//:/\\\\:}\${help:+:$help}")
    fi
  done < <("\${(Q)words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#candidates )) && _describe -V podmate candidates
  return 0
}
if [[ $funcstack[1] == _podmate ]]; then _podmate "$@"; else compdef _podmate podmate; fi
`,
  fish: `# podmate: completion for fish. podmate completion fish | source
function __podmate_complete
  set -l words (commandline -opc)
  set -l cur (commandline -ct)
  set -l program $words[1]
  set -e words[1]
  for line in ($program __complete $words "$cur" 2>/dev/null)
    if test "$line" = :files
      set -l part (string replace -r -- '^-.*?=' '' "$cur")
      set -l before (string replace -- "$part" '' "$cur")
      for path in (__fish_complete_path "$part")
        echo -- "$before$path"
      end
    else
      echo -- "$line"
    end
  end
end
complete -c podmate -f -a '(__podmate_complete)'
`,
};
