package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.testkit.contract.ContractCases;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the contracts of storage share: the driver they judge, and what a case needs. Each case is run with plain volumes and with
 * encrypted ones.
 */
@ExtendWith(PlainAndEncrypted.class)
public abstract sealed class StorageCases extends ContractCases
        permits StoragePoolContract,
                SnapshotsContract,
                SnapshotGroupsContract,
                RenamingContract,
                GrowthContract,
                ClonesContract,
                TemplatesContract,
                LimitsContract,
                PoolMigrationContract,
                PoolClusterContract,
                AdoptionContract,
                LostStorageContract {

    static final int REPEATS = 10;
    static final HostId HOST = new HostId("contract-host");
    static final HostId OTHER_HOST = new HostId("contract-host-2");

    Mode mode = Mode.PLAIN;
    StoragePool pool;
    Secret key;

    StorageCases() {}

    /** Returns what to judge; asked for again whenever a case needs it. */
    protected abstract StorageUnderTest underTest();

    /**
     * Returns the key of all volumes of this case that are encrypted with one, for who writes to them as a machine would. It is
     * lent: the case wipes it.
     */
    protected final Secret key() {
        return key;
    }

    @Override
    protected final Subject subject() {
        String encryption = ", encryption " + pool.encryption().words();
        return new Subject(pool.type().id(), pool.features() + encryption);
    }

    /** Made by JUnit: opens the pool. */
    @BeforeEach
    final void connect() throws InterruptedException {
        Secret random = Secret.random();
        undoLater(random::close);
        key = random;
        pool = connection();
    }

    /** Opens the pool as an embedder does, with the SDK's guard in front of the driver. */
    final StoragePool connection() throws InterruptedException {
        return connection(underTest());
    }

    final StoragePool connection(StorageUnderTest judged) throws InterruptedException {
        StoragePool opened = open(judged);
        undoLater(opened::close);
        return opened;
    }

    private static StoragePool open(StorageUnderTest judged) throws InterruptedException {
        StorageDriver guarded =
                StorageDrivers.of(List.of(judged.driver())).requireAll().forType(judged.type());
        Options options = Options.parse(guarded.options(), judged.options(), judged.secrets());
        return guarded.open(judged.pool(), judged.type(), options);
    }

    /** Returns a name that no other run uses. */
    static String unique() {
        return "c" + UUID.randomUUID().toString().replace("-", "").substring(0, 16);
    }

    final ByteSize size() {
        return underTest().size();
    }

    final CreateVolume request() {
        return request(unique(), size());
    }

    final CreateVolume request(String name, ByteSize size) {
        return mode.of(CreateVolume.blank(name, size), pool, underTest().format(), key);
    }

    /** Returns the format of plain volumes here. */
    final ImageFormat plainFormat() {
        return underTest().format().orElseGet(() -> Mode.firstOf(pool));
    }

    /** Makes a volume, which is removed with all that hangs on it when the case has ended. */
    final Volume create(CreateVolume request) throws InterruptedException {
        undoLater(() -> remove(request.name()));
        return pool.create(request);
    }

    final Volume create() throws InterruptedException {
        return create(request());
    }

    /** Removes a volume under that name, whoever made it; by a connection of its own: the case may have broken the others. */
    final void removeLater(String name) {
        undoLater(() -> remove(name));
    }

    private void remove(String name) throws InterruptedException {
        remove(name, underTest());
    }

    final void remove(String name, StorageUnderTest judged) throws InterruptedException {
        try (StoragePool fresh = open(judged)) {
            for (Volume volume : fresh.list()) {
                if (volume.name().equals(name)) {
                    release(fresh, volume.id());
                    fresh.delete(volume.id());
                }
            }
        }
    }

    private static void release(StoragePool fresh, VolumeId volume) throws InterruptedException {
        for (VolumeUse use : fresh.uses(volume)) {
            fresh.detach(volume, use.host(), use.reason());
        }
        if (fresh.snapshots().isPresent()) {
            Snapshots snapshots = fresh.snapshots().get();
            for (Snapshot snapshot : snapshots.list(volume)) {
                snapshots.delete(snapshot.id());
            }
        }
    }

    final boolean offers(PoolFeature feature) {
        return pool.features().offers(feature);
    }

    final List<String> names() throws InterruptedException {
        return pool.list().stream().map(Volume::name).toList();
    }

    /** Ids that are none of this pool's, whatever they look like. */
    static List<VolumeId> foreignIds() {
        return List.of(
                new VolumeId(unique()),
                new VolumeId("../etc/passwd"),
                new VolumeId("/"),
                new VolumeId("*"),
                new VolumeId("-rf"),
                new VolumeId("x".repeat(128)));
    }

    /** Returns whether this case's volumes are encrypted with its key. */
    final boolean isKeyed() {
        return mode == Mode.ENCRYPTED && !pool.encryption().formatsWithKey().isEmpty();
    }

    /** Returns whether this case's volumes are of no use before an end point has written their headers. */
    final boolean isToGetHeaders() {
        return isKeyed() && pool.encryption().needsHeader();
    }

    final boolean encryptsNothing() {
        return pool.encryption().equals(EncryptionSupport.none());
    }

    /** What is asked of a pool that cannot encrypt. */
    final void refusesToEncrypt() throws InterruptedException {
        CreateVolume plain = CreateVolume.blank(unique(), size()).as(plainFormat());
        refuses(Failure.UNSUPPORTED, "encryption by the storage", () -> pool.create(plain.encryptedByStorage()));
        refuses(
                Failure.UNSUPPORTED,
                "encryption with a key",
                () -> pool.create(CreateVolume.blank(plain.name(), size()).encryptedBy(key)));
        assertThat(names()).doesNotContain(plain.name());
    }
}
