package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The only place that knows the words in which qemu-img, cryptsetup and the kernel complain. */
final class Complaint {

    private record Words(String text, Failure failure) {}

    /** The first that fits wins: what names a cause stands before what names a consequence. */
    private static final List<Words> WORDS = List.of(
            new Words("invalid password, cannot unlock any keyslot", Failure.BAD_CREDENTIALS),
            new Words("no key available with this passphrase", Failure.BAD_CREDENTIALS),
            new Words("no space left on device", Failure.EXHAUSTED),
            new Words("disk quota exceeded", Failure.EXHAUSTED),
            new Words("cannot allocate memory", Failure.EXHAUSTED),
            new Words("is another process using the image", Failure.IN_USE),
            new Words("failed to lock byte", Failure.IN_USE),
            new Words("device or resource busy", Failure.IN_USE),
            new Words("is still in use", Failure.IN_USE),
            new Words("is in use", Failure.IN_USE),
            new Words("no such file or directory", Failure.NOT_FOUND),
            new Words("does not exist or access denied", Failure.NOT_FOUND),
            new Words("permission denied", Failure.HOST_NOT_READY),
            new Words("operation not permitted", Failure.HOST_NOT_READY),
            new Words("read-only file system", Failure.HOST_NOT_READY),
            new Words("is not in qcow2 format", Failure.CORRUPT_DATA),
            new Words("is not in luks format", Failure.CORRUPT_DATA),
            new Words("is not a valid luks device", Failure.CORRUPT_DATA),
            new Words("image is corrupt", Failure.CORRUPT_DATA),
            new Words("image is marked corrupt", Failure.CORRUPT_DATA),
            new Words("no encryption in image header", Failure.CORRUPT_DATA),
            new Words("unknown file format", Failure.UNSUPPORTED),
            new Words("unknown driver", Failure.UNSUPPORTED),
            new Words("unknown protocol", Failure.UNSUPPORTED),
            new Words("does not support resize", Failure.UNSUPPORTED),
            new Words("is not supported", Failure.UNSUPPORTED),
            new Words("key-secret' is required", Failure.INVALID_REQUEST),
            new Words("invalid image size", Failure.INVALID_REQUEST),
            new Words("exceeds maximum", Failure.INVALID_REQUEST),
            new Words("image size is too large", Failure.INVALID_REQUEST),
            new Words("file too large", Failure.INVALID_REQUEST),
            new Words("cannot grow device files", Failure.INVALID_REQUEST),
            new Words("cannot resize device files", Failure.INVALID_REQUEST),
            new Words("to be a regular file", Failure.INVALID_REQUEST),
            new Words("is too small", Failure.INVALID_REQUEST));

    private Complaint() {}

    /**
     * Returns the failure that a program's words stand for, in those words.
     *
     * @param deed what was tried, for people
     * @param doubt what is left of the attempt if the words do not say that it never began
     * @param paths what the program was told to work on: their own letters are no complaint
     */
    static DriverException of(String deed, CommandResult result, Effect doubt, Path... paths) {
        String words = result.errors().isBlank()
                ? result.output().strip()
                : result.errors().strip();
        String bare = words;
        for (Path path : paths) {
            String text = path.toString();
            bare = bare.replace(text.replace(",", ",,"), "").replace(text, "");
        }
        Failure failure = failure(bare);
        return DriverException.because(failure)
                .effect(neverBegan(failure, bare) ? Effect.NOT_APPLIED : doubt)
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
            failure = failure(
                    cause instanceof FileSystemException named
                            ? String.valueOf(named.getReason())
                            : String.valueOf(cause.getMessage()));
        }
        return DriverException.because(failure == Failure.DEFECT ? Failure.HOST_NOT_READY : failure)
                .effect(effect)
                .causedBy(cause)
                .message("%s: %s", deed, cause);
    }

    /** QEMU 7.2 to 9.2 measure the processor to choose an iteration count, and fail at random where it is fast. */
    static boolean isUnluckyBenchmark(CommandResult result) {
        return !result.succeeded() && result.errors().contains("Unable to get accurate CPU usage");
    }

    /** The file system, such as ramfs, cannot be written past the page cache. */
    static boolean lacksDirectAccess(CommandResult result) {
        return !result.succeeded()
                && (result.errors().contains("does not support O_DIRECT")
                        || result.errors().contains("may not support O_DIRECT"));
    }

    private static boolean neverBegan(Failure failure, String words) {
        return switch (failure) {
            case BAD_CREDENTIALS, IN_USE, NOT_FOUND, INVALID_REQUEST, UNSUPPORTED, EXISTS_DIFFERENTLY -> true;
            case OPERATION_PENDING, UNREACHABLE, TIMED_OUT, EXHAUSTED, HOST_NOT_READY, CORRUPT_DATA, DEFECT ->
                words.contains("Could not open");
        };
    }

    private static Failure failure(String words) {
        String folded = words.toLowerCase(Locale.ROOT);
        return WORDS.stream()
                .filter(w -> folded.contains(w.text))
                .map(Words::failure)
                .findFirst()
                .orElse(Failure.DEFECT);
    }
}
