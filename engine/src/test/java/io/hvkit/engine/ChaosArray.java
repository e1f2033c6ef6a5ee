package io.hvkit.engine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.Sha256;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What is really there, whatever catalogs say: volumes with files, so that hosts in memory can run with them, of which each holds one number.
 * Whoever asks for what would do harm is written down as well as refused.
 */
final class ChaosArray {

    static final ByteSize STEP = ByteSize.kibibytes(16);
    static final long CONTENT_AT = 4096;

    /** What happens while a volume is made larger. */
    volatile Runnable whenGrown = () -> {};

    /** A volume. Used under the lock of the array. */
    static final class Thing {
        final VolumeId id;
        final String name;
        final ImageFormat format;
        final VolumeEncryption encryption;
        final Path file;
        final Map<Integer, String> locks = new TreeMap<>();
        final Set<VolumeUse> uses = new LinkedHashSet<>();
        PoolId pool;
        Optional<ChaosMove> move = Optional.empty();
        ByteSize size;
        boolean incomplete;

        Thing(VolumeId id, PoolId pool, CreateVolume asked, Path file) {
            this.id = id;
            this.pool = pool;
            this.name = asked.name();
            this.format = asked.format();
            this.encryption = asked.encryption();
            this.size = rounded(asked.size());
            this.file = file;
        }

        Volume describe() {
            Volume plain = Volume.of(id, name, size, format);
            boolean isSealed = encryption == VolumeEncryption.BY_STORAGE;
            return locks.isEmpty() && !isSealed ? plain : plain.attestedBy("locked in chaos");
        }

        boolean lacksHeader() {
            return encryption == VolumeEncryption.WITH_KEY && locks.isEmpty();
        }

        boolean isOpenedBy(Optional<Secret> key) {
            return locks.isEmpty()
                    ? !lacksHeader()
                    : key.filter(secret -> locks.containsValue(print(secret))).isPresent();
        }
    }

    private final Path folder;
    private final ChaosLog log;
    private final Map<VolumeId, Thing> things = new LinkedHashMap<>();
    private final Map<Path, Thing> exports = new LinkedHashMap<>();
    private final Set<PoolId> blank = new LinkedHashSet<>();
    private Predicate<Path> running = file -> false;
    private int lastId;

    ChaosArray(Path folder, ChaosLog log) {
        this.folder = folder;
        this.log = log;
    }

    /** Makes new volumes of a pool hold nothing; those of others hold a number that nothing else holds. */
    synchronized void keepsBackups(PoolId pool) {
        blank.add(pool);
    }

    /** Says how to see whether a machine runs with a file. */
    void seeRunning(Predicate<Path> sight) {
        running = sight;
    }

    static ByteSize rounded(ByteSize size) {
        return size.roundedUpTo(STEP);
    }

    static String print(Secret key) {
        return key.withArray(bytes -> Sha256.of(bytes).hex());
    }

    synchronized <T> T locked(Supplier<T> work) {
        return work.get();
    }

    synchronized List<Thing> in(PoolId pool) {
        return things.values().stream().filter(thing -> thing.pool.equals(pool)).toList();
    }

    synchronized Optional<Thing> find(PoolId pool, VolumeId id) {
        return Optional.ofNullable(things.get(id)).filter(thing -> thing.pool.equals(pool));
    }

    synchronized Optional<Thing> named(PoolId pool, String name) {
        return in(pool).stream().filter(thing -> thing.name.equals(name)).findAny();
    }

    synchronized Thing require(PoolId pool, VolumeId id) {
        return find(pool, id)
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .effect(Effect.NOT_APPLIED)
                        .message("pool %s has no volume %s", pool, id));
    }

    /** Returns what was extracted to a path. */
    synchronized Optional<Thing> exported(Path file) {
        return Optional.ofNullable(exports.get(file));
    }

    /** Makes a file that belongs to nobody here, whole at once. */
    synchronized Thing export(Path file, Thing source, ImageFormat format, Optional<Secret> key) {
        CreateVolume plain = CreateVolume.blank("export", source.size).as(format);
        Thing made = new Thing(
                new VolumeId("export-" + exports.size()),
                new PoolId("outside"),
                key.map(plain::encryptedBy).orElse(plain),
                file);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(made.size.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        key.ifPresent(secret -> lock(made, 0, secret));
        exports.put(file, made);
        return made;
    }

    /** Returns what a host has at a path. */
    synchronized Thing attached(HostId host, Path file, ImageFormat format) {
        Thing thing = Optional.ofNullable(
                        things.get(new VolumeId(file.getFileName().toString())))
                .filter(found -> found.uses.stream().anyMatch(use -> use.host().equals(host)))
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("host %s has nothing at %s; attach it", host, file));
        if (thing.format != format) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is said to be %s and is %s", file, format, thing.format);
        }
        return thing;
    }

    synchronized Volume create(PoolId pool, CreateVolume asked, Optional<Secret> lock) {
        Optional<Thing> present = named(pool, asked.name());
        if (present.isPresent()) {
            Thing there = present.get();
            boolean isSame = there.size.equals(rounded(asked.size()))
                    && there.format == asked.format()
                    && there.encryption == asked.encryption()
                    && (lock.isEmpty()
                            ? there.lacksHeader() == asked.key().isPresent() || !there.locks.isEmpty()
                            : there.isOpenedBy(lock));
            if (isSame) {
                return there.describe();
            }
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .effect(Effect.NOT_APPLIED)
                    .message("pool %s has another volume %s: %s", pool, asked.name(), there.describe());
        }
        lastId++;
        VolumeId id = new VolumeId("vol-" + lastId);
        Thing made = new Thing(id, pool, asked, folder.resolve(id.value()));
        try (RandomAccessFile opened = new RandomAccessFile(made.file.toFile(), "rw")) {
            opened.setLength(made.size.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        write(made, blank.contains(pool) ? 0 : lastId);
        lock.ifPresent(secret -> lock(made, 0, secret));
        things.put(id, made);
        log.say("array", "made %s in %s: %s", id, pool, made.name);
        return made.describe();
    }

    /** Puts a key into a slot; what hosts open it with follows. */
    synchronized void lock(Thing thing, int slot, Secret key) {
        thing.locks.put(slot, print(key));
        InMemoryHypervisorDriver.encrypt(thing.file, key);
    }

    synchronized void delete(PoolId pool, VolumeId id) {
        Optional<Thing> found = find(pool, id);
        if (found.isEmpty()) {
            return;
        }
        Thing thing = found.get();
        if (running.test(thing.file)) {
            log.violation("%s (%s) was to be deleted while a machine runs with it", id, thing.name);
        }
        if (!thing.uses.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message("volume %s is used: %s", id, thing.uses);
        }
        if (thing.move.filter(ChaosMove::isUnderWay).isPresent()) {
            log.violation("%s (%s) was to be deleted on its way to another pool", id, thing.name);
        }
        things.remove(id);
        try {
            Files.delete(thing.file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        log.say("array", "deleted %s of %s: %s", id, pool, thing.name);
    }

    synchronized Path attach(PoolId pool, VolumeId id, VolumeUse use) {
        Thing thing = require(pool, id);
        thing.uses.stream().filter(use::conflictsWith).findAny().ifPresent(other -> {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message("volume %s is used by host %s for %s", id, other.host(), other.reason());
        });
        thing.uses.removeIf(use::isSameAs);
        thing.uses.add(use);
        log.say("array", "lent %s to %s for %s, %s: %s", id, use.host(), use.reason(), use.sharing(), thing.name);
        return thing.file;
    }

    synchronized void detach(PoolId pool, VolumeId id, HostId host, VolumeUse.Reason reason) {
        find(pool, id).ifPresent(thing -> {
            if (thing.uses.removeIf(VolumeUse.by(host).because(reason)::isSameAs)) {
                log.say("array", "took %s from %s for %s: %s", id, host, reason, thing.name);
            }
        });
    }

    /** A volume arrives in another pool, and is what it was. */
    synchronized void bring(Thing thing, PoolId to) {
        log.say("array", "brought %s from %s to %s: %s", thing.id, thing.pool, to, thing.name);
        thing.pool = to;
    }

    synchronized Volume grow(PoolId pool, VolumeId id, ByteSize size) {
        Thing thing = require(pool, id);
        ByteSize wanted = rounded(size);
        if (wanted.compareTo(thing.size) > 0) {
            whenGrown.run();
            thing.size = wanted;
            try (RandomAccessFile opened = new RandomAccessFile(thing.file.toFile(), "rw")) {
                opened.setLength(wanted.bytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            log.say("array", "grew %s to %s: %s", id, wanted, thing.name);
        }
        return thing.describe();
    }

    static void write(Thing thing, long content) {
        try (RandomAccessFile opened = new RandomAccessFile(thing.file.toFile(), "rw")) {
            opened.seek(CONTENT_AT);
            opened.writeLong(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static long read(Path file) {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
            opened.seek(CONTENT_AT);
            return opened.readLong();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
