# Completion of entry-point for fish:
#   entry-point ctl completion fish >/etc/fish/completions/entry-point.fish

# The words behind ctl that are no options: the command and its names.
function __entry_point_words
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test "$words[2]" = ctl; or return 1
    set -l skip 0
    for word in $words[3..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case -s --socket -n --lines --stream --timeout
                set skip 1
            case '-*'
            case '*'
                echo $word
        end
    end
end

function __entry_point_ctl
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test "$words[2]" = ctl
end

# How many words there are, and the command among those given.
function __entry_point_at
    __entry_point_ctl; or return 1
    set -l words (__entry_point_words)
    if test "$argv[1]" = any
        test (count $words) -ge 1; or return 1
    else
        test (count $words) -eq $argv[1]; or return 1
    end
    test (count $argv) -eq 1; or contains -- $words[1] $argv[2..-1]
end

# Whether no word has begun a command yet, and options of entry-point itself may stand
# here. With a word: whether that one is asked for, which is help or an option.
function __entry_point_main
    set -l words (commandline -opc)
    if test (count $argv) -gt 0
        contains -- $words[-1] $argv
        return
    end
    set -l before
    for word in $words[2..-1]
        switch $before
            case @MAINVALUED@
                set before
                continue
            case -d --debug
                if not string match -q -- '-*' $word
                    set before
                    continue
                end
        end
        string match -q -- '-*' $word; and test $word != --; or return 1
        set before $word
    end
end

function __entry_point_names
    set -l words (commandline -opc)
    set -l socket
    for i in (seq (count $words))
        if contains -- $words[$i] -s --socket; and test (count $words) -gt $i
            set socket -s $words[(math $i + 1)]
        end
    end
    $words[1] ctl status --json $socket 2>/dev/null | sed -n 's/.*"full_name":"\([^"]*\)".*/\1/p'
end

complete -c entry-point -n 'test (count (commandline -opc)) -eq 1' -a 'ctl help'
complete -c entry-point -n 'contains -- help (commandline -opc)[2]' -f -a '@TOPICS@'
complete -c entry-point -n '__entry_point_main -h --help' -f -a '@TOPICS@'
complete -c entry-point -n '__entry_point_ctl' -f
complete -c entry-point -n '__entry_point_at 0' -a '@COMMANDS@'
complete -c entry-point -n '__entry_point_at 1 help' -a '@COMMANDS@'
complete -c entry-point -n '__entry_point_at 1 completion' -a 'bash zsh fish'
complete -c entry-point -n '__entry_point_at 1 signal' -a '@SIGNALS@'
complete -c entry-point -n '__entry_point_at any signal; and not __entry_point_at 1 signal' -a '(__entry_point_names) all'
complete -c entry-point -n '__entry_point_at any @ACTING@' -a '(__entry_point_names) all'
complete -c entry-point -n '__entry_point_at any @SHOWING@' -a '(__entry_point_names)'
