package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.HostId;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.RecoveryReport;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.LuksVolumes;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** A catalog and a storage system in memory that outlive processes, with an encrypted volume that gets other keys. */
final class RekeyWorld {

    private static final Duration LEASE = Duration.ofMinutes(1);
    private static final byte CONTENT = 42;

    final InMemoryStorageDriver storage = new InMemoryStorageDriver();
    final InMemoryHypervisorDriver hypervisors = new InMemoryHypervisorDriver();
    final InMemoryCatalog catalog;
    final HostRecord host;
    final PoolRecord pool;
    final VolumeRecord volume;

    private final AtomicLong seconds = new AtomicLong(1_767_225_600);
    private final Path keys;

    RekeyWorld(Path keys) throws InterruptedException {
        this.keys = keys;
        this.catalog = InMemoryCatalog.on(this::now);
        try (HvKit hvkit = process(Fuse.counting())) {
            RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
            RecordId<ClusterRecord> cluster = hvkit.inventory()
                    .addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE)
                    .id();
            host = hvkit.inventory().addHost(cluster, HostRequest.named("h1"));
            pool = hvkit.inventory()
                    .addPool(
                            new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                            PoolRequest.named("p1", InMemoryStorageDriver.TYPE));
            volume = hvkit.volumes()
                    .create(VolumeRequest.blank("root", ByteSize.gibibytes(1), pool.id())
                            .encrypted())
                    .await();
        }
        storage.write(external(volume), CONTENT);
    }

    private Instant now() {
        return Instant.ofEpochSecond(seconds.get());
    }

    /** Returns a process that dies when its fuse has burnt. */
    HvKit process(Fuse fuse) {
        return process(fuse, RelayedEndPoint.calm(), RelayedEndPoint.calm());
    }

    /** Returns a process to whose end point something happens; what happens before its calls does to those of its pool, too. */
    HvKit process(Fuse fuse, RelayedEndPoint.Moment before, RelayedEndPoint.Moment after) {
        Catalog seen = fuse.around(catalog.another());
        return HvKit.open(HvKitConfig.on(seen)
                .timedBy(this::now)
                .keysFrom(KeyProvider.file(keys))
                .endPointsFrom(known -> Optional.of(RelayedEndPoint.of(
                        storage.endPoint(known.hostId()),
                        call -> {
                            fuse.burn();
                            before.at(call);
                        },
                        call -> {
                            after.at(call);
                            fuse.burn();
                        })))
                .runBy(job -> {
                    Thread thread = new Thread(job, job.toString());
                    thread.setUncaughtExceptionHandler(
                            (dead, crash) -> assertThat(crash).isInstanceOf(Fuse.Crash.class));
                    thread.start();
                })
                .driversFrom(
                        HypervisorDrivers.of(List.of(hypervisors)),
                        StorageDrivers.of(List.of(new FusedStorage(storage, fuse, before)))));
    }

    /** Gives the volume another key in a process that may die meanwhile. */
    void rekey(Fuse fuse) throws InterruptedException {
        HvKit hvkit = process(fuse);
        try {
            hvkit.volumes().rekey(volume.id()).await();
        } catch (Fuse.Crash | DriverException e) {
            // dead, or its job was: what is left is looked at afterwards
        } finally {
            end(hvkit);
        }
    }

    /** Recovers in a process that may die meanwhile; nothing is known then. */
    Optional<RecoveryReport> recover(Fuse fuse) throws InterruptedException {
        HvKit hvkit = process(fuse);
        try {
            return Optional.of(hvkit.recover());
        } catch (Fuse.Crash e) {
            return Optional.empty();
        } finally {
            end(hvkit);
        }
    }

    private void end(HvKit hvkit) {
        try {
            hvkit.close();
        } catch (Fuse.Crash e) {
            // the dead close nothing
        } finally {
            seconds.addAndGet(LEASE.toSeconds());
        }
    }

    VolumeRecord now(VolumeRecord known) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.volumes().require(known.id()));
    }

    /** Returns whether a key opens the volume, as any program would find out. */
    boolean opens(RecordId<KeyRecord> key) throws InterruptedException {
        KeyVault vault = new KeyVault(catalog, KeyProvider.file(keys), this::now);
        try (Secret secret = vault.open(key)) {
            return reading((luks, image) -> luks.opens(image.unlockedBy(secret)));
        }
    }

    /** Returns how many slots of the volume hold a key. */
    int slots() throws InterruptedException {
        return reading(
                (luks, image) -> luks.attest(image).orElseThrow().keySlots().size());
    }

    private interface Reading<T> {
        T of(LuksVolumes luks, DiskImage image) throws InterruptedException;
    }

    private <T> T reading(Reading<T> reading) throws InterruptedException {
        HostId reader = host.hostId(); // the one that may have it meanwhile
        try (StoragePool open = openPool()) {
            VolumeUse use = VolumeUse.by(reader).because(VolumeUse.Reason.COPY);
            DiskImage image = DiskImage.at(
                    open.attach(external(volume), use), volume.place().format());
            T result = reading.of(storage.endPoint(reader).luks().orElseThrow(), image);
            open.detach(external(volume), reader, VolumeUse.Reason.COPY);
            return result;
        }
    }

    StoragePool openPool() throws InterruptedException {
        return StorageDrivers.of(List.of(storage))
                .forType(InMemoryStorageDriver.TYPE)
                .open(pool.poolId(), InMemoryStorageDriver.TYPE, Options.parse(List.of(), Map.of()));
    }

    List<RecordId<KeyRecord>> keysIn(KeyRecord.State state) throws InterruptedException {
        return catalog.inTransaction(transaction -> transaction.keys().where(KeyRecord.STATE, state).stream()
                .map(KeyRecord::id)
                .toList());
    }

    /** Whatever died: some key of the record opens the volume, and no slot has a key that is not in the record. */
    void checkThatARecordedKeyOpensIt(String when) throws InterruptedException {
        VolumeRecord record = now(volume);
        List<RecordId<KeyRecord>> opening = new ArrayList<>();
        for (RecordId<KeyRecord> key : Stream.concat(
                        record.key().stream(), record.second().flatMap(VolumeRecord.Second::key).stream())
                .toList()) {
            if (opens(key)) {
                opening.add(key);
            }
        }
        assertThat(opening).as(when).isNotEmpty().hasSize(slots());
        assertThat(opens(record.key().orElseThrow()))
                .as("the key that counts opens it, %s", when)
                .isTrue();
        assertThat(keysIn(KeyRecord.State.ACTIVE)).as(when).containsAll(opening);
    }

    /** All is over: one key, which opens it, and none that does besides. */
    void checkThatAllAgree(String when) throws InterruptedException {
        VolumeRecord record = now(volume);
        assertThat(record.state()).as(when).isEqualTo(VolumeRecord.State.READY);
        assertThat(record.second()).as(when).isEmpty();
        assertThat(opens(record.key().orElseThrow())).as(when).isTrue();
        assertThat(slots()).as(when).isOne();
        assertThat(keysIn(KeyRecord.State.ACTIVE))
                .as(when)
                .containsExactly(record.key().orElseThrow());
        assertThat(storage.read(external(record))).as(when).isEqualTo(CONTENT);
        try (StoragePool open = openPool()) {
            assertThat(open.uses(external(record))).as(when).isEmpty();
            assertThat(open.find(external(record)).orElseThrow().attestation())
                    .as(when)
                    .contains(record.place().encryption().orElseThrow().attestation());
        }
    }

    static VolumeId external(VolumeRecord record) {
        return new VolumeId(record.place().externalId().map(ExternalId::value).orElseThrow());
    }
}
