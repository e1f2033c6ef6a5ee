package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.Libc;
import io.hvkit.qemu.internal.luks.Luks1SlotWriter;
import io.hvkit.qemu.internal.luks.Luks1SlotWriter.Filling;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Adds a random key to an image without a program, where the header is understood: what qemu-img spends on measuring how slow a key
 * derivation should be is lost on such keys. All else is for qemu-img.
 */
final class OwnKeySlot {

    /** What cryptsetup and qemu make is 2 MiB. */
    private static final long LARGEST_HEADER = 16 << 20;

    private final HostFiles files;
    private final Image image;

    /** @param image encrypted, with a key that opens it */
    OwnKeySlot(HostFiles files, Image image) {
        this.files = files;
        this.image = image;
    }

    /**
     * Fills a free slot, if it can. Cut short at any moment, the image opens as before, and an equal call begins again.
     *
     * @return whether it did; if not, no byte was changed
     * @throws DriverException with {@code IN_USE} if a process holds the image
     */
    boolean fill(Secret added) throws InterruptedException {
        boolean suits = files instanceof LocalFiles
                && Libc.load().isPresent()
                && image.path().isPresent()
                && added.strength() == Secret.Strength.RANDOM;
        if (!suits) {
            return false;
        }
        Path path = LocalFiles.linkTarget(image.requirePath());
        ImageLock lock;
        try {
            lock = ImageLock.take(path);
        } catch (DriverException e) {
            if (e.failure() == Failure.IN_USE) {
                throw e;
            }
            return false; // it cannot be locked here; qemu-img may say more
        }
        try (lock) {
            return fillLocked(path, added);
        }
    }

    private boolean fillLocked(Path path, Secret added) throws InterruptedException {
        Optional<LuksHeader> header = LuksHeader.read(files, path);
        if (header.isEmpty() || OwnCopyRules.obstacle(header.get()).isPresent()) {
            return false;
        }
        LuksHeaderReader.Place place = LuksHeaderReader.of(files, path).place().orElseThrow();
        long own = Math.min(place.room(), header.get().payloadOffset().bytes());
        if (own > LARGEST_HEADER) {
            return false;
        }
        byte[] before = files.read(path, place.offset(), (int) own);
        Luks1SlotWriter writer = new Luks1SlotWriter(before);
        Secret existing = image.key().orElseThrow();
        Optional<Filling> filling = existing.<Optional<Filling>, RuntimeException>withArray(
                mine -> added.<Optional<Filling>, RuntimeException>withArray(other -> writer.fill(mine, other)));
        if (filling.isEmpty()) {
            return false;
        }
        write(path, place.offset(), filling.get());
        return true;
    }

    private void write(Path path, long offset, Filling filling) {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            put(file, offset + filling.materialAt(), filling.material());
            put(file, offset + filling.fieldsAt(), filling.fields());
            put(file, offset + filling.stateAt(), filling.state());
        } catch (IOException e) {
            throw Complaint.of("cannot add a key to " + image, e, Effect.UNKNOWN);
        }
    }

    /** Each is on the disk before the next. */
    private static void put(RandomAccessFile file, long at, ByteBuffer bytes) throws IOException {
        file.seek(at);
        byte[] array = new byte[bytes.remaining()];
        bytes.duplicate().get(array);
        file.write(array);
        file.getFD().sync();
    }
}
