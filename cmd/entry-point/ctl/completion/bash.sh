# Completion of entry-point for bash:
#   entry-point ctl completion bash >/etc/bash_completion.d/entry-point

_entry_point_names() {
  "$1" ctl status --json "${@:2}" 2>/dev/null |
    sed -n 's/.*"full_name":"\([^"]*\)".*/\1/p'
}

_entry_point() {
  # The words as the shell sees them, not cut at the colon of GROUP:NAME.
  local line=${COMP_LINE:0:COMP_POINT} words word=
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] || { word=${words[-1]}; unset 'words[-1]'; }
  local candidates= command= shown=() socket=() i
  if [[ ${words[1]:-} != ctl ]]; then
    # Options, up to the first word that begins a command.
    for ((i = 1; i < ${#words[@]}; i++)); do
      case ${words[i]} in
        -d | --debug) [[ ${words[i + 1]:--} == -* ]] || ((i++)) ;;
        @MAINVALUED@) ((i++)) ;;
        -*) [[ ${words[i]} != -- ]] || { command=--; break; } ;;
        *) command=${words[i]}; break ;;
      esac
    done
    if [[ $command == help && $i -eq 1 ]]; then
      candidates='@TOPICS@'
    elif [[ ! $command ]]; then
      case ${words[-1]} in
        -h | --help) candidates='@TOPICS@' ;;
@MAINVALUES@
        *)
          if [[ $word == -* ]]; then
            candidates='@MAINOPTIONS@'
          elif [[ ${#words[@]} -eq 1 ]]; then
            candidates='ctl help'
          fi
          ;;
      esac
    fi
  else
    for ((i = 2; i < ${#words[@]}; i++)); do
      case ${words[i]} in
        -s | --socket) socket=(-s "${words[++i]}") ;;
        -n | --lines | --stream | --timeout) ((i++)) ;;
        -*) ;;
        *) [[ $command ]] && shown+=("${words[i]}") || command=${words[i]} ;;
      esac
    done
    case ${words[-1]}:$command in
      -s:* | --socket:*) COMPREPLY=($(compgen -f -- "$word")); return ;;
      --stream:*) candidates='stdout stderr' ;;
      -n:* | --lines:* | --timeout:*) ;;
      *:) candidates='@COMMANDS@' ;;
      *:completion) [[ ${#shown[@]} -gt 0 ]] || candidates='bash zsh fish' ;;
      *:help) [[ ${#shown[@]} -gt 0 ]] || candidates='@COMMANDS@' ;;
      *:signal)
        if [[ ${#shown[@]} -eq 0 ]]; then
          candidates='@SIGNALS@'
        else
          candidates="$(_entry_point_names "${words[0]}" "${socket[@]}") all"
        fi
        ;;
      *:@ACTING@) candidates="$(_entry_point_names "${words[0]}" "${socket[@]}") all" ;;
      *:@SHOWING@) candidates=$(_entry_point_names "${words[0]}" "${socket[@]}") ;;
    esac
    if [[ $word == -* ]]; then
      case $command in
@OPTIONS@
      esac
    fi
  fi
  COMPREPLY=($(compgen -W "$candidates" -- "$word"))
  # readline replaces only what stands behind the last colon.
  if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
  fi
}

complete -o bashdefault -o default -F _entry_point entry-point
