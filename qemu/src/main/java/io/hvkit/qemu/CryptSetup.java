package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * The cryptsetup program, for LUKS on files and block devices. Nothing is mapped: no device-mapper is needed. Immutable and safe
 * for any number of threads. Keys go by standard input and may hold any bytes; QEMU opens only those that are text.
 *
 * <p>A device has one key of its own, which never changes, and slots that hold it under up to 8 (LUKS1) or 32 (LUKS2) keys of
 * its users. Slots may be changed while a machine uses the device: QEMU reads the header when it opens it, and not again. Every
 * change looks at the header before and after; one that was cut short is finished by the same call.
 *
 * <p>Every call may fail in these ways, besides those it tells of:
 *
 * <table>
 * <caption>Failures</caption>
 * <tr><th>when</th><th>failure</th></tr>
 * <tr><td>nothing is there</td><td>{@code NOT_FOUND}</td></tr>
 * <tr><td>it holds no LUKS header, or one that contradicts itself</td><td>{@code CORRUPT_DATA}; nothing was changed</td></tr>
 * <tr><td>its LUKS header is inside a qcow2 image</td><td>{@code UNSUPPORTED}; nothing was changed</td></tr>
 * <tr><td>a key does not open it</td><td>{@code BAD_CREDENTIALS}; nothing was changed</td></tr>
 * <tr><td>somebody uses it</td><td>{@code IN_USE}; nothing was changed</td></tr>
 * <tr><td>there is not enough memory, as Argon2 needs</td><td>{@code EXHAUSTED}</td></tr>
 * <tr><td>the limit has passed</td><td>{@code TIMED_OUT}</td></tr>
 * <tr><td>cryptsetup fails in words that are not known here</td><td>{@code DEFECT}, with those words</td></tr>
 * </table>
 */
public final class CryptSetup {

    private static final int NOT_LUKS = 1;

    private final CryptSetupProgram program;

    private CryptSetup(CryptSetupProgram program) {
        this.program = program;
    }

    /**
     * Looks for cryptsetup in {@code PATH} and returns it.
     *
     * @throws DriverException with {@code HOST_NOT_READY} if it is not installed or does not answer like cryptsetup
     */
    public static CryptSetup probe(CommandRunner runner) throws InterruptedException {
        return new CryptSetup(CryptSetupProgram.probe(runner));
    }

    /** Returns the version, as the program writes it. */
    public String version() {
        return program.version();
    }

    /**
     * Returns the same program with a limit for each command that it runs, in place of one minute. A key that is not random
     * takes seconds for each slot that it is tried on.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the limit is not positive
     */
    public CryptSetup within(Duration limit) {
        return new CryptSetup(program.within(limit));
    }

    /** Does the same as {@link #format(Path, LuksFormat, Secret)}, with all that is usual for {@code type}. */
    public void format(Path device, LuksType type, Secret key) throws InterruptedException {
        format(device, LuksFormat.of(type), key);
    }

    /**
     * Writes a LUKS header onto a file or block device, proven by reading it back. The data begins exactly {@link
     * LuksType#headerSize} behind the start, whatever the device; it is not touched, and reads as noise. This is the only call
     * that formats; none does so because a device could not be opened.
     *
     * <table>
     * <caption>Failures</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>it holds a LUKS header already, with whatever key</td><td>{@code EXISTS_DIFFERENTLY}; it is never formatted
     *     again</td></tr>
     * <tr><td>it holds what looks like a broken LUKS header</td><td>{@code CORRUPT_DATA}; it is left alone</td></tr>
     * <tr><td>its first MiB holds anything but zeroes</td><td>{@code EXISTS_DIFFERENTLY}, unless {@link
     *     LuksFormat#losingContent} was said</td></tr>
     * <tr><td>it is no larger than the header, or the rest is no whole number of sectors</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * <tr><td>the stated key derivation is too fast for a key that is not random</td><td>{@code INVALID_REQUEST}</td></tr>
     * </table>
     *
     * <p>If it fails half-way, with effect {@code UNKNOWN}, the device may hold part of a header and must be wiped.
     *
     * @param device a file or block device with more room than {@link LuksType#headerSize}
     */
    public void format(Path device, LuksFormat request, Secret key) throws InterruptedException {
        new LuksFormatting(this, program).format(ImagePath.of(device), request, key);
    }

    /** Returns whether {@code key} opens any key slot, changing nothing. Tokens in the header do not count. */
    public boolean unlocks(Path device, Secret key) throws InterruptedException {
        return keys(device).opens(key);
    }

    /** Returns the numbers of all key slots that {@code key} opens, changing nothing. */
    public SortedSet<Integer> keySlots(Path device, Secret key) throws InterruptedException {
        return Collections.unmodifiableSortedSet(keys(device).openedBy(key));
    }

    /**
     * Returns whether there is a LUKS header that cryptsetup understands, changing nothing.
     */
    public boolean isLuks(Path device) throws InterruptedException {
        Path path = ImagePath.of(device);
        CommandResult result = program.run(List.of("isLuks", path.toString()));
        return switch (result.exitCode()) {
            case 0 -> true;
            case NOT_LUKS -> false;
            default -> throw program.failed("isLuks", path, result, Effect.NOT_APPLIED);
        };
    }

    /**
     * Adds a key, proven by opening the slot with it. A random key gets a cheap derivation, any other cryptsetup's own.
     *
     * <p>Fails with {@code EXHAUSTED} if all slots are in use.
     *
     * @param existing a key that opens it
     * @param added the key to add; if it opens a slot already, nothing is done
     * @return the number of the slot that {@code added} opens
     */
    public int addKey(Path device, Secret existing, Secret added) throws InterruptedException {
        return keys(device).add(existing, added, Optional.empty());
    }

    /**
     * Does the same with a stated key derivation.
     *
     * <p>Fails with {@code INVALID_REQUEST} too, if it is too fast for a key that is not random, or the header's type lacks it.
     */
    public int addKey(Path device, Secret existing, Secret added, KeyDerivation derivation)
            throws InterruptedException {
        return keys(device).add(existing, added, Optional.of(derivation));
    }

    /**
     * Replaces a key by another: adds the new one, tries it, and only then removes the old one from every slot that it opens.
     * Cut short at any moment, at least one of them opens the device; the same call goes on from there, and does nothing if all
     * is done. Where a key store must learn the new key in between, use {@link #addKey} and {@link #removeKey}.
     *
     * <p>Failures: {@code EXHAUSTED} if all slots are in use, since changing a slot in place could lose both keys; {@code
     * INVALID_REQUEST} if both keys are the same. A random key gets a cheap derivation, any other cryptsetup's own.
     */
    public void changeKey(Path device, Secret old, Secret next) throws InterruptedException {
        keys(device).change(old, next);
    }

    /**
     * Removes a key from every slot that it opens; does nothing if it opens none.
     *
     * <p>Failures: {@code INVALID_REQUEST} if both keys are the same, or nothing else would open the device; {@code
     * BAD_CREDENTIALS} if {@code remaining} opens no other slot.
     *
     * @param remaining a key that still opens it afterwards
     */
    public void removeKey(Path device, Secret removed, Secret remaining) throws InterruptedException {
        keys(device).remove(removed, remaining);
    }

    /**
     * Empties a key slot, whatever opens it, overwriting what was in it; does nothing if it is empty.
     *
     * <p>Failures: {@code INVALID_REQUEST} if it is the last one in use, or there is no slot of that number; {@code
     * BAD_CREDENTIALS} if {@code remaining} opens no other slot; {@code IN_USE} if somebody else emptied all others meanwhile:
     * then the header is put back as it was, and if that fails too, {@code CORRUPT_DATA} says so.
     *
     * @param remaining a key that still opens it afterwards
     */
    public void removeKeySlot(Path device, int slot, Secret remaining) throws InterruptedException {
        keys(device).removeSlot(slot, remaining);
    }

    /**
     * Destroys all keys, and with them all data: nobody can read it again, unless there is a backup of the header. The data
     * itself is not touched. Does nothing if there are no keys left.
     *
     * <p>Fails with {@code INVALID_REQUEST} if the device holds another volume.
     *
     * @param uuid the volume's identifier, as its header says it, so that nobody destroys another one
     */
    public void destroyAllKeys(Path device, String uuid) throws InterruptedException {
        keys(device).destroyAll(uuid);
    }

    /**
     * Copies the header with all its key slots into a new file, which appears when it is complete and on the disk, and which its
     * owner alone may read (mode 0400).
     *
     * <p>The copy opens the data with every key of today, also after that key was removed from the device: keep it as safe as
     * the keys, and delete it when they are changed.
     *
     * <p>Failures: {@code EXISTS_DIFFERENTLY} if there is anything at {@code backup}, which is left alone; {@code
     * OPERATION_PENDING} if the header was changed meanwhile. No file is left.
     *
     * @param backup where the file is to be, on the host that the device is on
     */
    public void backUpHeader(Path device, Path backup) throws InterruptedException {
        new HeaderBackup(program).make(ImagePath.of(device), ImagePath.of(backup));
    }

    /**
     * Puts a header back from a file that {@link #backUpHeader} made, proven by reading it. All keys of then open the device, and
     * no others.
     *
     * <p>Failures: {@code EXISTS_DIFFERENTLY} if the device holds a header of other data (another identifier, or the same with
     * another key of its own), unless {@link HeaderRestore#replacingVolume} names it; {@code INVALID_REQUEST} if it holds no
     * header, unless {@link HeaderRestore#ontoLostHeader} was said, or has no room, or the backup holds no key. All of them before
     * anything is written.
     */
    public void restoreHeader(HeaderRestore request) throws InterruptedException {
        new HeaderBackup(program).restore(request);
    }

    private LuksKeys keys(Path device) {
        return new LuksKeys(program, ImagePath.of(device));
    }
}
