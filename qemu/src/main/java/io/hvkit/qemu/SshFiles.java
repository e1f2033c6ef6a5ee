package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of another host, by small scripts that need a POSIX shell and coreutils; each look costs one session. */
final class SshFiles implements HostFiles {

    private static final int NOTHING = 40;
    private static final int NO_BYTES = 41;
    private static final int TAKEN = 42;
    private static final int LONGEST_SHOWN = 100;
    private static final int S_IFMT = 0xF000;
    private static final int S_IFBLK = 0x6000;
    private static final int S_IFDIR = 0x4000;
    private static final int S_IFREG = 0x8000;

    private static final Pattern SIZE = Pattern.compile("[0-9]+");
    /** What stat says of a file, in numbers. */
    private static final Pattern SEEN = Pattern.compile("(?<mode>[0-9a-f]{1,7}) (?<size>[0-9]+) (?<modified>-?[0-9]+)"
            + " (?<file>[0-9]+:[0-9]+) (?<device>[0-9a-f]+:[0-9a-f]+)");

    /** The node of a device may outlive it; then the kernel does not know its number any more. */
    private static final String GONE = """
            gone() {
              number=$(stat -L -c '%t:%T' -- "$1") || return
              [ -d /sys/dev/block ] && [ ! -e "/sys/dev/block/$((0x${number%:*})):$((0x${number#*:}))" ]
            }
            """;
    /** A device may go after stat has seen it. */
    private static final String STATUS = GONE + """
            if seen=$(stat -L -c '%f %s %Y %d:%i %t:%T' -- "$1" 2>/dev/null); then
              case $seen in
                6???' '*) size=$(blockdev --getsize64 "$1") && printf '%s\n%s\n' "$seen" "$size" && exit ;;
                *) printf '%s\n' "$seen" && exit ;;
              esac
              [ ! -b "$1" ] || { gone "$1" && echo broken; exit; }
            fi
            [ ! -L "$1" ] || { echo broken; exit 0; }
            folder=$1
            while [ "$folder" ]; do
              folder=${folder%/*}
              if [ -d "${folder:-/}" ]; then
                [ ! -x "${folder:-/}" ] || { echo nothing; exit 0; }
                break
              fi
              [ ! -e "$folder" ] || break
            done
            stat -L -- "$1"
            """;

    private static final String READ = GONE + """
            [ -e "$1" ] || exit 40
            [ ! -b "$1" ] || true < "$1" || ! gone "$1" || exit 40
            [ -f "$1" ] || [ -b "$1" ] || exit 41
            [ -b "$1" ] || [ "$(stat -L -c %s -- "$1")" -gt "$2" ] || exit 0
            dd if="$1" bs=65536 skip="$2" count="$3" iflag=skip_bytes,count_bytes,fullblock status=none | base64
            """;
    private static final String CREATE = """
            [ ! -e "$1" ] && [ ! -L "$1" ] || exit 42
            [ -e "${1%/*}/" ] || exit 40
            umask 077
            set -C
            : > "$1" && exit 0
            [ ! -e "$1" ] && [ ! -L "$1" ] || exit 42
            exit 1
            """;
    /** Where there are no hard links, mv -n of coreutils renames without replacing, in one step since 8.30. */
    private static final String PUBLISH = """
            [ -f "$1" ] || exit 40
            if ! ln -T -- "$1" "$2" 2>/dev/null; then
              if [ ! "$1" -ef "$2" ]; then
                [ ! -e "$2" ] && [ ! -L "$2" ] || exit 42
                mv -n -T -- "$1" "$2" || exit 1
                [ ! -e "$1" ] || exit 42
              fi
            fi
            rm -f -- "$1" || echo "its second name is still there" >&2
            sync -- "${2%/*}/" || echo "its name may not outlive a loss of power" >&2
            exit 0
            """;

    private static final String REMOVE = """
            [ ! -d "$1" ] || [ -L "$1" ] || exit 41
            rm -f -- "$1"
            """;
    private static final String LIST = """
            [ -d "$1" ] || exit 40
            cd -- "$1" || exit 1
            for name in * .*; do
              case $name in . | ..) continue ;; esac
              [ ! -e "$name" ] && [ ! -L "$name" ] || printf '%s\\000' "$name"
            done | base64
            """;

    private final CommandRunner runner;

    /** @param runner runs the scripts on the host whose files they are */
    SshFiles(CommandRunner runner) {
        this.runner = runner;
    }

    @Override
    public FileStatus status(Path path) throws InterruptedException {
        CommandResult result = run(STATUS, path);
        List<String> lines = result.output().lines().toList();
        if (!result.succeeded() || lines.isEmpty()) {
            throw failed("cannot look at " + path, path, result);
        }
        return switch (lines.get(0)) {
            case "nothing" -> FileStatus.NOTHING;
            case "broken" -> FileStatus.LEADS_NOWHERE;
            default -> seen(path, lines);
        };
    }

    private static FileStatus seen(Path path, List<String> lines) {
        Matcher words = SEEN.matcher(lines.get(0));
        if (!words.matches()) {
            throw strange("cannot look at " + path, "'" + shown(lines.get(0)) + "'");
        }
        Instant modified = moment(number(path, words.group("modified")));
        String file = words.group("file");
        return switch (Integer.parseInt(words.group("mode"), 16) & S_IFMT) {
            case S_IFREG ->
                new FileStatus(
                        FileStatus.Kind.REGULAR_FILE,
                        ByteSize.bytes(number(path, words.group("size"))),
                        modified,
                        file);
            case S_IFBLK ->
                new FileStatus(
                        FileStatus.Kind.BLOCK_DEVICE,
                        deviceSize(path, lines),
                        modified,
                        "device " + words.group("device"));
            case S_IFDIR -> new FileStatus(FileStatus.Kind.FOLDER, ByteSize.ZERO, modified, file);
            default -> new FileStatus(FileStatus.Kind.OTHER, ByteSize.ZERO, modified, file);
        };
    }

    private static ByteSize deviceSize(Path path, List<String> lines) {
        String size = lines.size() > 1 ? lines.get(1) : "";
        if (!SIZE.matcher(size).matches()) {
            throw strange("cannot look at " + path, "'" + shown(size) + "' as a device's size");
        }
        return ByteSize.bytes(number(path, size));
    }

    private static long number(Path path, String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw strange("cannot look at " + path, "the number " + shown(digits));
        }
    }

    /** A file may say that it was changed at the end of time, which is later for a kernel than it is here. */
    private static Instant moment(long second) {
        return Instant.ofEpochSecond(
                Math.max(Instant.MIN.getEpochSecond(), Math.min(Instant.MAX.getEpochSecond(), second)));
    }

    @Override
    public byte[] read(Path path, long offset, int count) throws InterruptedException {
        return bytes("cannot read " + path, count, READ, path, Long.toString(offset), Integer.toString(count));
    }

    @Override
    public void create(Path path) throws InterruptedException {
        require("cannot make a file for a new image at " + path, path, run(CREATE, path));
    }

    @Override
    public void publish(Path from, Path to) throws InterruptedException {
        CommandResult result = run(PUBLISH, from, to.toString());
        if (result.exitCode() == TAKEN) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s appeared while it was being made, and was left alone", to);
        }
        require("cannot publish " + to, from, result);
    }

    @Override
    public void remove(Path path) throws InterruptedException {
        CommandResult result = run(REMOVE, path);
        if (result.exitCode() == NO_BYTES) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is a folder, and only files are removed", path);
        }
        require("cannot remove " + path, path, result);
    }

    @Override
    public List<String> list(Path folder) throws InterruptedException {
        String deed = "cannot list " + folder;
        String text = new String(bytes(deed, Integer.MAX_VALUE, LIST, folder), names());
        List<String> names = new ArrayList<>();
        for (int at = 0, end = text.indexOf('\0'); end >= 0; at = end + 1, end = text.indexOf('\0', at)) {
            String name = text.substring(at, end);
            if (name.isEmpty() || name.contains("/") || Set.of(".", "..").contains(name)) {
                throw strange(deed, "'" + shown(name) + "' as a name"); // or who goes on from here ends up elsewhere
            }
            names.add(name);
        }
        return List.copyOf(names);
    }

    /** What comes as it is read, line by line, is not cut where output is. */
    private byte[] bytes(String deed, int most, String script, Path path, String... arguments)
            throws InterruptedException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CommandResult result = runner.run(command(script, path, arguments).listening(line -> {
            bytes.writeBytes(decoded(deed, line));
            if (bytes.size() > most) {
                throw strange(deed, "more than the " + most + " bytes that were asked for");
            }
        }));
        if (result.succeeded() && !result.errors().isBlank()) {
            throw failed(deed, path, result); // the pipe hides the exit code of all but its last program
        }
        require(deed, path, result);
        return bytes.toByteArray();
    }

    private static byte[] decoded(String deed, String line) {
        try {
            return Base64.getDecoder().decode(line);
        } catch (IllegalArgumentException e) {
            throw strange(deed, "what is no Base64"); // which may be of a file that is nobody's business
        }
    }

    private CommandResult run(String script, Path path, String... arguments) throws InterruptedException {
        return runner.run(command(script, path, arguments));
    }

    private static Command command(String script, Path path, String... arguments) {
        List<String> argv = new ArrayList<>(
                List.of("sh", "-c", script, "sh", ImagePath.of(path).toString()));
        argv.addAll(List.of(arguments));
        return Command.of(argv);
    }

    private static void require(String deed, Path path, CommandResult result) {
        switch (result.exitCode()) {
            case 0 -> {}
            case NOTHING ->
                throw DriverException.because(Failure.NOT_FOUND).message("%s: there is nothing at %s", deed, path);
            case NO_BYTES ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s is neither a regular file nor a block device", path);
            case TAKEN ->
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY).message("%s: %s exists", deed, path);
            default -> throw failed(deed, path, result);
        }
    }

    /** What a small script says in other words than ours is the host's trouble. */
    private static DriverException failed(String deed, Path path, CommandResult result) {
        DriverException e = Complaint.of(deed, result, Effect.NOT_APPLIED, path);
        return e.failure() == Failure.DEFECT
                ? DriverException.because(Failure.HOST_NOT_READY)
                        .causedBy(e)
                        .message("%s", String.valueOf(e.getMessage()))
                : e;
    }

    /** Returns what to say of a host that answers a small script in a way that no shell of ours would. */
    private static DriverException strange(String deed, String answer) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .message(
                        "%s: the host answers %s; see that its shell is a POSIX one, and stat and base64 those of coreutils",
                        deed, answer);
    }

    private static String shown(String answer) {
        return answer.length() > LONGEST_SHOWN ? answer.substring(0, LONGEST_SHOWN) + "..." : answer;
    }

    private static Charset names() {
        return Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    }
}
