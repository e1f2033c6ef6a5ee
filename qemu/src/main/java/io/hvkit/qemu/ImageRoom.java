package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Prepares a file for growth that takes its room at once, so that growth which is ended can be asked for again: qemu-img sets the
 * new size of a raw file before it writes, and stumbles over what an ended growth left in a qcow2 image.
 */
final class ImageRoom {

    private static final String PACKAGES = "util-linux";
    private static final String ABORTED = "exit 134";

    private final QemuImgProgram program;
    private final ImageCheck check;

    ImageRoom(QemuImgProgram program) {
        this.program = program;
        this.check = new ImageCheck(program, Sharing.ALONE);
    }

    /** Reserves what an image lacks, to grow by {@code more}. */
    void prepare(Image image, ByteSize more) throws InterruptedException {
        Optional<Path> path = image.path();
        if (path.isEmpty()) {
            return;
        }
        boolean tables = image.format() == ImageFormat.QCOW2;
        long used = tables ? endOf(image) : 0;
        FileStatus file = program.files().status(path.get());
        if (file.kind() != FileStatus.Kind.REGULAR_FILE) {
            return;
        }
        long length = file.size().bytes();
        if (!tables) {
            reserve(image, path.get(), length, more.bytes());
        } else if (used < length) {
            reserve(image, path.get(), used, length - used); // qemu-img takes what lies within the file for reserved
        }
    }

    /**
     * Makes a qcow2 file long enough to hold what ended growth may have counted behind its end, where no check looks.
     *
     * @param failure how growth ended
     * @return whether that was done, since qemu-img stumbled over such clusters
     */
    boolean uncovers(Image image, ByteSize more, DriverException failure) throws InterruptedException {
        Optional<Path> path = image.path();
        if (image.format() != ImageFormat.QCOW2
                || path.isEmpty()
                || failure.vendorCode().filter(ABORTED::equals).isEmpty()) {
            return false;
        }
        // No longer than qemu-img makes it: it reserves nothing where it would have to cut.
        CommandResult result = program.runner()
                .run(Command.of(
                        "truncate", "--size=+" + more.bytes(), path.get().toString()));
        if (!result.succeeded()) {
            throw Complaint.of("cannot look behind the end of " + image, result, Effect.UNKNOWN, path.get());
        }
        return true;
    }

    /** Returns where the last cluster in use ends, once none is counted that is not. */
    private long endOf(Image image) throws InterruptedException {
        RepairResult leaks = check.repair(image, Repair.LEAKS);
        if (leaks.after().verdict() == CheckResult.Verdict.CORRUPT) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is corrupt, and what is reserved might be in use; repair it before it grows", image);
        }
        return check.end(image).bytes();
    }

    /** Has the file system reserve a part of a file, or what lies behind it, without a change of size or content. */
    private void reserve(Image image, Path path, long offset, long length) throws InterruptedException {
        CommandResult result = program.runner()
                .run(Command.of(
                                "fallocate",
                                "--keep-size",
                                "--offset",
                                Long.toString(offset),
                                "--length",
                                Long.toString(length),
                                path.toString())
                        .providedBy(PACKAGES)
                        .untilDone());
        // A file system that cannot reserve is written to by qemu-img.
        if (!result.succeeded() && !result.errors().contains("not supported")) {
            throw Complaint.of("no room is reserved for " + image, result, Effect.UNKNOWN, path);
        }
    }
}
