package io.hvkit.kvm.internal.pool;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.Support;
import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.pool.FileCopy.Manner;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.ImageLock;
import io.hvkit.qemu.LuksType;
import io.hvkit.qemu.PartialFiles;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.QemuImgAbility;
import io.hvkit.storage.spi.Clones;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
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

    private DirectoryPool(
            PoolId id, StoragePoolType type, QemuImg qemuImg, FileCopy copy, Manner manner, PoolParts parts) {
        this.id = id;
        this.type = type;
        this.qemuImg = qemuImg;
        this.copy = copy;
        this.manner = manner;
        this.parts = parts;
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
                .with(PoolFeature.CLONES, Support.NATIVE);
        if (qemuImg.abilities().contains(QemuImgAbility.QCOW2)) {
            features = features.with(PoolFeature.LINKED_CLONES, Support.NATIVE);
        }
        return manner == Manner.AT_ONCE ? features.with(PoolFeature.CLONES_WHILE_ATTACHED, Support.NATIVE) : features;
    }

    @Override
    public Set<ImageFormat> formats() {
        EnumSet<ImageFormat> formats = EnumSet.of(ImageFormat.RAW);
        if (qemuImg.abilities().contains(QemuImgAbility.QCOW2)) {
            formats.add(ImageFormat.QCOW2);
        }
        if (qemuImg.abilities().contains(QemuImgAbility.LUKS)) {
            formats.add(ImageFormat.LUKS);
        }
        return formats;
    }

    @Override
    public EncryptionSupport encryption() {
        if (!qemuImg.abilities().contains(QemuImgAbility.LUKS)) {
            return EncryptionSupport.none();
        }
        return qemuImg.abilities().contains(QemuImgAbility.QCOW2)
                ? EncryptionSupport.hypervisorLuks()
                : EncryptionSupport.hypervisorLuks(LuksVersion.LUKS1, ImageFormat.LUKS);
    }

    @Override
    public PoolStatistics statistics() throws InterruptedException {
        return parts.directory().look(() -> {
            ByteSize provisioned = ByteSize.ZERO;
            for (Volume volume : volumes()) {
                provisioned = provisioned.plus(volume.size());
            }
            return parts.files().statistics(provisioned);
        });
    }

    @Override
    public VolumePlan plan(CreateVolume request) throws InterruptedException {
        requirePossible(request);
        return switch (request.format()) {
            case LUKS -> new VolumePlan(request.size(), request.size().plus(LuksType.LUKS1.headerSize()));
            case QCOW2 -> new VolumePlan(request.size(), filled(request));
            default -> VolumePlan.exactly(request.size());
        };
    }

    /** Measured in clear, and the header added: qemu-img would try out how fast it can derive keys, for seconds. */
    private ByteSize filled(CreateVolume request) throws InterruptedException {
        Path path = parts.files().planned(request.name(), request.format()).path();
        ByteSize clear = qemuImg.measure(CreateRequest.of(Image.qcow2(path), request.size()))
                .fullyAllocated();
        return request.key().isPresent() ? clear.plus(LuksType.LUKS1.headerSize()) : clear;
    }

    @Override
    public Volume create(CreateVolume request) throws InterruptedException {
        VolumeFile file = requirePossible(request);
        return parts.directory().change(() -> {
            Optional<VolumeFile> existing = parts.files().find(file.id());
            if (existing.isPresent()) {
                return confirmed(request, existing.get());
            }
            parts.making().make(VolumeMaking.Plan.blank(file), draft -> fill(request, draft));
            return VolumeFiles.describe(file);
        });
    }

    private VolumeFile requirePossible(CreateVolume request) {
        VolumeFile file = parts.files().planned(request.name(), request.format());
        if (request.encryption() == VolumeEncryption.BY_STORAGE) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "a directory does not encrypt; give volume %s a key with encryptedBy(...)", request.name());
        }
        if (request.format() == ImageFormat.LUKS && request.key().isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a LUKS volume needs a key; volume %s has none", request.name());
        }
        if (request.key().filter(key -> !key.isText()).isPresent()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "the key of volume %s is not UTF-8 text without NUL bytes; QEMU would read a part of it only",
                            request.name());
        }
        boolean encryptable = encryption().formatsWithKey().contains(request.format());
        if (!formats().contains(request.format()) || (request.key().isPresent() && !encryptable)) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "pool %s cannot make volume %s as %s: qemu-img %s is built without it",
                            id, request.name(), request.format(), qemuImg.version());
        }
        return file;
    }

    private void fill(CreateVolume request, Path draft) throws InterruptedException {
        Image image = Image.of(draft, request.format());
        qemuImg.create(request.key().map(image::unlockedBy).orElse(image), request.size());
        if (request.key().isPresent()) {
            VolumeMaking.attest(draft, request.format());
        }
    }

    private Volume confirmed(CreateVolume request, VolumeFile existing) throws InterruptedException {
        Volume volume = VolumeFiles.describe(existing);
        boolean equal = volume.format() == request.format()
                && volume.size().equals(request.size())
                && volume.attestation().isPresent() == request.key().isPresent()
                && parts.origins().of(existing).isEmpty();
        if (!equal || !opens(existing, request.key())) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "volume %s exists with %s, format %s and another origin or key, or none; take another name",
                            request.name(), volume.size(), volume.format());
        }
        return volume;
    }

    private boolean opens(VolumeFile file, Optional<Secret> key) throws InterruptedException {
        if (key.isEmpty()) {
            return true;
        }
        return qemuImg.unlocks(Image.of(file.path(), file.format()).unlockedBy(key.get()));
    }

    @Override
    public Optional<Volume> find(VolumeId volume) throws InterruptedException {
        return parts.directory().look(() -> {
            Optional<VolumeFile> file = parts.files().find(volume);
            return file.isPresent() ? Optional.of(VolumeFiles.describe(file.get())) : Optional.empty();
        });
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
    public void close() {}
}
