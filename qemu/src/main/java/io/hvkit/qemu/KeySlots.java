package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The key slots of one LUKS or encrypted qcow2 image that no process holds. Each slot opens the same disk with a key of its own, so
 * keys are changed without writing the disk again: add the new one, keep it, then remove the old one. Immutable and safe for any
 * number of threads.
 *
 * <p>Every change needs the image's own key, which opens the image before, in the middle and afterwards: no call removes it. After
 * each change the header is read back.
 *
 * <p>Failures: {@code BAD_CREDENTIALS} if the image's key does not open it, with no byte changed; {@code INVALID_REQUEST} if the
 * image has no key; {@code DEFECT} if qemu-img reports success and the header does not show it.
 */
public final class KeySlots {

    private static final int SLOTS = 8;
    private static final int TRIES = 8;

    private final QemuImgProgram program;
    private final Image image;

    KeySlots(QemuImgProgram program, Image image) {
        this.program = program;
        this.image = image.overNothing();
        if (!image.encrypts()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s is encrypted, and this needs its key; say unlockedBy(key)", image);
        }
    }

    /** Returns the numbers of the slots that hold a key. */
    public SortedSet<Integer> active() throws InterruptedException {
        return LuksHeader.read(program.files(), image.requirePath())
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s has no LUKS header", image))
                .activeKeySlots();
    }

    /**
     * Adds a key in a free slot; does nothing if {@code key} opens the image already. A random key gets a cheap key derivation, and its
     * slot is written here, in milliseconds, where the header is of the usual kind; any other gets qemu's own, which takes seconds.
     *
     * <p>Failures: {@code EXHAUSTED} if no slot is free.
     */
    public void add(Secret key) throws InterruptedException {
        requireUnlocked();
        Image added = image.unlockedBy(key);
        ImageUnlocking unlocking = new ImageUnlocking(program);
        if (unlocking.unlocks(added)) {
            return;
        }
        SortedSet<Integer> before = active();
        SortedSet<Integer> after = new OwnKeySlot(program.files(), image).fill(key)
                ? Afterwards.look(this::active)
                : amend(
                        added,
                        keys -> join(prefixed("state") + "=active", secret("new-secret", keys, added), cheap(key)));
        if (after.size() != before.size() + 1
                || !after.containsAll(before)
                || !Afterwards.look(() -> unlocking.unlocks(added))) {
            throw contradicted("a key was to be added", before, after);
        }
    }

    /**
     * Erases every slot that {@code key} opens; does nothing if it opens none.
     *
     * <p>Failures: {@code INVALID_REQUEST} if it is the image's own key, which is to open it afterwards; nothing is changed.
     */
    public void remove(Secret key) throws InterruptedException {
        if (requireOwnKey().matches(key)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the key to be removed is the one that is to open %s afterwards; say which other key does with"
                                    + " unlockedBy",
                            image);
        }
        requireUnlocked();
        Image removed = image.unlockedBy(key);
        ImageUnlocking unlocking = new ImageUnlocking(program);
        if (!unlocking.unlocks(removed)) {
            return;
        }
        SortedSet<Integer> before = active();
        SortedSet<Integer> after =
                amend(removed, keys -> join(prefixed("state") + "=inactive", secret("old-secret", keys, removed)));
        if (after.size() >= before.size()
                || !before.containsAll(after)
                || !Afterwards.look(() -> unlocking.unlocks(image))) {
            throw contradicted("a key was to be removed", before, after);
        }
    }

    /**
     * Erases the key in one slot, whoever has it; does nothing if the slot is free. The image's own key is put into another slot
     * first, since nothing tells which slot it opens, and stays there.
     *
     * <p>Failures: {@code INVALID_REQUEST} if there is no such slot, {@code EXHAUSTED} if no slot is free.
     *
     * @param slot its number, from 0
     */
    public void removeSlot(int slot) throws InterruptedException {
        if (slot < 0 || slot >= SLOTS) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("there is no key slot %s; they are numbered from 0 to %s", slot, SLOTS - 1);
        }
        requireUnlocked();
        SortedSet<Integer> before = active();
        if (!before.contains(slot)) {
            return;
        }
        int free = IntStream.range(0, SLOTS)
                .filter(i -> !before.contains(i))
                .findFirst()
                .orElseThrow(() -> DriverException.because(Failure.EXHAUSTED)
                        .message("all %s key slots of %s are taken; remove a key by itself", SLOTS, image));
        SortedSet<Integer> between = amend(
                image,
                keys -> join(
                        prefixed("state") + "=active",
                        prefixed("keyslot") + "=" + free,
                        secret("new-secret", keys, image),
                        cheap(requireOwnKey())));
        if (between.contains(free) && between.containsAll(before)) {
            SortedSet<Integer> after = Afterwards.look(() ->
                    amend(image, keys -> join(prefixed("state") + "=inactive", prefixed("keyslot") + "=" + slot)));
            if (after.contains(slot)
                    || !after.contains(free)
                    || !Afterwards.look(() -> new ImageUnlocking(program).unlocks(image))) {
                throw contradicted("slot " + slot + " was to be erased", between, after);
            }
        } else {
            throw contradicted("slot " + free + " was to be filled", before, between);
        }
    }

    /** Changes slots and returns those that are active then. */
    private SortedSet<Integer> amend(Image other, Function<QemuKeys, String> options) throws InterruptedException {
        SortedSet<Integer> before = active();
        ImageCommand command = ImageCommand.of(program, "amend", image, other);
        ImageCommand.Arguments arguments =
                keys -> List.of("-q", "-o", options.apply(keys), "--image-opts", keys.open(image));
        CommandResult result = command.attempt(arguments);
        for (int tries = 1; tries < TRIES && Complaint.isUnluckyBenchmark(result); tries++) {
            result = command.attempt(arguments);
        }
        if (!result.succeeded()) {
            // The slots are looked at, since words alone do not tell how far it came.
            SortedSet<Integer> now = Afterwards.look(this::active);
            throw command.complaint(result, now.equals(before) ? Effect.NOT_APPLIED : Effect.UNKNOWN);
        }
        return Afterwards.look(this::active);
    }

    private void requireUnlocked() throws InterruptedException {
        requireOwnKey();
        if (!new ImageUnlocking(program).unlocks(image)) {
            throw DriverException.because(Failure.BAD_CREDENTIALS).message("the key of %s does not open it", image);
        }
    }

    private Secret requireOwnKey() {
        return image.key()
                .orElseThrow(() -> DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s is encrypted, and this needs its key; say unlockedBy(key)", image));
    }

    private String secret(String option, QemuKeys keys, Image holder) {
        return prefixed(option) + "=" + keys.idOf(holder).orElseThrow();
    }

    private String prefixed(String option) {
        return switch (image.format()) {
            case QCOW2 -> "encrypt." + option;
            case LUKS, RAW, VMDK, VHD, VHDX, VDI -> option;
        };
    }

    private String cheap(Secret key) {
        return key.strength() == Secret.Strength.RANDOM ? prefixed("iter-time") + "=10" : ""; // milliseconds
    }

    private static String join(String... options) {
        List<String> said = new ArrayList<>(List.of(options));
        said.removeIf(String::isEmpty);
        return String.join(",", said);
    }

    private DriverException contradicted(String deed, SortedSet<Integer> before, SortedSet<Integer> after) {
        return DriverException.because(Failure.DEFECT)
                .message(
                        "%s: %s, and of the slots %s these are active now: %s",
                        image, deed, before, new TreeSet<>(after));
    }
}
