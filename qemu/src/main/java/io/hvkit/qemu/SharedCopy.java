package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.qemu.internal.Libc;
import io.hvkit.qemu.internal.copy.FileSharing;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Optional;

/** Copies by letting the file system share what the source holds: raw into new raw files, byte for byte. */
final class SharedCopy {

    private final QemuImgProgram program;
    private final ConvertRequest request;

    SharedCopy(QemuImgProgram program, ConvertRequest request) {
        this.program = program;
        this.request = request;
    }

    /** Fills a target that was just made; returns why not, in which case it is as it was. */
    Optional<String> fill(Image made, ByteSize size) throws InterruptedException {
        Optional<String> obstacle = request.engine()
                        .filter(engine -> engine != CopyEngine.FILE_SYSTEM)
                        .isPresent()
                ? Optional.of("another way was asked for")
                : obstacle(made, size).or(() -> share(made, size));
        obstacle.ifPresent(this::refuseIfMeant);
        return obstacle;
    }

    /** Refuses a target that exists, if nothing but sharing will do. */
    void refuseExisting() {
        refuseIfMeant("what is at the target exists already");
    }

    private void refuseIfMeant(String obstacle) {
        if (request.engine().filter(CopyEngine.FILE_SYSTEM::equals).isPresent()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "%s cannot be copied by the file system: %s; leave out by(CopyEngine.FILE_SYSTEM), and it is read"
                                    + " and written",
                            request, obstacle);
        }
    }

    private Optional<String> obstacle(Image made, ByteSize size) throws InterruptedException {
        Image source = request.source();
        boolean raw = source.format() == ImageFormat.RAW && request.target().format() == ImageFormat.RAW;
        boolean thick = request.making().preallocation() != Preallocation.OFF
                || request.profile().sparseSize().filter(ByteSize.ZERO::equals).isPresent();
        if (!raw
                || thick
                || request.sources().size() != 1
                || request.salvages()
                || source.path().isEmpty()) {
            return Optional.of("the copy is not the same bytes as one raw file");
        }
        if (!(program.files() instanceof LocalFiles) || Libc.load().isEmpty()) {
            return Optional.of("the files are on another host, or this JVM loads no native code");
        }
        FileStatus there = program.files().status(source.requirePath());
        boolean same = there.size().equals(size)
                && program.files().status(made.requirePath()).size().equals(size);
        return there.kind() == FileStatus.Kind.REGULAR_FILE && same
                ? Optional.empty()
                : Optional.of("the source is no file of the copy's size");
    }

    private Optional<String> share(Image made, ByteSize size) {
        Path source = LocalFiles.linkTarget(request.source().requirePath());
        ImageLock lock;
        try {
            lock = ImageLock.takeForReading(source);
        } catch (DriverException e) {
            if (e.failure() == Failure.IN_USE) {
                throw e;
            }
            return Optional.of("the source cannot be locked here: " + e.getMessage());
        }
        try (lock;
                RandomAccessFile file = new RandomAccessFile(made.requirePath().toFile(), "rw")) {
            Optional<String> obstacle = FileSharing.share(Libc.load().orElseThrow(), source, made.requirePath());
            if (obstacle.isEmpty() && file.length() != size.bytes()) {
                throw DriverException.because(Failure.IN_USE)
                        .message("%s changed its size while it was copied", source);
            }
            if (obstacle.isEmpty()) {
                file.getFD().sync();
            }
            return obstacle;
        } catch (IOException e) {
            throw Complaint.of("cannot copy " + request, e, Effect.UNKNOWN);
        }
    }
}
