package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.internal.KnownWords;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Turns what qemu-img, cryptsetup and the kernel complain of into failures. */
final class Complaint {

    private static final List<String> NO_MEMORY = List.of(
            "cannot allocate memory",
            "failed to allocate",
            "could not allocate",
            "out of memory",
            "failed to map segment",
            "not enough available memory",
            "qemu_thread_create: resource temporarily unavailable");

    /** A warning that comes whenever an image is said to lie over nothing in the only way that a list of options has. */
    private static final Pattern OVER_NOTHING = Pattern.compile("(?m)^.*Use of \"backing\": \"\" is deprecated.*\\R?");

    private Complaint() {}

    /**
     * Returns the failure that a program's words stand for, in those words.
     *
     * @param deed what was tried, for people
     * @param doubt what is left of the attempt if the words do not say that it never began
     * @param paths what the program was told to work on: their own letters are no complaint
     */
    static DriverException of(String deed, CommandResult result, Effect doubt, Path... paths) {
        return of(deed, result, doubt, Failure.DEFECT, paths);
    }

    /**
     * Returns the same for a program whose exit code says something too.
     *
     * @param byCode what it stands for if its words are not known
     */
    static DriverException of(String deed, CommandResult result, Effect doubt, Failure byCode, Path... paths) {
        return of(deed, result, doubt, byCode, Arrays.stream(paths).map(Path::toString));
    }

    /** Returns the same for a program that was told to work on images. */
    static DriverException of(String deed, CommandResult result, Effect doubt, Image... images) {
        Stream<String> names = Arrays.stream(images).flatMap(image -> image.options().texts().stream());
        return of(deed, result, doubt, Failure.DEFECT, names);
    }

    private static DriverException of(
            String deed, CommandResult result, Effect doubt, Failure byCode, Stream<String> names) {
        String errors = OVER_NOTHING.matcher(result.errors()).replaceAll("").strip();
        String words = errors.isEmpty() ? result.output().strip() : errors;
        String bare = words;
        for (String name : names.filter(n -> n.startsWith("/") || n.length() >= KnownWords.SHORTEST)
                .toList()) {
            bare = bare.replace(name.replace(",", ",,"), "").replace(name, "");
        }
        Failure known = KnownWords.failure(bare);
        Failure failure = known == Failure.DEFECT ? byCode : known;
        return DriverException.because(failure)
                .effect(KnownWords.neverBegan(failure, bare) ? Effect.NOT_APPLIED : doubt)
                .vendorCode("exit " + result.exitCode())
                .message("%s: %s", deed, words.isEmpty() ? "it failed without a word" : words);
    }

    /** Returns the failure that an error of Java's own file access stands for. */
    static DriverException of(String deed, IOException cause, Effect effect) {
        Failure failure;
        if (cause instanceof NoSuchFileException) {
            failure = Failure.NOT_FOUND;
        } else if (cause instanceof FileAlreadyExistsException) {
            failure = Failure.EXISTS_DIFFERENTLY;
        } else {
            failure = KnownWords.failure(reason(cause));
        }
        return DriverException.because(failure == Failure.DEFECT ? Failure.HOST_NOT_READY : failure)
                .effect(effect)
                .causedBy(cause)
                .message("%s: %s", deed, cause);
    }

    /** Returns the system's own words, without the file's name. */
    private static String reason(IOException cause) {
        if (cause instanceof FileSystemException named) {
            return String.valueOf(named.getReason());
        }
        String words = String.valueOf(cause.getMessage());
        return cause instanceof FileNotFoundException ? words.substring(words.lastIndexOf('(') + 1) : words;
    }

    /** Returns the failure that ssh's words stand for when it could not connect: a host or user whom nobody knows, or no answer. */
    static DriverException ofConnecting(SshDestination destination, CommandResult result) {
        String words =
                result.errors().isBlank() ? "ssh says nothing" : result.errors().strip();
        boolean unknownHost = words.contains("Host key verification failed");
        boolean unknownUser =
                words.contains("Permission denied (") || words.contains("Too many authentication failures");
        String wayOut = "";
        if (unknownHost) {
            wayOut =
                    "; compare the key that it shows with the host's own, then put it into the known hosts that were named, or"
                            + " into ~/.ssh/known_hosts";
        } else if (unknownUser) {
            wayOut = "; name the private key of a user whom the host lets in, one that needs no passphrase";
        }
        return DriverException.because(unknownHost || unknownUser ? Failure.BAD_CREDENTIALS : Failure.UNREACHABLE)
                .effect(Effect.NOT_APPLIED)
                .vendorCode("exit " + result.exitCode())
                .message("cannot connect to %s: %s%s", destination, words, wayOut);
    }

    /** QEMU 7.2 to 9.2 measure the processor to choose an iteration count, and fail at random where it is fast. */
    static boolean isUnluckyBenchmark(CommandResult result) {
        return !result.succeeded() && result.errors().contains("Unable to get accurate CPU usage");
    }

    /** The key, and nothing else, is wrong. */
    static boolean isWrongKey(CommandResult result) {
        return !result.succeeded() && KnownWords.failure(result.errors()) == Failure.BAD_CREDENTIALS;
    }

    /** The build does not know an option, whatever stands behind it. */
    static boolean isUnknownOption(CommandResult result) {
        return !result.succeeded()
                && (result.errors().contains("unrecognized option")
                        || result.errors().contains("invalid option"));
    }

    /** The program asked for memory and got none. */
    static boolean lacksMemory(CommandResult result) {
        String words = result.errors().toLowerCase(Locale.ROOT);
        return !result.succeeded() && NO_MEMORY.stream().anyMatch(words::contains);
    }

    /** The file system, such as ramfs, cannot be written past the page cache. */
    static boolean lacksDirectAccess(CommandResult result) {
        return !result.succeeded()
                && (result.errors().contains("does not support O_DIRECT")
                        || result.errors().contains("may not support O_DIRECT"));
    }
}
