package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** The key slots of one device: tried, filled and emptied, and looked at before and after. */
final class LuksKeys {

    private final CryptSetupProgram program;
    private final Path path;

    LuksKeys(CryptSetupProgram program, Path path) {
        this.program = program;
        this.path = path;
    }

    boolean opens(Secret key) throws InterruptedException {
        LuksHeader header = program.requireHeader(path);
        return !header.keySlots().isEmpty() && opens(header, key, List.of());
    }

    SortedSet<Integer> openedBy(Secret key) throws InterruptedException {
        LuksHeader header = program.requireHeader(path);
        SortedSet<Integer> opened = new TreeSet<>();
        for (int slot : header.activeKeySlots()) {
            if (opens(header, key, List.of("--key-slot", Integer.toString(slot)))) {
                opened.add(slot);
            }
        }
        return opened;
    }

    private boolean opens(LuksHeader header, Secret key, List<String> where) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("open", "--test-passphrase", "--key-file=-"));
        arguments.addAll(where);
        if (header.type() == LuksType.LUKS2) {
            // Else a token in the header (a TPM, the kernel's key ring) opens it, whatever the key is.
            arguments.addAll(List.of("--token-type", "hvkit-none"));
        }
        arguments.add(path.toString());
        CommandResult result = program.run(arguments, key);
        if (result.succeeded()) {
            return true;
        }
        DriverException why = program.failed("open --test-passphrase", path, result, Effect.NOT_APPLIED);
        if (why.failure() == Failure.BAD_CREDENTIALS) {
            return false;
        }
        throw why;
    }

    int add(Secret existing, Secret added, Optional<KeyDerivation> derivation) throws InterruptedException {
        LuksHeader before = program.requireHeader(path);
        List<String> derivationArguments = DerivationArguments.of(before.type(), added, derivation);
        SortedSet<Integer> there = openedBy(added);
        if (!there.isEmpty()) {
            return there.first();
        }
        if (before.keySlots().size() >= before.type().keySlots()) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .message(
                            "all %d key slots of %s are in use; remove a key first",
                            before.type().keySlots(), path);
        }
        List<String> arguments = new ArrayList<>(List.of("luksAddKey", "--batch-mode"));
        arguments.addAll(derivationArguments);
        CommandResult result = runWithBoth(arguments, existing, added);
        if (!result.succeeded()) {
            throw program.failed("luksAddKey", path, result, Effect.UNKNOWN);
        }
        SortedSet<Integer> now = Afterwards.look(() -> openedBy(added));
        if (now.isEmpty()) {
            throw DriverException.because(Failure.DEFECT)
                    .message("cryptsetup said that it added a key to %s, and the key opens no slot", path);
        }
        return now.first();
    }

    /** Both keys go by standard input, one after the other; the first is as long as it is said to be. */
    private CommandResult runWithBoth(List<String> arguments, Secret existing, Secret added)
            throws InterruptedException {
        List<String> all = new ArrayList<>(arguments);
        if (existing.length() + added.length() > Secret.LONGEST) {
            if (!program.isLocal()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "the two keys for %s have more than %s bytes together, which cannot be sent to another host"
                                        + " at once; use shorter ones",
                                path, Secret.LONGEST);
            }
            try (KeyFile file = KeyFile.of(added)) {
                all.addAll(List.of("--key-file=-", path.toString(), file.path().toString()));
                return program.run(all, existing);
            }
        }
        all.addAll(List.of(
                "--key-file=-",
                "--keyfile-size=" + existing.length(),
                "--new-keyfile-size=" + added.length(),
                path.toString(),
                "-"));
        try (Secret both = joined(existing, added)) {
            return program.run(all, both);
        }
    }

    private static Secret joined(Secret first, Secret second) {
        byte[] both = new byte[first.length() + second.length()];
        try {
            ByteBuffer buffer = ByteBuffer.wrap(both);
            first.use(buffer::put);
            second.use(buffer::put);
            return Secret.copyOf(both);
        } finally {
            Arrays.fill(both, (byte) 0);
        }
    }

    void remove(Secret removed, Secret remaining) throws InterruptedException {
        if (removed.matches(remaining)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the key to remove from %s and the key that is to remain are the same", path);
        }
        SortedSet<Integer> slots = openedBy(removed);
        boolean begun = false;
        for (int slot : slots) {
            if (begun) {
                Afterwards.run(() -> removeSlot(slot, remaining));
            } else {
                removeSlot(slot, remaining);
            }
            begun = true;
        }
        if (begun && Afterwards.look(() -> opens(removed))) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .message("%s was given the removed key again meanwhile; remove it once more", path);
        }
    }

    void removeSlot(int slot, Secret remaining) throws InterruptedException {
        LuksHeader before = program.requireHeader(path);
        if (slot < 0 || slot >= before.type().keySlots()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s has key slots 0 to %d, none %d",
                            path, before.type().keySlots() - 1, slot);
        }
        if (!before.activeKeySlots().contains(slot)) {
            return;
        }
        if (before.keySlots().size() == 1) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "key slot %d is the last of %s; without it the data is lost, so add another key first",
                            slot, path);
        }
        try (HeaderCopy copy = HeaderCopy.of(program, path, before)) {
            removeSlot(slot, remaining, copy);
        }
    }

    private void removeSlot(int slot, Secret remaining, HeaderCopy copy) throws InterruptedException {
        CommandResult result = program.run(
                List.of("luksKillSlot", "--key-file=-", path.toString(), Integer.toString(slot)), remaining);
        SortedSet<Integer> left =
                Afterwards.look(() -> program.requireHeader(path)).activeKeySlots();
        if (left.isEmpty()) {
            copy.putBack();
            throw DriverException.because(Failure.IN_USE)
                    .message(
                            "somebody removed the other keys of %s at the same time; the header was put back as it was,"
                                    + " with all its keys: look at them, then try again",
                            path);
        }
        if (left.contains(slot)) {
            throw result.succeeded()
                    ? DriverException.because(Failure.DEFECT)
                            .message("cryptsetup said that it emptied key slot %d of %s, and it did not", slot, path)
                    : program.failed("luksKillSlot " + slot, path, result, Effect.NOT_APPLIED);
        }
    }

    void change(Secret old, Secret next) throws InterruptedException {
        if (old.matches(next)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the old and the new key of %s are the same", path);
        }
        if (openedBy(old).isEmpty()) {
            if (opens(next)) {
                return; // an earlier call came this far
            }
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .message("neither the old nor the new key opens %s", path);
        }
        add(old, next, Optional.empty());
        Afterwards.run(() -> remove(old, next));
    }

    void destroyAll(String uuid) throws InterruptedException {
        LuksHeader header = program.requireHeader(path);
        if (!header.uuid().equals(uuid)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("%s holds the volume %s, not %s; no key was destroyed", path, header.uuid(), uuid);
        }
        if (header.keySlots().isEmpty()) {
            return;
        }
        program.requireUnused(path);
        CommandResult result = program.run(List.of("luksErase", "--batch-mode", path.toString()));
        LuksHeader after = Afterwards.look(() -> program.requireHeader(path));
        if (!after.keySlots().isEmpty()) {
            throw program.failed("luksErase", path, result, Effect.UNKNOWN);
        }
    }
}
