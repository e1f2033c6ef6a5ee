package io.hvkit.qemu.download;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import io.hvkit.qemu.FileStatus;
import io.hvkit.qemu.HostFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file that is not there until it is whole. */
record FileTarget(Path path) implements Target {

    @Override
    public Path staging() {
        return Optional.ofNullable(path.getParent()).orElse(path);
    }

    @Override
    public Optional<ByteSize> held(Sha256 digest, PartialDownload.Reading listener)
            throws IOException, InterruptedException {
        FileStatus status = HostFiles.local().status(path);
        if (status.isFree()) {
            return Optional.empty();
        }
        if (status.kind() == FileStatus.Kind.REGULAR_FILE
                && Digests.ofStart(path, Long.MAX_VALUE, listener).equals(digest)) {
            return Optional.of(HostFiles.local().status(path).size());
        }
        throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                .message(
                        "%s is there and is not the image with digest %s; remove it, or name another target",
                        path, digest);
    }

    @Override
    public boolean holds(Sha256 digest, ByteSize size, long more, PartialDownload.Reading listener) throws IOException {
        long room = Files.getFileStore(staging()).getUsableSpace();
        if (room < more) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .message(
                            "%s has room for %s, and %s are still to come; make room",
                            staging(), ByteSize.bytes(room), ByteSize.bytes(more));
        }
        return false;
    }

    @Override
    public void take(PartialDownload image, Sha256 digest, PartialDownload.Reading listener)
            throws IOException, InterruptedException {
        image.settle();
        try {
            HostFiles.local().publish(image.path(), path);
        } catch (DriverException e) {
            if (e.failure() != Failure.EXISTS_DIFFERENTLY
                    || held(digest, listener).isEmpty()) {
                throw e;
            } // somebody else brought the same image
        }
    }
}
