package io.hvkit.vmware.internal.datastore;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Adoption;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.vmware.internal.machine.Changes;
import io.hvkit.vmware.internal.soap.Properties;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A datastore whose virtual disks are volumes. What is there is asked of the vCenter, always. */
public final class DatastorePool implements StoragePool {

    private static final Features<PoolFeature> FEATURES = Features.none(PoolFeature.class)
            .with(PoolFeature.GROWTH, Support.NATIVE)
            .with(PoolFeature.GROWTH_WHILE_ATTACHED, Support.NATIVE)
            .with(PoolFeature.CLONES, Support.NATIVE)
            .with(PoolFeature.ADOPTION, Support.NATIVE);
    private static final String NOT_ENCRYPTED =
            "vSphere opens no LUKS, and its own encryption is not offered yet; take a pool of another type that encrypts";
    private static final String CAPACITY = "summary.capacity";
    private static final String FREE = "summary.freeSpace";

    private final DatastoreSite site;
    private final StoragePoolType type;
    private final VolumeFolders folders;
    private final Volumes volumes;
    private final VolumeUses uses;
    private final DiskMaking making;
    private final DiskTransfer transfer;

    /** Returns the pool that a datastore is; closing it closes the client. */
    DatastorePool(DatastoreSite site, StoragePoolType type) {
        this.site = site;
        this.type = type;
        DatastoreFiles files = new DatastoreFiles(site);
        this.folders = new VolumeFolders(site, files);
        this.volumes = new Volumes(site, files, folders);
        this.uses = new VolumeUses(folders, volumes);
        this.making = new DiskMaking(site, files, folders, volumes);
        this.transfer = new DiskTransfer(site, files, folders, volumes, making);
    }

    @Override
    public PoolId id() {
        return site.id();
    }

    @Override
    public StoragePoolType type() {
        return type;
    }

    @Override
    public Optional<String> identity() throws InterruptedException {
        return site.uuid().map(DatastoreUuid::value);
    }

    @Override
    public Features<PoolFeature> features() {
        return FEATURES;
    }

    @Override
    public Set<ImageFormat> formats() {
        return Set.of(ImageFormat.VMDK);
    }

    @Override
    public Optional<String> encryptionAdvice() {
        return Optional.of(NOT_ENCRYPTED);
    }

    @Override
    public PoolStatistics statistics() throws InterruptedException {
        Properties.Found now = site.read(CAPACITY, FREE);
        long capacity = bytes(now.text(CAPACITY));
        ByteSize provisioned = ByteSize.ZERO;
        for (Volume volume : volumes.all()) {
            provisioned = provisioned.plus(volume.size());
        }
        long free = Math.min(bytes(now.text(FREE)), capacity);
        return new PoolStatistics(ByteSize.bytes(capacity), ByteSize.bytes(capacity - free), provisioned);
    }

    private long bytes(String text) throws InterruptedException {
        if (text.isEmpty()) {
            site.requireAccessible();
            return 0;
        }
        return Long.parseLong(text);
    }

    @Override
    public VolumePlan plan(CreateVolume request) throws InterruptedException {
        VolumeFolders.requireName(request.name());
        requireOffered(request);
        return VolumePlan.exactly(DiskMaking.size(request.size()));
    }

    /** For who opens a pool without the SDK's guard. */
    private static void requireOffered(CreateVolume request) {
        if (request.encryption() != VolumeEncryption.NONE) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s is to be encrypted, and disks on datastores are plain: %s",
                            request.name(), NOT_ENCRYPTED);
        }
        if (request.format() != ImageFormat.VMDK) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s is to be %s, and disks on datastores are VMDK; ask for that",
                            request.name(), request.format());
        }
    }

    @Override
    public Volume create(CreateVolume request) throws InterruptedException {
        ByteSize size = plan(request).size();
        return Changes.sure(() -> making.blank(request.name(), size));
    }

    @Override
    public Optional<Volume> find(VolumeId volume) throws InterruptedException {
        Optional<Volumes.Placed> placed = volumes.find(volume);
        return placed.isEmpty() ? Optional.empty() : Optional.of(volumes.described(placed.get()));
    }

    @Override
    public Optional<Volume> findNamed(String name) throws InterruptedException {
        return VolumeFolders.canHold(name) ? find(new VolumeId(name)) : Optional.empty();
    }

    @Override
    public List<Volume> list() throws InterruptedException {
        return volumes.all();
    }

    @Override
    public void delete(VolumeId volume) throws InterruptedException {
        Changes.sure(() -> {
            making.delete(volume);
            return volume;
        });
    }

    @Override
    public Attachment attach(VolumeId volume, VolumeUse use) throws InterruptedException {
        return uses.add(volume, use).attachment();
    }

    @Override
    public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) throws InterruptedException {
        uses.remove(volume, host, reason);
    }

    @Override
    public Set<VolumeUse> uses(VolumeId volume) throws InterruptedException {
        return volumes.find(volume).map(found -> found.folder().notes().uses()).orElse(Set.of());
    }

    @Override
    public Optional<Growth> growth() {
        return Optional.of((volume, size) -> {
            DiskMaking.requireSize(size);
            return Changes.sure(() -> making.grown(volume, DiskMaking.size(size)));
        });
    }

    @Override
    public Optional<Clones> clones() {
        return Optional.of(request -> Changes.sure(() -> making.clone(request)));
    }

    @Override
    public Optional<Adoption> adoption() {
        return Optional.of((volume, from) -> {
            if (!(from instanceof DatastorePool other)) {
                throw DriverException.because(Failure.UNSUPPORTED)
                        .message("pool %s is no datastore, and hands nothing over to %s", from.id(), site.name());
            }
            return new VolumeAdoption(site, folders, volumes).adopt(volume, other.site, other.folders, other.volumes);
        });
    }

    /** Returns what brings and fetches the content of volumes. */
    public DiskTransfer transfer() {
        return transfer;
    }

    @Override
    public void close() {
        site.client().close();
    }
}
