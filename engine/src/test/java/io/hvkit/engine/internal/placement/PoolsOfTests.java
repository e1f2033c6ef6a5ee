package io.hvkit.engine.internal.placement;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.placement.PoolFacts.Hosts;
import io.hvkit.engine.internal.placement.PoolFacts.Terms;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.ResolvedPoolType;
import io.hvkit.storage.spi.StoragePoolType;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** A zone of two clusters with a host each, and pools that say what a test wants. */
final class PoolsOfTests {

    static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    static final ZoneRecord ZONE = new ZoneRecord(new RecordId<>("z1"), 1, "zone-1");
    static final ZoneRecord OTHER_ZONE = new ZoneRecord(new RecordId<>("z2"), 1, "zone-2");
    static final ClusterRecord C1 = cluster("c1");
    static final ClusterRecord C2 = cluster("c2");
    static final HostRecord H1 = host("h1", C1);
    static final HostRecord H2 = host("h2", C1);

    /** Promises more than it has, is shared, and encrypts. */
    static final StoragePoolType THIN = StoragePoolType.named("thin", "Thin")
            .having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES, PoolTrait.OVERPROVISIONS)
            .encryptedBy(EncryptionSupport.hypervisorLuks());

    /** Promises what it has. */
    static final StoragePoolType THICK =
            StoragePoolType.named("thick", "Thick").having(PoolTrait.SHARED, PoolTrait.BLOCK_DEVICES);

    static final StoragePoolType LOCAL =
            StoragePoolType.named("directory", "Directory").having(PoolTrait.LOCAL, PoolTrait.OVERPROVISIONS);

    static final StoragePoolType PARENT = StoragePoolType.named("datastore-cluster", "Datastore cluster")
            .having(PoolTrait.SHARED, PoolTrait.OVERPROVISIONS, PoolTrait.PARENT);

    private PoolsOfTests() {}

    private static ClusterRecord cluster(String name) {
        return new ClusterRecord(new RecordId<>(name), 1, ZONE.id(), name, "kvm", ClusterRecord.Policy.ENABLED);
    }

    private static HostRecord host(String name, ClusterRecord cluster) {
        HostRecord fresh = HostRecord.named(name, cluster.id(), Facts.NONE, NOW);
        return new HostRecord(
                new RecordId<>(name),
                1,
                fresh.cluster(),
                name,
                fresh.options(),
                fresh.standing(),
                fresh.dedicatedTo(),
                fresh.seen());
    }

    static RecordId<PoolRecord> id(String name) {
        return new RecordId<>(name);
    }

    static PoolRecord record(String name, Reach reach, String type) {
        PoolRecord fresh = PoolRecord.named(name, reach, type, Facts.NONE, NOW);
        return new PoolRecord(
                id(name),
                1,
                fresh.reach(),
                name,
                type,
                fresh.options(),
                fresh.standing(),
                fresh.seen(),
                fresh.identity(),
                fresh.membership());
    }

    /** Returns a pool that was not asked. */
    static PoolFacts unasked(String name, Reach reach, StoragePoolType type) {
        return PoolFacts.of(record(name, reach, type.id()), new ResolvedPoolType.Known(type), hosts(reach));
    }

    static Hosts hosts(Reach reach) {
        return new Hosts(
                reach.cluster().map(id -> id.equals(C1.id()) ? C1 : C2),
                reach.host().map(id -> id.equals(H1.id()) ? H1 : H2));
    }

    /** Returns a pool of the zone of which nothing is used. */
    static PoolFacts pool(String name, StoragePoolType type, ByteSize capacity) {
        return unasked(name, Reach.of(ZONE), type).saying(answer(type, capacity, ByteSize.ZERO, ByteSize.ZERO));
    }

    /** Returns a thin pool of the zone with room. */
    static PoolFacts pool(String name) {
        return pool(name, THIN, ByteSize.tebibytes(1));
    }

    static PoolAnswer answer(StoragePoolType type, ByteSize capacity, ByteSize used, ByteSize provisioned) {
        return new PoolAnswer(
                type,
                type.encryption(),
                Set.of(ImageFormat.RAW, ImageFormat.QCOW2),
                new PoolStatistics(capacity, used, provisioned),
                Optional.empty(),
                NOW);
    }

    static Terms overcommitted(String factor) {
        return new Terms(Set.of(), Ratio.parse(factor));
    }
}
