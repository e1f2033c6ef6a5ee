package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Encryption;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.catalog.spi.VolumeRecord.Second;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Gives a volume another key. The new one is stored, and the volume's record refers to it, before a slot has it; it has opened the volume
 * before it counts; and the former one is taken from the volume after that. So whatever dies, a key to which the record refers opens the
 * volume, and every key that opens it is one to which the record refers.
 */
public final class RekeyProcedure implements Procedure<RecordId<VolumeRecord>, VolumeRecord> {

    private static final Set<Second.Role> KEYS = EnumSet.of(Second.Role.NEXT_KEY, Second.Role.FORMER_KEY);
    private static final Set<Failure> REFUSALS =
            EnumSet.of(Failure.BAD_CREDENTIALS, Failure.EXHAUSTED, Failure.INVALID_REQUEST, Failure.UNSUPPORTED);
    private static final String WAY_OUT = "stop it or detach the volume, or encrypt the volume anew while it runs";

    private final Ground ground;

    /** Makes it. */
    public RekeyProcedure(Ground ground) {
        this.ground = ground;
    }

    /**
     * Looks that no key may open a volume beside the one that counts, for work that would lose sight of it.
     *
     * @throws DriverException with {@code IN_USE}, naming that key and the way out
     */
    static void requireNoOtherKey(VolumeRecord volume) {
        volume.second().filter(second -> KEYS.contains(second.role())).ifPresent(second -> {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "volume %s may be opened by %s too, its %s; give it another key first, which takes that one away",
                            volume.name(), second.key().map(key -> "key " + key).orElse("another key"), second.role());
        });
    }

    @Override
    public String kind() {
        return "volume.rekey";
    }

    @Override
    public Facts facts(RecordId<VolumeRecord> volume) {
        return Facts.of("volume", volume);
    }

    @Override
    public RecordId<VolumeRecord> request(Facts facts) {
        return new RecordId<>(facts.text("volume"));
    }

    @Override
    public SortedSet<String> objects(RecordId<VolumeRecord> volume) {
        return new TreeSet<>(Set.of(Ground.object(volume)));
    }

    @Override
    public Facts run(RecordId<VolumeRecord> id, Run run) throws InterruptedException {
        RecordId<KeyRecord> next = new RecordId<>(run.operation().value());
        Facts plan = run.step(Step.of("plan", () -> plan(id)));
        RecordId<HostRecord> host = new RecordId<>(plan.text("host"));
        RecordId<KeyRecord> former = new RecordId<>(plan.text("key"));
        run.step(Step.of("lend", () -> lend(id, host)).undoneBy(evidence -> giveBack(id, host)));
        if (plan.find("leftover").isPresent()) {
            run.step(takeFrom("clear", id, host, former, new RecordId<>(plan.text("leftover"))));
        }
        run.step(Step.of("key", () -> Facts.of("key", ground.keys().create(next).id()))
                .undoneBy(evidence -> {})
                .forgetting((transaction, evidence) -> ground.keys().release(transaction, next)));
        run.step(Step.recorded("announce", transaction -> announce(transaction, id, next))
                .forgetting((transaction, evidence) -> forgetSecond(transaction, id, next)));
        run.step(Step.of("add", () -> add(id, host, former, next))
                .lookedForBy(() -> settle(id, host, former, next))
                .undoneBy(evidence -> remove(id, host, former, next)));
        Facts tried = run.step(Step.of("try", () -> requireOpens(id, host, next)));
        run.step(Step.recorded("switch", transaction -> switchOver(transaction, id, next, former, tried))
                .committing());
        run.tidy(takeFrom("remove", id, host, next, former));
        run.tidy(Step.of("return", () -> giveBackOrTell(id, host)));
        return Facts.of("volume", id);
    }

    private Facts plan(RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.catalog().inTransaction(transaction -> Ground.requireReady(transaction, id));
        RecordId<KeyRecord> key = requireKey(volume);
        Optional<Second> second = volume.second();
        second.map(Second::role).filter(role -> !KEYS.contains(role)).ifPresent(role -> {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message("volume %s has a second copy, %s; tidy it up first", volume.name(), role);
        });
        ground.requireAtRest(volume, WAY_OUT);
        String what = "give volume " + volume.name() + " another key";
        RecordId<HostRecord> host = ground.choose(SlotWork.query(ground.workOn(volume), volume), what);
        return Facts.of("host", host).with("key", key).with("leftover", second.flatMap(Second::key));
    }

    private static RecordId<KeyRecord> requireKey(VolumeRecord volume) {
        if (volume.place().encryption().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "volume %s (%s) is not encrypted, so it has no key; encrypt it, or move it to where it is encrypted",
                            volume.name(), volume.id());
        }
        return volume.key()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "volume %s (%s) is encrypted by its storage, which alone changes its key; move it to a pool whose"
                                        + " volumes have keys",
                                volume.name(), volume.id()));
    }

    private Facts lend(RecordId<VolumeRecord> id, RecordId<HostRecord> host) throws InterruptedException {
        work(id, host).image();
        return Facts.NONE;
    }

    private Facts giveBack(RecordId<VolumeRecord> id, RecordId<HostRecord> host) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        ground.devices()
                .go(
                        ground.pool(volume.place().pool()),
                        Ground.external(volume),
                        new HostId(host.value()),
                        Reason.MAINTENANCE);
        return Facts.NONE;
    }

    private Facts giveBackOrTell(RecordId<VolumeRecord> id, RecordId<HostRecord> host) throws InterruptedException {
        try {
            return giveBack(id, host);
        } catch (DriverException e) {
            throw DriverException.because(e.failure())
                    .effect(e.effect())
                    .causedBy(e)
                    .message(
                            "host %s may have volume %s still, so that no other host gets it; tidy the volume up: %s",
                            host, id, String.valueOf(e.getMessage()));
        }
    }

    private static Facts announce(Transaction transaction, RecordId<VolumeRecord> id, RecordId<KeyRecord> next) {
        VolumeRecord volume = transaction.volumes().require(id);
        Second second = new Second(Second.Role.NEXT_KEY, volume.place(), Optional.of(next));
        transaction.volumes().update(volume.beside(Optional.of(second)));
        return Facts.of("key", next);
    }

    private Facts add(
            RecordId<VolumeRecord> id, RecordId<HostRecord> host, RecordId<KeyRecord> former, RecordId<KeyRecord> next)
            throws InterruptedException {
        try (Secret opening = ground.keys().open(former);
                Secret added = ground.keys().open(next)) {
            work(id, host).change((luks, image) -> luks.addKey(image.unlockedBy(opening), added));
            return Facts.NONE;
        }
    }

    /**
     * Finds out what became of the new key by asking for it again, which finishes or confirms what was begun. That no slot has it is no answer
     * while whoever was to put it there may still be at it: only a refusal that has nothing to do with that is one.
     */
    private Optional<Facts> settle(
            RecordId<VolumeRecord> id, RecordId<HostRecord> host, RecordId<KeyRecord> former, RecordId<KeyRecord> next)
            throws InterruptedException {
        try {
            return Optional.of(add(id, host, former, next));
        } catch (DriverException e) {
            if (!REFUSALS.contains(e.failure()) || e.effect() != Effect.NOT_APPLIED || opens(id, host, next)) {
                throw e;
            }
            return Optional.empty();
        }
    }

    private boolean opens(RecordId<VolumeRecord> id, RecordId<HostRecord> host, RecordId<KeyRecord> key)
            throws InterruptedException {
        try (Secret tried = ground.keys().open(key)) {
            SlotWork work = work(id, host);
            return work.luks().opens(work.image().unlockedBy(tried));
        }
    }

    private Facts requireOpens(RecordId<VolumeRecord> id, RecordId<HostRecord> host, RecordId<KeyRecord> key)
            throws InterruptedException {
        if (!opens(id, host, key)) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .message("volume %s was given key %s, which does not open it; it keeps the one it has", id, key);
        }
        return attestation(id, host);
    }

    private Facts switchOver(
            Transaction transaction,
            RecordId<VolumeRecord> id,
            RecordId<KeyRecord> next,
            RecordId<KeyRecord> former,
            Facts tried) {
        VolumeRecord volume = attested(transaction.volumes().require(id), tried);
        Second second = new Second(Second.Role.FORMER_KEY, volume.place(), Optional.of(former));
        transaction.volumes().update(volume.openedWith(Optional.of(next)).beside(Optional.of(second)));
        return Facts.of("key", next);
    }

    /** Returns the step that takes a key from a volume, which another one opens, and then from its record. */
    private Step takeFrom(
            String name,
            RecordId<VolumeRecord> id,
            RecordId<HostRecord> host,
            RecordId<KeyRecord> stays,
            RecordId<KeyRecord> goes) {
        return Step.of(name, () -> {
                    removeOrTell(id, host, stays, goes);
                    return attestation(id, host);
                })
                .keeping((transaction, evidence) -> {
                    VolumeRecord volume = transaction.volumes().require(id);
                    transaction.volumes().update(attested(volume, evidence));
                    forgetSecond(transaction, id, goes);
                    ground.keys().release(transaction, goes);
                });
    }

    private void removeOrTell(
            RecordId<VolumeRecord> id, RecordId<HostRecord> host, RecordId<KeyRecord> stays, RecordId<KeyRecord> goes)
            throws InterruptedException {
        try {
            remove(id, host, stays, goes);
        } catch (DriverException e) {
            throw DriverException.because(e.failure())
                    .effect(e.effect())
                    .causedBy(e)
                    .message(
                            "key %s may still open volume %s, and stays in its record until it is taken from it by giving the"
                                    + " volume another key again: %s",
                            goes, id, String.valueOf(e.getMessage()));
        }
    }

    /** The key that stays is tried first, and the other one afterwards. */
    private void remove(
            RecordId<VolumeRecord> id, RecordId<HostRecord> host, RecordId<KeyRecord> stays, RecordId<KeyRecord> goes)
            throws InterruptedException {
        try (Secret opening = ground.keys().open(stays);
                Secret removed = ground.keys().open(goes)) {
            SlotWork work = work(id, host);
            if (!work.luks().opens(work.image().unlockedBy(opening))) {
                throw DriverException.because(Failure.BAD_CREDENTIALS)
                        .effect(Effect.NOT_APPLIED)
                        .message("key %s, which is to stay, does not open volume %s; nothing is removed", stays, id);
            }
            work.change((luks, image) -> luks.removeKey(image.unlockedBy(opening), removed));
            if (work.luks().opens(work.image().unlockedBy(removed))) {
                throw DriverException.because(Failure.DEFECT)
                        .message("key %s was taken from volume %s and opens it still", goes, id);
            }
        }
    }

    /** Forgets a second key, unless the record has another one by now. */
    private static void forgetSecond(Transaction transaction, RecordId<VolumeRecord> id, RecordId<KeyRecord> key) {
        VolumeRecord volume = transaction.volumes().require(id);
        if (volume.second().flatMap(Second::key).filter(key::equals).isPresent()) {
            transaction.volumes().update(volume.beside(Optional.empty()));
        }
    }

    private SlotWork work(RecordId<VolumeRecord> id, RecordId<HostRecord> host) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        return new SlotWork(volume, ground.pool(volume.place().pool()), ground.endPoint(host), ground.devices());
    }

    private Facts attestation(RecordId<VolumeRecord> id, RecordId<HostRecord> host) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        StoragePool pool = ground.pool(volume.place().pool());
        if (pool.encryption().needsHeader()) {
            return Facts.of("attestation", work(id, host).attest());
        }
        String proof = pool.find(Ground.external(volume))
                .flatMap(Volume::attestation)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .message("volume %s is not there, or no longer encrypted, as its pool says", volume.name()));
        return Facts.of("attestation", proof);
    }

    private static VolumeRecord attested(VolumeRecord volume, Facts evidence) {
        Place place = volume.place();
        return volume.at(place.encrypted(
                place.encryption().map(known -> new Encryption(known.format(), evidence.text("attestation")))));
    }

    @Override
    public VolumeRecord result(RecordId<VolumeRecord> volume, Facts result) throws InterruptedException {
        return ground.volume(volume);
    }
}
