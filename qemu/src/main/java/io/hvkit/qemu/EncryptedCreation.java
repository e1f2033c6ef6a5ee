package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.Meanwhile;
import io.hvkit.qemu.internal.luks.Luks1HeaderWriter;
import io.hvkit.qemu.internal.luks.Luks1Trial;
import io.hvkit.qemu.internal.qcow2.EmptyQcow2;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Makes encrypted images without a program, where the key is random and all else usual: what a program spends on measuring how
 * slow a key derivation should be is lost on such keys. All other images are for qemu-img.
 */
final class EncryptedCreation {

    private final CreateRequest request;
    private final Secret key;
    private final Path path;
    private final Effect doubt;

    /**
     * @param request one that this suits
     * @param doubt what is left of an attempt that fails half-way
     */
    EncryptedCreation(CreateRequest request, Effect doubt) {
        this.request = request;
        this.key = request.target().key().orElseThrow();
        this.path = request.target().requirePath();
        this.doubt = doubt;
    }

    static boolean suits(HostFiles files, CreateRequest request) {
        return files instanceof LocalFiles
                && request.target()
                        .key()
                        .filter(key -> key.strength() == Secret.Strength.RANDOM)
                        .isPresent()
                && request.cipher() == LuksCipher.AES_256_XTS
                && request.hash().orElse(LuksHash.SHA256) == LuksHash.SHA256
                && request.preallocation() == Preallocation.OFF
                && hasUsualLayout(request);
    }

    private static boolean hasUsualLayout(CreateRequest request) {
        long size = request.size().orElseThrow().bytes();
        if (request.target().format() == ImageFormat.LUKS) {
            return size <= Long.MAX_VALUE - Luks1HeaderWriter.PAYLOAD_OFFSET;
        }
        Qcow2Layout layout = qcow2Layout(request);
        return layout.equals(Qcow2Layout.standard().withClusterSize(layout.clusterSize()))
                && EmptyQcow2.suits(size, layout.clusterSize().bytes());
    }

    private static Qcow2Layout qcow2Layout(CreateRequest request) {
        return request.layout()
                .filter(Qcow2Layout.class::isInstance)
                .map(Qcow2Layout.class::cast)
                .orElseGet(Qcow2Layout::standard);
    }

    /** Writes it where it is said to be, and proves by what can be read there that its key opens it. */
    void run(HostFiles files) throws InterruptedException {
        Content content = content(key.withArray(bytes -> ByteBuffer.wrap(new Luks1HeaderWriter().header(bytes))));
        if (files.status(path).kind() == FileStatus.Kind.BLOCK_DEVICE) {
            ImageLock lock = ImageLock.take(LocalFiles.linkTarget(path));
            try {
                write(content, file -> file.getChannel().force(true));
            } finally {
                lock.close();
            }
        } else {
            write(content, file -> file.setLength(content.length));
        }
    }

    /**
     * What is written.
     *
     * @param luks the LUKS header
     * @param luksOffset where it is
     * @param first the start, without which the rest is nothing to anybody
     * @param rest what follows on it
     * @param length how long a file is to be
     */
    private record Content(ByteBuffer luks, long luksOffset, ByteBuffer first, ByteBuffer rest, long length) {}

    private Content content(ByteBuffer luks) {
        ByteSize size = request.size().orElseThrow();
        if (request.target().format() == ImageFormat.LUKS) {
            int fields = Luks1HeaderWriter.FIELDS_BYTES;
            return new Content(
                    luks,
                    0,
                    luks.slice(0, fields),
                    luks.slice(fields, luks.limit() - fields),
                    Luks1HeaderWriter.PAYLOAD_OFFSET + size.bytes());
        }
        EmptyQcow2 qcow2 = EmptyQcow2.of(
                size.bytes(),
                qcow2Layout(request).clusterSize().bytes(),
                Luks1HeaderWriter.PAYLOAD_OFFSET,
                request.target().backing().map(this::named));
        byte[] tables = qcow2.tables();
        ByteBuffer rest =
                ByteBuffer.allocate(tables.length + luks.limit()).put(tables).put(luks.duplicate());
        return new Content(luks, qcow2.luksOffset(), ByteBuffer.wrap(qcow2.header()), rest.flip(), qcow2.length());
    }

    private EmptyQcow2.Backing named(Image backing) {
        String name = Overlay.name(request.target(), backing, request.backingName());
        return new EmptyQcow2.Backing(name, ImagePath.names(), backing.format().qemuName());
    }

    /** What is done to the file between its rest and its start. */
    @FunctionalInterface
    private interface Middle {
        void on(RandomAccessFile file) throws IOException;
    }

    /** Writes the start last, so that nothing that was cut off passes for an image. It is read back while it goes to the disk. */
    private void write(Content content, Middle middle) throws InterruptedException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            FileChannel channel = file.getChannel(); // closed by an interruption, unlike the file itself
            put(channel, content.first.limit(), content.rest);
            middle.on(file);
            put(channel, 0, content.first);
            try (Meanwhile<Boolean> sound = Meanwhile.begin(() -> isSound(content))) {
                channel.force(true);
                require(sound.result());
            }
        } catch (ClosedByInterruptException e) {
            Thread.interrupted(); // what is thrown says it now
            InterruptedException interrupted = new InterruptedException("interrupted while " + path + " was made");
            interrupted.initCause(e);
            throw interrupted;
        } catch (IOException e) {
            throw Complaint.of("cannot make " + request.target(), e, doubt);
        }
    }

    private static void put(FileChannel channel, long at, ByteBuffer bytes) throws IOException {
        ByteBuffer buffer = bytes.duplicate();
        while (buffer.hasRemaining()) {
            channel.write(buffer, at + buffer.position());
        }
    }

    /** Returns whether what can be read there is what was written, and opens with the key. */
    private boolean isSound(Content content) {
        byte[] written = new LocalFiles().read(path, content.luksOffset, content.luks.limit());
        return ByteBuffer.wrap(written).equals(content.luks)
                && key.<Boolean, RuntimeException>withArray(bytes -> Luks1Trial.opens(written, bytes));
    }

    private void require(boolean sound) {
        if (!sound) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(doubt)
                    .message("%s was made, and what is read there is not what was written", request.target());
        }
    }
}
