package io.hvkit.qemu.download;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import io.hvkit.qemu.FileStatus;
import io.hvkit.qemu.HostFiles;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * A block device, which cannot be replaced in one step. It is written only where it holds nothing but zeroes, and only when the
 * image is whole; a copy that was broken off is told by what it left, zeroes and parts of the image, and ended by the next call.
 *
 * @param staging where the image is gathered
 */
record DeviceTarget(Path path, Path staging) implements Target {

    private static final int BLOCK = 65_536;

    @Override
    public Optional<ByteSize> held(Sha256 digest, PartialDownload.Reading listener) throws InterruptedException {
        status();
        return Optional.empty(); // a device does not say how much of it is the image
    }

    @Override
    public boolean holds(Sha256 digest, ByteSize size, long more, PartialDownload.Reading listener)
            throws IOException, InterruptedException {
        requireRoom(size);
        return Digests.ofStart(path, size.bytes(), listener).equals(digest)
                || new FileTarget(staging.resolve("image")).holds(digest, size, more, listener);
    }

    @Override
    public void take(PartialDownload image, Sha256 digest, PartialDownload.Reading listener)
            throws IOException, InterruptedException {
        requireRoom(image.size());
        try (RandomAccessFile from = new RandomAccessFile(image.path().toFile(), "r");
                RandomAccessFile device = new RandomAccessFile(path.toFile(), "rw")) {
            requireEmpty(from, device, image.length(), listener);
            try {
                copy(from, device, image.length(), listener);
                device.getFD().sync();
            } catch (IOException e) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .effect(Effect.UNKNOWN)
                        .causedBy(e)
                        .message(
                                "%s holds a part of the image and could not be written to the end: %s; call again",
                                path, e);
            }
        }
    }

    private void requireEmpty(
            RandomAccessFile from, RandomAccessFile device, long length, PartialDownload.Reading listener)
            throws IOException, InterruptedException {
        byte[] wanted = new byte[BLOCK];
        byte[] there = new byte[BLOCK];
        byte[] zeroes = new byte[BLOCK];
        for (long at = 0; at < length; at += BLOCK) {
            int count = read(from, at, length, wanted);
            read(device, at, length, there);
            if (!Arrays.equals(wanted, 0, count, there, 0, count)
                    && !Arrays.equals(zeroes, 0, count, there, 0, count)) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "%s holds something else, within the %d bytes from %d on; name another device, or fill this one"
                                        + " with zeroes if nothing in it is wanted",
                                path, count, at);
            }
            listener.read(at + count);
        }
    }

    private static void copy(
            RandomAccessFile from, RandomAccessFile device, long length, PartialDownload.Reading listener)
            throws IOException, InterruptedException {
        byte[] wanted = new byte[BLOCK];
        byte[] there = new byte[BLOCK];
        for (long at = 0; at < length; at += BLOCK) {
            int count = read(from, at, length, wanted);
            read(device, at, length, there);
            if (!Arrays.equals(wanted, 0, count, there, 0, count)) {
                device.seek(at);
                device.write(wanted, 0, count);
            }
            listener.read(at + count);
        }
    }

    private static int read(RandomAccessFile file, long at, long length, byte[] buffer) throws IOException {
        int count = (int) Math.min(buffer.length, length - at);
        file.seek(at);
        try {
            file.readFully(buffer, 0, count);
        } catch (EOFException e) {
            throw new IOException("it ends before byte " + (at + count), e);
        }
        return count;
    }

    private void requireRoom(ByteSize size) throws InterruptedException {
        ByteSize room = status().size();
        if (room.compareTo(size) < 0) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .message("device %s has %s, and the image %s; take a larger one", path, room, size);
        }
    }

    private FileStatus status() throws InterruptedException {
        FileStatus status = HostFiles.local().status(path);
        if (status.isFree() || status.kind() == FileStatus.Kind.BROKEN_LINK) {
            throw DriverException.because(Failure.NOT_FOUND).message("there is no device %s", path);
        }
        if (status.kind() != FileStatus.Kind.BLOCK_DEVICE) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is no block device; name a file as Attachment.ImageFile", path);
        }
        return status;
    }
}
