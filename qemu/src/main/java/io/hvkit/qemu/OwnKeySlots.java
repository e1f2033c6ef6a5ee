package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import io.hvkit.qemu.internal.Libc;
import io.hvkit.qemu.internal.luks.Luks1SlotEraser;
import io.hvkit.qemu.internal.luks.Luks1SlotEraser.Erasing;
import io.hvkit.qemu.internal.luks.Luks1SlotWriter;
import io.hvkit.qemu.internal.luks.Luks1SlotWriter.Filling;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Adds, tries and erases keys of an image without a program, where the header is understood: what qemu-img spends on measuring how slow
 * a key derivation should be is lost on random keys, and each of its runs costs more than the work. All else is for qemu-img.
 *
 * <p>Whatever changes something does so with the image locked, and throws {@code IN_USE} if a process holds it.
 */
final class OwnKeySlots {

    private final HostFiles files;
    private final Image image;

    /** @param image encrypted, with a key that opens it */
    OwnKeySlots(HostFiles files, Image image) {
        this.files = files;
        this.image = image;
    }

    /** Returns whether a key opens the image; nothing if that is not to be told here. A process may be using the image. */
    Optional<Boolean> opens(Secret key) throws InterruptedException {
        return look().map(found -> !found.openedBy(key).isEmpty());
    }

    /** Returns whether a key is known to open no slot, and none is half erased. A process may be using the image. */
    boolean lacks(Secret key) throws InterruptedException {
        return look().filter(found -> found.openedBy(key).isEmpty()
                        && new Luks1SlotEraser(found.bytes()).unfinished().isEmpty())
                .isPresent();
    }

    private Optional<OwnHeader> look() throws InterruptedException {
        if (!isHere()) {
            return Optional.empty();
        }
        try {
            return OwnHeader.read(files, LocalFiles.linkTarget(image.requirePath()));
        } catch (DriverException e) {
            return Optional.empty(); // qemu-img says what is wrong with it
        }
    }

    /**
     * Fills a free slot, if it can. Cut short at any moment, the image opens as before, and an equal call begins again.
     *
     * @return whether it did; if not, no byte was changed
     */
    boolean fill(Secret added) throws InterruptedException {
        return added.strength() == Secret.Strength.RANDOM
                && underLock(path -> OwnHeader.read(files, path).flatMap(header -> fill(header, added)))
                        .isPresent();
    }

    /**
     * Erases every slot that a key opens, and what an earlier call began to erase; never one that the image's own key opens alone. Cut
     * short at any moment, the image's own key opens it, and an equal call goes on.
     *
     * @return the slots that were erased; nothing if that is not to be done here, and no byte was changed
     */
    Optional<SortedSet<Integer>> erase(Secret removed) throws InterruptedException {
        return underLock(
                path -> OwnHeader.read(files, path).flatMap(header -> erase(header, header.openedBy(removed))));
    }

    /** Erases a slot that is taken, whoever has the key, as {@link #erase(Secret)} does. */
    Optional<SortedSet<Integer>> erase(int slot) throws InterruptedException {
        return underLock(path ->
                OwnHeader.read(files, path).flatMap(header -> erase(header, new TreeSet<>(List.of(slot)))));
    }

    /** Fills a free slot of a header that was read under the image's lock. */
    Optional<Integer> fill(OwnHeader header, Secret added) {
        Luks1SlotWriter writer = new Luks1SlotWriter(header.bytes());
        Optional<Filling> filling = own().<Optional<Filling>, RuntimeException>withArray(mine ->
                added.<Optional<Filling>, RuntimeException>withArray(other -> writer.fill(mine, other)));
        filling.ifPresent(what -> {
            header.put(what.materialAt(), what.material());
            header.put(what.fieldsAt(), what.fields());
            header.put(what.stateAt(), what.state());
        });
        return filling.map(Filling::slot);
    }

    /** Erases slots of a header that was read under the image's lock. */
    Optional<SortedSet<Integer>> erase(OwnHeader header, SortedSet<Integer> doomed) {
        Luks1SlotEraser eraser = new Luks1SlotEraser(header.bytes());
        SortedSet<Integer> all = eraser.unfinished();
        all.addAll(doomed);
        Optional<List<Erasing>> erasings =
                own().<Optional<List<Erasing>>, RuntimeException>withArray(mine -> eraser.erase(all, mine));
        erasings.ifPresent(each -> each.stream()
                .flatMap(erasing -> erasing.patches().stream())
                .forEach(patch -> header.put(patch.at(), patch.bytes())));
        return erasings.map(done -> all);
    }

    private Secret own() {
        return image.key().orElseThrow();
    }

    private boolean isHere() {
        return files instanceof LocalFiles
                && Libc.load().isPresent()
                && image.path().isPresent();
    }

    private interface Work<R> {
        Optional<R> at(Path path) throws InterruptedException;
    }

    private <R> Optional<R> underLock(Work<R> work) throws InterruptedException {
        if (!isHere()) {
            return Optional.empty();
        }
        Path path = LocalFiles.linkTarget(image.requirePath());
        ImageLock lock;
        try {
            lock = ImageLock.take(path);
        } catch (DriverException e) {
            if (e.failure() == Failure.IN_USE) {
                throw e;
            }
            return Optional.empty(); // it cannot be locked here; qemu-img may say more
        }
        try (lock) {
            return work.at(path);
        }
    }
}
