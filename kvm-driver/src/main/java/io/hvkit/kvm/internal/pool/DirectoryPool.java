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
import io.hvkit.core.VolumeId;
import io.hvkit.kvm.internal.pool.VolumeFiles.VolumeFile;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.ImageLock;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.LuksType;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeEncryption;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A directory whose files are volumes. What is there is read from the files, always. */
public final class DirectoryPool implements StoragePool {

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryPool.class);

    private final PoolId id;
    private final StoragePoolType type;
    private final QemuImg qemuImg;
    private final Optional<CryptSetup> cryptSetup;
    private final VolumeFiles files;
    private final Attachments attachments;

    private DirectoryPool(
            PoolId id, StoragePoolType type, Path directory, QemuImg qemuImg, Optional<CryptSetup> cryptSetup) {
        this.id = id;
        this.type = type;
        this.qemuImg = qemuImg;
        this.cryptSetup = cryptSetup;
        this.files = new VolumeFiles(directory);
        this.attachments = new Attachments(directory);
    }

    /** Opens the pool; see {@link io.hvkit.kvm.DirectoryPoolDriver}. */
    public static DirectoryPool open(PoolId id, StoragePoolType type, Path directory) throws InterruptedException {
        if (!directory.isAbsolute()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a pool needs an absolute path, not '%s'", directory);
        }
        if (!Files.isDirectory(directory)) {
            throw DriverException.because(Failure.NOT_FOUND)
                    .message("pool %s: %s is no directory; make it first", id, directory);
        }
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        return new DirectoryPool(id, type, directory, qemuImg, probeCryptSetup());
    }

    private static Optional<CryptSetup> probeCryptSetup() throws InterruptedException {
        try {
            return Optional.of(CryptSetup.probe(CommandRunner.local()));
        } catch (DriverException e) {
            if (e.failure() == Failure.HOST_NOT_READY) {
                return Optional.empty(); // this pool offers no encryption then
            }
            throw e;
        }
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
        return Features.none(PoolFeature.class);
    }

    @Override
    public Set<ImageFormat> formats() {
        return cryptSetup.isPresent()
                ? Set.of(ImageFormat.RAW, ImageFormat.QCOW2, ImageFormat.LUKS)
                : Set.of(ImageFormat.RAW, ImageFormat.QCOW2);
    }

    @Override
    public EncryptionSupport encryption() {
        return cryptSetup.isPresent() ? EncryptionSupport.hypervisorLuks() : EncryptionSupport.none();
    }

    @Override
    public PoolStatistics statistics() throws InterruptedException {
        ByteSize provisioned = ByteSize.ZERO;
        for (Volume volume : list()) {
            provisioned = provisioned.plus(volume.size());
        }
        return files.statistics(provisioned);
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
        Image image =
                Image.qcow2(files.planned(request.name(), request.format()).path());
        ByteSize clear =
                qemuImg.measure(CreateRequest.of(image, request.size())).fullyAllocated();
        return request.key().isPresent() ? clear.plus(LuksType.LUKS1.headerSize()) : clear;
    }

    @Override
    public Volume create(CreateVolume request) throws InterruptedException {
        VolumeFile file = requirePossible(request);
        Optional<VolumeFile> existing = files.find(file.id());
        if (existing.isPresent()) {
            return confirmed(request, existing.get());
        }
        make(request, file);
        return describe(file);
    }

    private VolumeFile requirePossible(CreateVolume request) {
        VolumeFile file = files.planned(request.name(), request.format());
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
        if (request.key().isPresent() && cryptSetup.isEmpty()) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message("pool %s cannot encrypt: cryptsetup is not installed on this machine", id);
        }
        return file;
    }

    private void make(CreateVolume request, VolumeFile file) throws InterruptedException {
        Optional<Secret> key = request.key();
        if (key.isPresent() && request.format() == ImageFormat.LUKS) {
            new LuksFile(cryptSetup.orElseThrow()).create(file.path(), request.size(), key.get());
        } else {
            Image image = Image.of(file.path(), request.format());
            qemuImg.create(key.map(image::unlockedBy).orElse(image), request.size());
            if (key.isPresent()) {
                attest(file);
            }
        }
    }

    /** Fails closed: what was to be encrypted and is not proven to be, goes. */
    private static void attest(VolumeFile file) {
        if (LuksHeader.read(file.path()).isEmpty()) {
            DriverException unproven = DriverException.because(Failure.CORRUPT_DATA)
                    .message("%s was made, but holds no LUKS header; it was removed", file.path());
            try {
                Files.deleteIfExists(file.path());
            } catch (IOException e) {
                unproven.addSuppressed(e);
            }
            throw unproven;
        }
    }

    private Volume confirmed(CreateVolume request, VolumeFile existing) throws InterruptedException {
        Volume volume = describe(existing);
        boolean equal = volume.format() == request.format()
                && volume.size().equals(request.size())
                && volume.attestation().isPresent() == request.key().isPresent();
        if (!equal || !opens(existing, request.key())) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message(
                            "volume %s exists with %s, format %s and another key or none; take another name",
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
        Optional<VolumeFile> file = files.find(volume);
        return file.isPresent() ? Optional.of(describe(file.get())) : Optional.empty();
    }

    @Override
    public List<Volume> list() throws InterruptedException {
        List<Volume> volumes = new ArrayList<>();
        for (VolumeFile file : files.list()) {
            volumes.add(describe(file));
        }
        return List.copyOf(volumes);
    }

    private Volume describe(VolumeFile file) throws InterruptedException {
        ByteSize size =
                qemuImg.whileInUse().info(Image.of(file.path(), file.format())).virtualSize();
        Volume volume = Volume.of(file.id(), file.id().value(), size, file.format());
        if (file.format() == ImageFormat.RAW) {
            return volume; // a guest may have written anything to it, a LUKS header too
        }
        return LuksHeader.read(file.path())
                .map(header -> volume.attestedBy(header.toString()))
                .orElse(volume);
    }

    @Override
    public void delete(VolumeId volume) throws InterruptedException {
        Optional<VolumeFile> file = files.find(volume);
        if (file.isEmpty()) {
            return;
        }
        Set<VolumeUse> uses = attachments.of(volume);
        if (!uses.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("volume %s is in use: %s; detach it first", volume, uses);
        }
        Path path = file.get().path();
        try (ImageLock lock = ImageLock.take(path)) { // a machine may have it open though nobody noted it
            LOG.debug("removing {}, held by {}", path, lock);
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .causedBy(e)
                    .message("%s cannot be removed: %s", path, e.toString());
        }
    }

    @Override
    public Attachment attach(VolumeId volume, VolumeUse use) throws InterruptedException {
        VolumeFile file = files.find(volume)
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("pool %s has no volume %s", id, volume));
        attachments.add(volume, use);
        return new Attachment.ImageFile(file.path());
    }

    @Override
    public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) {
        if (files.canHold(volume)) {
            attachments.remove(volume, host, reason);
        }
    }

    @Override
    public Set<VolumeUse> uses(VolumeId volume) {
        return files.find(volume).isPresent() ? attachments.of(volume) : Set.of();
    }

    @Override
    public void close() {}
}
