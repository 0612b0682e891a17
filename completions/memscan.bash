# bash completion for memscan(1)
# shellcheck shell=bash disable=SC2207 # word lists hold no spaces

_memscan_pids()
{
    memscan ps --plain 2>/dev/null | cut -f 1
}

_memscan()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local commands="ps info regions modules threads where read write patch dump find scan next list set undo redo sessions hold freeze watch shell run alloc demo help version"
    local types="i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 int float num ptr text utf16 hex bits re"
    local common="--json --plain --no-color --quiet --verbose"
    local target="--pid --name"
    local word command="" index
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]#--}
        if [[ " $commands " == *" $word "* ]]; then
            command=$word
            break
        fi
    done

    COMPREPLY=()
    case $previous in
    --pid) COMPREPLY=($(compgen -W "self $(_memscan_pids)" -- "$current")) && return ;;
    --type | --as) COMPREPLY=($(compgen -W "$types" -- "$current")) && return ;;
    --kind)
        local kinds="code rodata data bss heap stack file shared anon vdso guard device"
        COMPREPLY=($(compgen -P "${current%"${current##*,}"}" -W "$kinds" -- "${current##*,}"))
        return
        ;;
    --axes) COMPREPLY=($(compgen -W "log linear" -- "$current")) && return ;;
    --swapped) COMPREPLY=($(compgen -W "read skip" -- "$current")) && return ;;
    --session)
        local state=${XDG_STATE_HOME:-$HOME/.local/state}/memscan/sessions
        COMPREPLY=($(compgen -W "$(cd "$state" 2>/dev/null && ls -1 2>/dev/null | sed 's/\.scan$//')" -- "$current"))
        return
        ;;
    --svg | --revert | --journal | --output | -o) COMPREPLY=($(compgen -f -- "$current")) && return ;;
    --name | --align | --range | --perm | --jobs | --timeout | --shard | --limit | --context | --expect | --match | --replace | --every | --for | --mark | --memory-limit | --sizes | --times) return ;;
    esac

    local selection="--range --perm --kind"
    local options=""
    case $command in
    "") options="$commands $target --help" ;;
    ps | help | version) options="$common" ;;
    info | modules | threads) options="$target $common" ;;
    where) options="$target --session --rebase $common" ;;
    regions) options="$target $selection --free --summary --map --svg --mark --session --rebase $common" ;;
    read) options="$target --session --rebase --as --all --suspend $common" ;;
    write) options="$target --session --rebase --type --expect --dry-run --suspend $common" ;;
    dump) options="$target $selection --all --swapped --suspend --output $common" ;;
    patch) options="$target --match --replace --revert --journal --dry-run --suspend $common" ;;
    find)
        options="$target $selection --type --align --all --swapped --jobs --timeout --suspend --shard --limit --context --explain \
            --no-match-ok $common"
        ;;
    scan)
        options="$target $selection --type --align --all --swapped --jobs --timeout --suspend --no-match-ok --session --mark \
            --memory-limit --track $common"
        ;;
    next) options="$target --session --rebase --type --jobs --timeout --suspend --no-match-ok --mark --memory-limit --track $common" ;;
    list) options="$target --session --rebase --limit --no-match-ok $common" ;;
    set | undo | redo) options="$target --session --rebase $common" ;;
    sessions) options="$common" ;;
    shell) options="$target --session --track $common" ;;
    hold | freeze) options="$target --session --rebase --type --every --for --min --max $common" ;;
    watch) options="$target --session --rebase --as --every --for $common" ;;
    demo) options="alloc --output --svg --plain --no-color --quiet --verbose" ;;
    alloc)
        if [[ $current != -* ]]; then
            COMPREPLY=($(compgen -c -- "$current"))
            return
        fi
        options="-- --output --full --svg --axes --sizes --times $common"
        ;;
    run)
        if [[ $current != -* ]]; then
            COMPREPLY=($(compgen -c -- "$current"))
            return
        fi
        options="-- $common"
        ;;
    esac
    if [[ $command == help ]]; then
        options="$commands"
    fi
    COMPREPLY=($(compgen -W "$options" -- "$current"))
}

complete -F _memscan memscan
