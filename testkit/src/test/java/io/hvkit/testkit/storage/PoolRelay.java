package io.hvkit.testkit.storage;

import io.hvkit.core.Attachment;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.Limits;
import io.hvkit.storage.spi.PoolCluster;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.Renaming;
import io.hvkit.storage.spi.SnapshotGroups;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Passes everything on; a test overrides the one thing that it does wrong. */
class PoolRelay implements StoragePool {

    final StoragePool real;

    PoolRelay(StoragePool real) {
        this.real = real;
    }

    @Override
    public PoolId id() {
        return real.id();
    }

    @Override
    public StoragePoolType type() {
        return real.type();
    }

    @Override
    public Optional<String> identity() throws InterruptedException {
        return real.identity();
    }

    @Override
    public Features<PoolFeature> features() {
        return real.features();
    }

    @Override
    public Set<ImageFormat> formats() {
        return real.formats();
    }

    @Override
    public EncryptionSupport encryption() {
        return real.encryption();
    }

    @Override
    public PoolStatistics statistics() throws InterruptedException {
        return real.statistics();
    }

    @Override
    public VolumePlan plan(CreateVolume request) throws InterruptedException {
        return real.plan(request);
    }

    @Override
    public Volume create(CreateVolume request) throws InterruptedException {
        return real.create(request);
    }

    @Override
    public Optional<Volume> find(VolumeId id) throws InterruptedException {
        return real.find(id);
    }

    @Override
    public List<Volume> list() throws InterruptedException {
        return real.list();
    }

    @Override
    public void delete(VolumeId id) throws InterruptedException {
        real.delete(id);
    }

    @Override
    public Attachment attach(VolumeId id, VolumeUse use) throws InterruptedException {
        return real.attach(id, use);
    }

    @Override
    public void detach(VolumeId id, HostId host, VolumeUse.Reason reason) throws InterruptedException {
        real.detach(id, host, reason);
    }

    @Override
    public Set<VolumeUse> uses(VolumeId id) throws InterruptedException {
        return real.uses(id);
    }

    @Override
    public Optional<Snapshots> snapshots() {
        return real.snapshots();
    }

    @Override
    public Optional<SnapshotGroups> snapshotGroups() {
        return real.snapshotGroups();
    }

    @Override
    public Optional<Renaming> renaming() {
        return real.renaming();
    }

    @Override
    public Optional<Growth> growth() {
        return real.growth();
    }

    @Override
    public Optional<Clones> clones() {
        return real.clones();
    }

    @Override
    public Optional<Templates> templates() {
        return real.templates();
    }

    @Override
    public Optional<Limits> limits() {
        return real.limits();
    }

    @Override
    public Optional<PoolMigration> migration() {
        return real.migration();
    }

    @Override
    public Optional<Adoption> adoption() {
        return real.adoption()
                .map(adoption ->
                        (volume, from) -> adoption.adopt(volume, from instanceof PoolRelay relay ? relay.real : from));
    }

    @Override
    public Optional<PoolCluster> cluster() {
        return real.cluster();
    }

    @Override
    public void close() {
        real.close();
    }
}
