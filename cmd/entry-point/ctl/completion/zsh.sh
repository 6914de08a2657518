#compdef entry-point
# Completion of entry-point ctl for zsh:
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
  if (( CURRENT == 2 )); then
    compadd -- ctl
    _files
    return
  fi
  [[ ${words[2]} == ctl ]] || { _files; return; }
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
