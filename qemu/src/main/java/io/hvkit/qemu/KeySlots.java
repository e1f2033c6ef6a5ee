package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The key slots of one LUKS or encrypted qcow2 image that no process holds. Each slot opens the same disk with a key of its own, so
 * keys are changed without writing the disk again: add the new one, keep it, then remove the old one. Immutable and safe for any
 * number of threads.
 *
 * <p>Every change needs the image's own key, which opens the image before, in the middle and afterwards: no call but {@link #change}
 * removes it. After each change the header is read back, and qemu opens the image.
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
     * <p>Failures: {@code EXHAUSTED} if no slot is free; {@code IN_USE} if a process holds the image.
     */
    public void add(Secret key) throws InterruptedException {
        requireUnlocked();
        Image added = image.unlockedBy(key);
        if (opens(key)) {
            return;
        }
        SortedSet<Integer> before = active();
        SortedSet<Integer> after = own().fill(key)
                ? Afterwards.look(this::active)
                : amend(
                        added,
                        keys -> join(prefixed("state") + "=active", secret("new-secret", keys, added), cheap(key)));
        if (after.size() != before.size() + 1
                || !after.containsAll(before)
                || !Afterwards.look(() -> new ImageUnlocking(program).unlocks(added))) {
            throw contradicted("a key was to be added", before, after);
        }
    }

    /**
     * Erases every slot that {@code key} opens, its key material included; does nothing if it opens none. Where the header is of the usual
     * kind this takes milliseconds, and is cut short at no moment at which the image's own key does not open it; an equal call goes on.
     *
     * <p>Failures: {@code INVALID_REQUEST} if it is the image's own key, which is to open it afterwards, with nothing changed; {@code
     * IN_USE} if a process holds the image.
     */
    public void remove(Secret key) throws InterruptedException {
        if (requireOwnKey().matches(key)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the key to be removed is the one that is to open %s afterwards; say which other key does with"
                                    + " unlockedBy",
                            image);
        }
        Image removed = image.unlockedBy(key);
        requireUnlocked();
        if (own().lacks(key)) {
            return; // a process may hold the image by now
        }
        SortedSet<Integer> before = active();
        Optional<SortedSet<Integer>> erased = own().erase(key);
        if (erased.isPresent()) {
            requireErased("a key was to be removed", before, erased.get());
            return;
        }
        if (!new ImageUnlocking(program).unlocks(removed)) {
            return;
        }
        SortedSet<Integer> after =
                amend(removed, keys -> join(prefixed("state") + "=inactive", secret("old-secret", keys, removed)));
        if (after.size() >= before.size() || !before.containsAll(after) || !stillUnlocks()) {
            throw contradicted("a key was to be removed", before, after);
        }
    }

    /**
     * Puts a key in place of the image's own: adds it, tries it, and erases every slot that the image's own key opens. Store {@code next}
     * where it is safe first: afterwards nothing else opens the image. Cut short at any moment, one of the two opens it, and an equal
     * call goes on. Does nothing if the image's own key opens it no longer and {@code next} does.
     *
     * <p>Failures: {@code BAD_CREDENTIALS} if neither opens it, {@code INVALID_REQUEST} if both are the same, {@code EXHAUSTED} if no slot is
     * free, {@code IN_USE} if a process holds the image; nothing is changed in any of these, except if a process takes the image in the
     * middle: then both open it.
     */
    public void change(Secret next) throws InterruptedException {
        Secret old = requireOwnKey();
        if (old.matches(next)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the old and the new key of %s are the same", image);
        }
        if (opens(old)) {
            add(next);
        } else if (!opens(next)) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .message("neither the old nor the new key opens %s", image);
        }
        KeySlots later = new KeySlots(program, image.unlockedBy(next));
        Afterwards.run(() -> later.remove(old));
    }

    /**
     * Erases the key in one slot, whoever has it; does nothing if the slot is free. If the image's own key opens no other slot, or
     * nothing tells which it opens, it is put into another slot first, and stays there.
     *
     * <p>Failures: {@code INVALID_REQUEST} if there is no such slot, {@code EXHAUSTED} if another one is needed and none is free, {@code
     * IN_USE} if a process holds the image.
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
        Optional<SortedSet<Integer>> erased = own().erase(slot);
        if (erased.isPresent()) {
            requireErased("slot " + slot + " was to be erased", before, erased.get());
        } else {
            amendSlot(slot, before);
        }
    }

    /** Puts the image's own key elsewhere, and erases a slot then: qemu-img does not tell which slot a key opens. */
    private void amendSlot(int slot, SortedSet<Integer> before) throws InterruptedException {
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
            if (after.contains(slot) || !after.contains(free) || !stillUnlocks()) {
                throw contradicted("slot " + slot + " was to be erased", between, after);
            }
        } else {
            throw contradicted("slot " + free + " was to be filled", before, between);
        }
    }

    /** Throws {@code DEFECT} unless the header that is in the image now lacks what was erased, and qemu opens it with the image's key. */
    private void requireErased(String deed, SortedSet<Integer> before, SortedSet<Integer> erased)
            throws InterruptedException {
        if (erased.isEmpty()) {
            return;
        }
        SortedSet<Integer> after = Afterwards.look(this::active);
        if (!Collections.disjoint(after, erased) || !stillUnlocks()) {
            throw contradicted(deed, before, after);
        }
    }

    private boolean stillUnlocks() throws InterruptedException {
        return Afterwards.look(() -> new ImageUnlocking(program).unlocks(image));
    }

    private OwnKeySlots own() {
        return new OwnKeySlots(program.files(), image);
    }

    /** Tries a key here where that can be, which costs no run of qemu-img. */
    private boolean opens(Secret key) throws InterruptedException {
        Optional<Boolean> told = own().opens(key);
        return told.isPresent() ? told.get() : new ImageUnlocking(program).unlocks(image.unlockedBy(key));
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
        if (!opens(requireOwnKey())) {
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
