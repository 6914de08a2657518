#compdef entry-point
# Completion of entry-point for zsh:
#   entry-point ctl completion zsh >/usr/local/share/zsh/site-functions/_entry-point

_entry_point_names() {
  local socket=() i
  i=${words[(I)(-s|--socket)]}
  (( i )) && socket=(-s "${words[i+1]}")
  "${words[1]}" ctl status --json $socket 2>/dev/null |
    sed -n 's/.*"full_name":"\([^"]*\)".*/\1/p'
}

_entry-point() {
  local command= candidates=() shown=0 i
  if (( CURRENT == 2 )) || [[ ${words[2]} != ctl ]]; then
    # Options, up to the first word that begins a command.
    for ((i = 2; i < CURRENT; i++)); do
      case ${words[i]} in
        -d | --debug) (( i + 1 == CURRENT )) || [[ ${words[i+1]} == -* ]] || ((i++)) ;;
        @MAINVALUED@) ((i++)) ;;
        -*) [[ ${words[i]} != -- ]] || { command=--; break } ;;
        *) command=${words[i]}; break ;;
      esac
    done
    if [[ $command == help ]] && (( i == 2 )); then
      compadd -- @TOPICS@
      return
    fi
    if [[ -z $command ]]; then
      case ${words[CURRENT-1]} in
        -h | --help) compadd -- @TOPICS@; return ;;
@MAINVALUES@
      esac
      if [[ ${words[CURRENT]} == -* ]]; then
        compadd -- @MAINOPTIONS@
        return
      fi
      (( CURRENT != 2 )) || compadd -- ctl help
    fi
    _files
    return
  fi
  for ((i = 3; i < CURRENT; i++)); do
    case ${words[i]} in
      -s | --socket | -n | --lines | --stream | --timeout) ((i++)) ;;
      -*) ;;
      *) [[ -n $command ]] && ((++shown)) || command=${words[i]} ;;
    esac
  done
  case ${words[CURRENT-1]} in
    -s | --socket) _files; return ;;
    --stream) compadd -- stdout stderr; return ;;
    -n | --lines | --timeout) return ;;
  esac
  if [[ ${words[CURRENT]} == -* ]]; then
    case $command in
@OPTIONS@
    esac
    return
  fi
  case $command in
    '') candidates=(@COMMANDS@) ;;
    completion) ((shown)) || candidates=(bash zsh fish) ;;
    help) ((shown)) || candidates=(@COMMANDS@) ;;
    signal)
      if ((shown)); then
        candidates=(${(f)"$(_entry_point_names)"} all)
      else
        candidates=(@SIGNALS@)
      fi
      ;;
    @ACTING@) candidates=(${(f)"$(_entry_point_names)"} all) ;;
    @SHOWING@) candidates=(${(f)"$(_entry_point_names)"}) ;;
  esac
  compadd -- $candidates
}

# As a file of $fpath this is the function itself; else it is to be made known.
if [[ $funcstack[1] == _entry-point ]]; then
  _entry-point "$@"
else
  compdef _entry-point entry-point
fi
