package io.hvkit.kvm.internal.pool;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.pool.FileCopy.Manner;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.ImageLock;
import io.hvkit.qemu.PartialFiles;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.QemuImgAbility;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A directory whose files are volumes. What is there is read from the files, always. */
public final class DirectoryPool implements StoragePool {

    private final PoolId id;
    private final StoragePoolType type;
    private final QemuImg qemuImg;
    private final FileCopy copy;
    private final Manner manner;
    private final PoolParts parts;
    private final BlankVolumes blank;

    private DirectoryPool(
            PoolId id, StoragePoolType type, QemuImg qemuImg, FileCopy copy, Manner manner, PoolParts parts) {
        this.id = id;
        this.type = type;
        this.qemuImg = qemuImg;
        this.copy = copy;
        this.manner = manner;
        this.parts = parts;
        this.blank = new BlankVolumes(qemuImg, parts);
    }

    /** Opens the pool in a directory that is there; removes what processes that were killed left half-made. */
    public static DirectoryPool open(PoolId id, StoragePoolType type, PoolDirectory directory)
            throws InterruptedException {
        CommandRunner runner = CommandRunner.local();
        QemuImg qemuImg = QemuImg.probe(runner);
        FileCopy copy = new FileCopy(runner);
        return directory.change(() -> {
            PartialFiles.sweep(HostFiles.local(), directory.path());
            Manner manner = copy.isAtOnce(directory.path()) ? Manner.AT_ONCE : Manner.IN_TIME;
            return new DirectoryPool(id, type, qemuImg, copy, manner, PoolParts.of(directory));
        });
    }

    @Override
    public PoolId id() {
        return id;
    }

    @Override
    public StoragePoolType type() {
        return type;
    }

    @Override
    public Features<PoolFeature> features() {
        Features<PoolFeature> features = Features.none(PoolFeature.class)
                .with(PoolFeature.GROWTH, Support.NATIVE)
                .with(PoolFeature.CLONES, Support.NATIVE)
                .with(PoolFeature.TEMPLATES, Support.NATIVE);
        if (blank.has(QemuImgAbility.QCOW2)) {
            features = features.with(PoolFeature.LINKED_CLONES, Support.NATIVE);
        }
        return manner == Manner.AT_ONCE ? features.with(PoolFeature.CLONES_WHILE_ATTACHED, Support.NATIVE) : features;
    }

    @Override
    public Set<ImageFormat> formats() {
        return blank.formats();
    }

    @Override
    public EncryptionSupport encryption() {
        return blank.encryption();
    }

    @Override
    public PoolStatistics statistics() throws InterruptedException {
        return parts.directory().look(() -> {
            ByteSize provisioned = ByteSize.ZERO;
            for (VolumeFile file : parts.files().named()) {
                provisioned = provisioned.plus(VolumeFiles.provisioned(file));
            }
            return parts.files().statistics(provisioned);
        });
    }

    @Override
    public VolumePlan plan(CreateVolume request) throws InterruptedException {
        return blank.plan(request);
    }

    @Override
    public Volume create(CreateVolume request) throws InterruptedException {
        return blank.create(request);
    }

    @Override
    public Optional<Volume> find(VolumeId volume) throws InterruptedException {
        return parts.directory().look(() -> {
            Optional<VolumeFile> file = parts.files().find(volume);
            return file.isPresent() ? Optional.of(VolumeFiles.describe(file.get())) : Optional.empty();
        });
    }

    /** Looks at that one file, since names are ids here: what else lies in the directory stands in nobody's way. */
    @Override
    public Optional<Volume> findNamed(String name) throws InterruptedException {
        return VolumeFiles.canBeCalled(name) ? find(new VolumeId(name)) : Optional.empty();
    }

    @Override
    public List<Volume> list() throws InterruptedException {
        return parts.directory().look(this::volumes);
    }

    private List<Volume> volumes() throws InterruptedException {
        List<Volume> volumes = new ArrayList<>();
        for (VolumeFile file : parts.files().list()) {
            volumes.add(VolumeFiles.describe(file));
        }
        return List.copyOf(volumes);
    }

    @Override
    public void delete(VolumeId volume) throws InterruptedException {
        parts.directory().change(() -> {
            Optional<VolumeFile> file = parts.files().find(volume);
            return file.isPresent() ? parts.guard().whileIdle(file.get(), () -> deleted(file.get())) : volume;
        });
    }

    private VolumeId deleted(VolumeFile file) throws InterruptedException {
        parts.guard().requireNoReaders(file);
        ImageLock lock = ImageLock.take(file.path()); // a machine may have it open though nobody noted it
        try {
            HostFiles.local().remove(file.path());
        } finally {
            lock.close();
        }
        parts.origins().forget(file);
        return file.id();
    }

    @Override
    public Attachment attach(VolumeId volume, VolumeUse use) throws InterruptedException {
        return parts.directory()
                .change(() -> parts.lock().hold(() -> {
                    VolumeFile file = parts.files().require(volume);
                    parts.guard().requireNoClones(file);
                    parts.attachments().add(volume, use);
                    return new Attachment.ImageFile(file.path());
                }));
    }

    @Override
    public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) throws InterruptedException {
        if (!parts.files().canHold(volume)) {
            return;
        }
        parts.directory()
                .change(() -> parts.lock().hold(() -> {
                    parts.attachments().remove(volume, host, reason);
                    return volume;
                }));
    }

    @Override
    public Set<VolumeUse> uses(VolumeId volume) throws InterruptedException {
        return parts.directory()
                .look(() -> parts.files().find(volume).isPresent()
                        ? parts.attachments().of(volume)
                        : Set.of());
    }

    @Override
    public Optional<Growth> growth() {
        return Optional.of(new FileGrowth(qemuImg, parts.directory(), parts.files(), parts.guard()));
    }

    @Override
    public Optional<Clones> clones() {
        return Optional.of(new FileClones(qemuImg, copy, manner, parts));
    }

    @Override
    public Optional<Templates> templates() {
        return Optional.of(new FileTemplates(qemuImg, copy, blank, parts));
    }

    @Override
    public void close() {}
}
