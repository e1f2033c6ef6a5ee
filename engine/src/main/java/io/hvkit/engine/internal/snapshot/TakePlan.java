package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.chain.ChangeTracking;
import java.time.Instant;
import java.util.Optional;

/**
 * What was seen of a volume before a snapshot of it is taken; the evidence of the first step, on which all others stand.
 *
 * @param pool where the volume is
 * @param id what its pool calls it
 * @param format how its bytes lie there
 * @param size what its machine sees
 * @param secrecy whether layers of it are encrypted
 * @param at when it was asked for
 * @param host the host whose machine runs with it or, if none does, the one that copies it
 * @param running the machine that runs with it, and what that calls it; nothing if none does
 * @param tracking what is known of what was written
 * @param since the checkpoint from which changes are known, if they are
 */
record TakePlan(
        RecordId<PoolRecord> pool,
        VolumeId id,
        ImageFormat format,
        ByteSize size,
        Secrecy secrecy,
        Instant at,
        RecordId<HostRecord> host,
        Optional<Running> running,
        ChangeTracking tracking,
        Optional<String> since) {

    /** Whether layers are encrypted. */
    enum Secrecy {
        PLAIN,
        ENCRYPTED
    }

    /** A machine that runs with the volume. */
    record Running(MachineId machine, VolumeId disk) {}

    static TakePlan of(Facts facts) {
        Optional<SnapshotId> known = facts.find("knownSince").map(SnapshotId::new);
        ChangeTracking tracking = known.map(ChangeTracking::since)
                .or(() -> facts.find("trouble").map(ChangeTracking::broken))
                .orElse(ChangeTracking.none());
        return new TakePlan(
                new RecordId<>(facts.text("pool")),
                new VolumeId(facts.text("id")),
                ImageFormat.valueOf(facts.text("format")),
                ByteSize.bytes(Long.parseLong(facts.text("size"))),
                Secrecy.valueOf(facts.text("secrecy")),
                Instant.parse(facts.text("at")),
                new RecordId<>(facts.text("host")),
                facts.find("machine")
                        .map(machine -> new Running(new MachineId(machine), new VolumeId(facts.text("disk")))),
                tracking,
                facts.find("since"));
    }

    /** Returns this plan, where something else is known of what was written. */
    TakePlan knowing(ChangeTracking other) {
        return new TakePlan(pool, id, format, size, secrecy, at, host, running, other, since);
    }

    Facts facts() {
        return Facts.of("pool", pool)
                .with("id", id)
                .with("format", format)
                .with("size", size.bytes())
                .with("secrecy", secrecy)
                .with("at", at)
                .with("host", host)
                .with("machine", running.map(Running::machine))
                .with("disk", running.map(Running::disk))
                .with("knownSince", tracking.since().stream().findAny())
                .with("trouble", tracking.trouble())
                .with("since", since);
    }
}
