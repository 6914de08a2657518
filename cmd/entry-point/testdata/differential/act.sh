# usage: sh act.sh COUNTER ACTION...
#
# What a program under test does: its first run does the first action, its second
# run the second one, every further run the last. COUNTER names the file that
# counts the runs. The actions:
#
#   stay           run until a signal comes
#   CODE           exit with that code at once
#   CODE@SECONDS   exit with that code after that time
counter=.runs.$1
shift
runs=0
[ -e "$counter" ] && read -r runs <"$counter"
echo $((runs + 1)) >"$counter"
[ "$runs" -lt $# ] || runs=$(($# - 1))
shift "$runs"
case $1 in
  stay) exec sleep 1000 ;;
  *@*) sleep "${1#*@}"; exit "${1%@*}" ;;
  *) exit "$1" ;;
esac
