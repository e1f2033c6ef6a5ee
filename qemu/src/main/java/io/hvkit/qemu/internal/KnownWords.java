package io.hvkit.qemu.internal;

import io.hvkit.core.Failure;
import java.util.List;
import java.util.Locale;

/** The only place that knows the words in which qemu's programs, cryptsetup and the kernel complain. */
public final class KnownWords {

    private record Words(String text, Failure failure) {}

    /** The first that fits wins: what names a cause stands before what names a consequence. */
    private static final List<Words> WORDS = List.of(
            new Words("invalid password, cannot unlock any keyslot", Failure.BAD_CREDENTIALS),
            new Words("no key available with this passphrase", Failure.BAD_CREDENTIALS),
            new Words("no usable keyslot is available", Failure.BAD_CREDENTIALS),
            new Words("not enough available memory", Failure.EXHAUSTED),
            new Words("no space left on device", Failure.EXHAUSTED),
            new Words("disk quota exceeded", Failure.EXHAUSTED),
            new Words("cannot allocate memory", Failure.EXHAUSTED),
            new Words("is another process using the image", Failure.IN_USE),
            new Words("failed to lock byte", Failure.IN_USE),
            new Words("\" lock", Failure.IN_USE), // Failed to get shared "write" lock
            new Words("device or resource busy", Failure.IN_USE),
            new Words("device in use", Failure.IN_USE),
            new Words("is still in use", Failure.IN_USE),
            new Words("is in use", Failure.IN_USE),
            new Words("is busy: ", Failure.IN_USE),
            new Words("need a root block node", Failure.IN_USE), // a job or an overlay is above it
            new Words("duplicate nodes with node-name", Failure.EXISTS_DIFFERENTLY),
            new Words("duplicate property", Failure.EXISTS_DIFFERENTLY),
            new Words("already in use", Failure.EXISTS_DIFFERENTLY),
            new Words("no such file or directory", Failure.NOT_FOUND),
            new Words("does not exist or access denied", Failure.NOT_FOUND),
            new Words("can't find snapshot", Failure.NOT_FOUND),
            new Words("failed to find node", Failure.NOT_FOUND),
            new Words("cannot find device", Failure.NOT_FOUND),
            new Words("job not found", Failure.NOT_FOUND),
            new Words("' not found", Failure.NOT_FOUND),
            new Words("no crypto library supporting", Failure.HOST_NOT_READY),
            new Words("requested export not available", Failure.NOT_FOUND),
            new Words("certificate does not match", Failure.BAD_CREDENTIALS),
            new Words("certificate is not trusted", Failure.BAD_CREDENTIALS),
            new Words("certificate hasn't got a known issuer", Failure.BAD_CREDENTIALS),
            new Words("certificate has been revoked", Failure.BAD_CREDENTIALS),
            new Words("connection refused", Failure.UNREACHABLE),
            new Words("connection reset by peer", Failure.UNREACHABLE),
            new Words("connection timed out", Failure.UNREACHABLE),
            new Words("no route to host", Failure.UNREACHABLE),
            new Words("network is unreachable", Failure.UNREACHABLE),
            new Words("address resolution failed", Failure.UNREACHABLE),
            new Words("cannot read from tls channel", Failure.UNREACHABLE),
            new Words("cannot initialize device-mapper", Failure.HOST_NOT_READY),
            new Words("permission denied", Failure.HOST_NOT_READY),
            new Words("operation not permitted", Failure.HOST_NOT_READY),
            new Words("read-only file system", Failure.HOST_NOT_READY),
            new Words("is not in qcow2 format", Failure.CORRUPT_DATA),
            new Words("invalid vmdk image descriptor", Failure.CORRUPT_DATA),
            new Words("too small, not a valid image", Failure.CORRUPT_DATA),
            new Words("invalid vpc image", Failure.CORRUPT_DATA),
            new Words("too small for a vhd header", Failure.CORRUPT_DATA),
            new Words("could not open '': invalid argument", Failure.CORRUPT_DATA), // a name was there; says VHDX
            new Words("not in vdi format", Failure.CORRUPT_DATA),
            new Words("unsupported vdi image size", Failure.CORRUPT_DATA),
            new Words("is not in luks format", Failure.CORRUPT_DATA),
            new Words("is not a valid luks device", Failure.CORRUPT_DATA),
            new Words("creates an infinite loop", Failure.CORRUPT_DATA),
            new Words("contain valid luks header", Failure.CORRUPT_DATA),
            new Words("cannot copy inconsistent bitmap", Failure.CORRUPT_DATA),
            new Words("image is corrupt", Failure.CORRUPT_DATA),
            new Words("image is marked corrupt", Failure.CORRUPT_DATA),
            new Words("no encryption in image header", Failure.CORRUPT_DATA),
            new Words("unknown file format", Failure.UNSUPPORTED),
            new Words("unknown driver", Failure.UNSUPPORTED),
            new Words("unknown protocol", Failure.UNSUPPORTED),
            new Words("cannot resize nbd nodes", Failure.UNSUPPORTED),
            new Words("does not support resize", Failure.UNSUPPORTED),
            new Words("does not support checks", Failure.UNSUPPORTED),
            new Words("does not support size measurement", Failure.UNSUPPORTED),
            new Words("unsupported preallocation mode", Failure.UNSUPPORTED),
            new Words("is not supported", Failure.UNSUPPORTED),
            new Words("key-secret' is required", Failure.INVALID_REQUEST),
            new Words("differs on device and backup", Failure.INVALID_REQUEST),
            new Words("invalid image size", Failure.INVALID_REQUEST),
            new Words("exceeds maximum", Failure.INVALID_REQUEST),
            new Words("image size is too large", Failure.INVALID_REQUEST),
            new Words("file too large", Failure.INVALID_REQUEST),
            new Words("cannot grow device files", Failure.INVALID_REQUEST),
            new Words("cannot resize device files", Failure.INVALID_REQUEST),
            new Words("tls negotiation required", Failure.INVALID_REQUEST),
            new Words("tls not configured", Failure.INVALID_REQUEST),
            new Words("to be either a character or block device", Failure.INVALID_REQUEST),
            new Words("to be a regular file", Failure.INVALID_REQUEST),
            new Words("is a directory", Failure.INVALID_REQUEST),
            new Words("different sizes", Failure.INVALID_REQUEST),
            new Words("mirror node into itself", Failure.INVALID_REQUEST),
            new Words("cannot accept command verb", Failure.INVALID_REQUEST),
            new Words("' is missing", Failure.INVALID_REQUEST),
            new Words("' is unexpected", Failure.INVALID_REQUEST),
            new Words("invalid parameter", Failure.INVALID_REQUEST),
            new Words("invalid job id", Failure.INVALID_REQUEST),
            new Words("invalid node-name", Failure.INVALID_REQUEST),
            new Words("in the backing chain of", Failure.INVALID_REQUEST),
            new Words("does not have a backing file", Failure.INVALID_REQUEST),
            new Words("all keyslots are in use", Failure.EXHAUSTED),
            new Words("cannot store dirty bitmaps in qcow2 v2", Failure.INVALID_REQUEST),
            new Words("is too small", Failure.INVALID_REQUEST));

    /** A text with fewer characters holds none of the words. */
    public static final int SHORTEST =
            WORDS.stream().mapToInt(words -> words.text.length()).min().orElseThrow();

    private KnownWords() {}

    /** Returns what the words stand for; {@code DEFECT} if they are not known. */
    public static Failure failure(String words) {
        String folded = words.toLowerCase(Locale.ROOT);
        return WORDS.stream()
                .filter(w -> folded.contains(w.text))
                .map(Words::failure)
                .findFirst()
                .orElse(Failure.DEFECT);
    }

    /** Returns whether the words say that the work was ended because somebody asked for it. */
    public static boolean sayCancelled(String words) {
        return words.equalsIgnoreCase("Operation canceled");
    }

    /** Returns whether what failed so, in these words, has changed nothing. */
    public static boolean neverBegan(Failure failure, String words) {
        return switch (failure) {
            case BAD_CREDENTIALS, IN_USE, NOT_FOUND, UNSUPPORTED, EXISTS_DIFFERENTLY -> true;
            case INVALID_REQUEST -> !words.toLowerCase(Locale.ROOT).contains("file too large"); // found by writing
            case OPERATION_PENDING, UNREACHABLE, TIMED_OUT, EXHAUSTED, HOST_NOT_READY, CORRUPT_DATA, DEFECT ->
                words.contains("Could not open");
        };
    }
}
