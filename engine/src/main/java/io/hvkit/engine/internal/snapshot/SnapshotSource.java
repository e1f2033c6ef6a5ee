package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.Replica;
import io.hvkit.storage.spi.chain.Step;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a snapshot is read from: the best of its copies, as it was when it was begun.
 *
 * @param snapshot the snapshot
 * @param store where the copy is
 * @param line its layer and all that this stands on, from the top down
 * @param secrecy whether any of them is encrypted
 */
record SnapshotSource(SnapshotId snapshot, PoolId store, List<LayerId> line, TakePlan.Secrecy secrecy) {

    /**
     * What is to be made of a snapshot.
     *
     * @param id the id that nothing else has
     * @param pool where it is to be
     */
    record Target(VolumeId id, RecordId<PoolRecord> pool) {}

    static SnapshotSource of(Facts begun) {
        PoolId store = new PoolId(begun.text("store"));
        return new SnapshotSource(
                new SnapshotId(begun.text("snapshot")),
                store,
                Arrays.stream(begun.text("layers").split(" ", -1))
                        .map(name -> new LayerId(store, name))
                        .toList(),
                TakePlan.Secrecy.valueOf(begun.text("secrecy")));
    }

    /** Returns the layer that the copy is read from by now: it may have been flattened since. */
    LayerId now(ChainLedger ledger) {
        return ledger.graph()
                .snapshot(snapshot)
                .flatMap(known -> known.replicaIn(store))
                .map(Replica::layer)
                .orElse(line.get(0));
    }

    boolean isEncrypted() {
        return secrecy == TakePlan.Secrecy.ENCRYPTED;
    }

    /**
     * Begins to read the best copy of a snapshot for a new volume or template.
     *
     * @param target what is made
     * @param seen what was {@linkplain StoreLook seen} of the stores before; those in trouble are not read
     * @throws DriverException as {@link io.hvkit.storage.spi.chain.ChainPlanner#restore}
     */
    static Facts begin(Ground ground, Transaction transaction, SnapshotId id, Target target, Facts seen) {
        ChainLedger ledger = ChainLedger.of(transaction, id);
        ledger.know(target.pool);
        StoreLook.troubled(seen).forEach(ledger::down);
        Optional<Step> work = ledger.advance(ledger.planner().restore(id, target.id, new PoolId(target.pool.value())));
        if (work.isEmpty() || !(work.get() instanceof Step.Restore restore)) {
            throw DriverException.because(Failure.DEFECT)
                    .effect(Effect.NOT_APPLIED)
                    .message("volume %s was planned to be made of %s by %s", target.id, id, work);
        }
        List<LayerId> line = ledger.line(restore.from());
        boolean isEncrypted = LayerFiles.isEncrypted(transaction, line);
        ChainWriting.write(ledger, ground);
        return facts(ledger, id, line, isEncrypted ? TakePlan.Secrecy.ENCRYPTED : TakePlan.Secrecy.PLAIN);
    }

    /**
     * Chooses a host that can copy it to a pool.
     *
     * @param what where it goes, for people
     */
    Facts worker(Ground ground, RecordId<PoolRecord> pool, String what) throws InterruptedException {
        EndPointQuery query = ground.workIn(pool).reaching(store).needing(HostFeature.QEMU_IMG);
        query = isEncrypted() ? query.needing(HostFeature.VOLUME_ENCRYPTION) : query;
        return Facts.of("host", ground.choose(query, "copy snapshot " + snapshot + " " + what));
    }

    /** Returns what of a snapshot is read, as evidence that {@link #of} understands. */
    static Facts facts(ChainLedger ledger, SnapshotId id, List<LayerId> line, TakePlan.Secrecy secrecy) {
        SnapshotRecord record = Optional.ofNullable(ledger.snapshots().get(id)).orElseThrow();
        return Facts.of("chain", ledger.chain())
                .with("snapshot", id)
                .with("store", line.get(0).store())
                .with("layers", line.stream().map(LayerId::name).collect(Collectors.joining(" ")))
                .with("size", record.chained().orElseThrow().size().bytes())
                .with("secrecy", secrecy);
    }

    /** Ends the reading, whether all was read or nothing. */
    static void release(Ground ground, Transaction transaction, Optional<Facts> begun, VolumeId target) {
        if (begun.isPresent()) {
            ChainKey chain = ChainKey.of(begun.get().text("chain"));
            ChainLedger ledger = ChainLedger.of(transaction, chain.id());
            ledger.withoutVolume(target);
            ChainWriting.write(ledger, ground);
        }
    }
}
