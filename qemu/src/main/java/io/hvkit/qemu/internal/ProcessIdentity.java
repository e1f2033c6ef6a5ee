package io.hvkit.qemu.internal;

import com.sun.jna.LastErrorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which process of which machine this is, or was: enough to tell later, on the same machine, whether it still lives. What cannot
 * be found out is {@code 0}, and then nothing can be told. Nothing in it says more about the machine than a digest.
 *
 * @param machine a digest of what makes the machine itself
 * @param boot a digest of the kernel's run, which no other machine or run shares
 * @param space the number space that the process id is of, as containers have their own
 * @param pid the process id
 * @param start when it started, in the kernel's ticks since the boot: process ids come again
 */
public record ProcessIdentity(String machine, String boot, String space, long pid, String start) {

    /** Says whether a process lives, as far as that can be known here. */
    public enum Life {
        /** It runs. */
        LIVES,
        /** It has ended for sure. */
        ENDED,
        /** It is of another machine or container, or did not say enough. */
        UNKNOWN
    }

    private static final String NONE = "0";
    /** The kernel's own number for the process ids of the host itself, outside of all containers. */
    private static final String HOST_SPACE = "4026531836";

    private static final Pattern TEXT =
            Pattern.compile("([0-9a-f]{1,32})-([0-9a-f]{1,32})-([0-9]{1,20})-([0-9]{1,10})-([0-9]{1,20})");
    private static final int START_FIELD = 19; // of those behind the name; the 22nd in all

    /** Returns this process. */
    public static ProcessIdentity ofThisOne() {
        return Own.PROCESS;
    }

    /** Reads what {@link #toString} wrote. */
    public static Optional<ProcessIdentity> parse(String text) {
        Matcher m = TEXT.matcher(text);
        return m.matches()
                ? Optional.of(
                        new ProcessIdentity(m.group(1), m.group(2), m.group(3), Long.parseLong(m.group(4)), m.group(5)))
                : Optional.empty();
    }

    /** Returns whether it lives, judged by this process. */
    public Life life() {
        ProcessIdentity own = ofThisOne();
        if (boot.equals(NONE) || own.boot.equals(NONE)) {
            return Life.UNKNOWN;
        }
        if (!boot.equals(own.boot)) {
            // Containers of one image may share all that makes a machine here, and run on several.
            return !machine.equals(NONE) && machine.equals(own.machine) && space.equals(HOST_SPACE)
                    ? Life.ENDED
                    : Life.UNKNOWN;
        }
        if (space.equals(NONE) || !space.equals(own.space) || start.equals(NONE)) {
            return Life.UNKNOWN;
        }
        return start(pid)
                .map(now -> now.equals(start) ? Life.LIVES : Life.ENDED)
                .orElseGet(() -> isSurelyGone(pid) ? Life.ENDED : Life.UNKNOWN);
    }

    /** {@code /proc} may hide what others run (hidepid); a signal that is none finds it all the same. */
    private static boolean isSurelyGone(long pid) {
        Optional<Libc> libc = Libc.load();
        if (libc.isEmpty() || pid <= 0 || pid > Integer.MAX_VALUE) {
            return false;
        }
        try {
            libc.get().kill((int) pid, 0);
            return false;
        } catch (LastErrorException e) {
            return e.getErrorCode() == Libc.ESRCH;
        }
    }

    /** Returns it as one word. */
    @Override
    public String toString() {
        return machine + "-" + boot + "-" + space + "-" + pid + "-" + start;
    }

    private static Optional<String> start(long pid) {
        return read(Path.of("/proc", Long.toString(pid), "stat"))
                .map(stat -> stat.substring(stat.lastIndexOf(')') + 1).strip().split(" "))
                .filter(fields -> fields.length > START_FIELD)
                .map(fields -> fields[START_FIELD]);
    }

    private static Optional<String> read(Path path) {
        try {
            return Optional.of(
                            Files.readString(path, StandardCharsets.ISO_8859_1).strip())
                    .filter(text -> !text.isEmpty());
        } catch (IOException e) {
            return Optional.empty(); // not Linux, a container without it, or the process has ended
        }
    }

    /** Asked for once: neither changes while this process runs. */
    private static final class Own {

        private static final ProcessIdentity PROCESS = identify();

        private static ProcessIdentity identify() {
            long pid = ProcessHandle.current().pid();
            return new ProcessIdentity(
                    read(Path.of("/etc/machine-id"))
                            .map(id -> digest(id + " " + hostName()))
                            .orElse(NONE),
                    read(Path.of("/proc/sys/kernel/random/boot_id"))
                            .map(Own::digest)
                            .orElse(NONE),
                    space(),
                    pid,
                    start(pid).orElse(NONE));
        }

        /** Machines cloned from one image share an id until somebody mends it; few share a name as well. */
        private static String hostName() {
            return read(Path.of("/proc/sys/kernel/hostname")).orElse("");
        }

        private static String space() {
            try {
                return Files.readSymbolicLink(Path.of("/proc/self/ns/pid"))
                        .toString()
                        .replaceAll("[^0-9]", "");
            } catch (IOException e) {
                return NONE;
            }
        }

        private static String digest(String text) {
            try {
                byte[] digest =
                        MessageDigest.getInstance("SHA-256").digest(("hvkit " + text).getBytes(StandardCharsets.UTF_8));
                return HexFormat.of().formatHex(digest, 0, 8);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JVM has SHA-256", e);
            }
        }
    }
}
