/**
 * What shells are told so that they complete `uvfio`: each asks `uvfio completion --words …` for
 * candidates, and takes files where there are none.
 */

/** bash cuts words at colons and equals signs, of which addresses and options are full: they are put together. */
const bash = `# bash completion for uvfio: source <(uvfio completion bash)
_uvfio() {
  local line="\${COMP_LINE:0:COMP_POINT}" words current prefix
  read -ra words <<< "$line"
  [[ $line == *' ' ]] && words+=('')
  current="\${words[-1]}"
  mapfile -t COMPREPLY < <(uvfio completion --words "\${words[@]:1}" 2>/dev/null)
  [[ \${COMPREPLY[0]} == *[:=] || \${COMPREPLY[0]} == *, ]] && compopt -o nospace 2>/dev/null
  if [[ $current == *[:=]* ]]; then
    prefix="\${current%"\${current##*[:=]}"}"
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -o default -F _uvfio uvfio
`;

const zsh = `#compdef uvfio
# zsh completion for uvfio: source <(uvfio completion zsh), after compinit
_uvfio() {
  local -a found ended open
  found=("\${(@f)$(uvfio completion --words "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=(\${found:#})
  if (( ! $#found )); then
    _files
    return
  fi
  open=(\${(M)found:#*[:=]})
  ended=(\${found:#*[:=]})
  compadd -S '' -a open
  compadd -a ended
}
if [ "$funcstack[1]" = "_uvfio" ]; then _uvfio "$@"; else compdef _uvfio uvfio; fi
`;

const fish = `# fish completion for uvfio: uvfio completion fish | source
complete -c uvfio -a '(uvfio completion --words (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`;

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const completionScripts: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash,
  zsh,
  fish,
};
