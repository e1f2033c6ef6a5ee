package io.hvkit.qemu;

/** What a remote host's shell is told. Constants all: what varies comes as arguments. */
final class SshScripts {

    /** Where programs are looked for. Fixed, since what a login gives differs from host to host. */
    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /**
     * Runs a program and frames its output by lines that start with a mark, which nobody can guess: that it is started, and its
     * exit code, which ssh alone would not tell from its own or from a signal. Arguments: the mark, the program's name, then
     * the whole command. The shell's own words, such as "Killed", are no words of the program.
     */
    static final String RUN = """
            exec 3>&2 2>/dev/null
            PATH=%1$s; export PATH
            mark=$1
            for program in prlimit env "$2"; do
              case $program in
                */*) [ -f "$program" ] && [ -x "$program" ] ;;
                *) command -v "$program" >/dev/null ;;
              esac || { printf '\\n%%s missing %%s\\n' "$mark" "$program"; exit 0; }
            done
            shift 2
            printf '\\n%%s started\\n' "$mark"
            (exec env -i PATH="$PATH" LC_ALL=C HOME="$HOME" ${TMPDIR:+"TMPDIR=$TMPDIR"} "$@" 2>&3 3>&-)
            printf '\\n%%s exit %%s\\n' "$mark" "$?"
            """.formatted(PATH);

    /**
     * Kills what runs under the mark on standard input, with all that it started: stopped first, so that none starts another
     * while its family is counted, then killed, then waited for. Prints the ids of those that live on.
     */
    static final String END = """
            PATH=%s; export PATH
            read -r mark || exit 1
            family=' '
            for file in $(printf '%%s' "$mark" | grep -lF -f - /proc/[0-9]*/cmdline 2>/dev/null); do
              process=${file#/proc/}; process=${process%%/cmdline}
              kill -STOP "$process" 2>/dev/null && family="$family$process "
            done
            roots=$family
            found=1
            while [ "$found" ]; do
              found=
              for file in /proc/[0-9]*/stat; do
                { read -r line < "$file"; } 2>/dev/null || continue
                process=${file#/proc/}; process=${process%%/stat}
                set -- ${line##*) }
                case $family in *" $process "*) continue ;; esac
                case "$1" in Z | X) continue ;; esac
                case $family in
                  *" $2 "*) ;;
                  *) case $roots in *" $4 "*) ;; *) continue ;; esac ;;
                esac
                kill -STOP "$process" 2>/dev/null && family="$family$process " && found=1
              done
            done
            [ "$family" != ' ' ] || { echo none; exit 0; }
            kill -KILL $family 2>/dev/null
            for round in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
              left=
              for process in $family; do
                { read -r line < "/proc/$process/stat"; } 2>/dev/null || continue
                set -- ${line##*) }
                case "$1" in Z | X) ;; *) left="$left $process" ;; esac
              done
              [ "$left" ] || exit 0
              sleep 0.2
            done
            echo "left$left"
            """.formatted(PATH);

    private SshScripts() {}
}
