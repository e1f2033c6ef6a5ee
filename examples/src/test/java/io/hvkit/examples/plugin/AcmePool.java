package io.hvkit.examples.plugin;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.VolumeId;
import io.hvkit.examples.plugin.AcmeArray.Lun;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** A pool of the array: plain block devices, and nothing beyond what every pool must do. */
record AcmePool(PoolId id, StoragePoolType type, AcmeArray array) implements StoragePool {

    @Override
    public Features<PoolFeature> features() {
        return Features.none(PoolFeature.class);
    }

    @Override
    public Set<ImageFormat> formats() {
        return Set.of(ImageFormat.RAW);
    }

    @Override
    public PoolStatistics statistics() {
        long used = array.luns().stream().mapToLong(Lun::bytes).sum();
        return new PoolStatistics(ByteSize.bytes(AcmeArray.CAPACITY), ByteSize.bytes(used), ByteSize.bytes(used));
    }

    // tag::create[]
    @Override
    public VolumePlan plan(CreateVolume request) {
        if (!request.name().matches("[!-~]{1,64}")) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a name has 1 to 64 visible ASCII characters, not '%s'", request.name());
        }
        return VolumePlan.exactly(request.size().roundedUpTo(ByteSize.bytes(AcmeArray.STEP)));
    }

    @Override
    public Volume create(CreateVolume request) {
        ByteSize size = plan(request).size();
        Optional<Volume> present = findNamed(request.name());
        if (present.isPresent()) {
            if (!present.get().size().equals(size)) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "there is another volume %s, of %s",
                                request.name(), present.get().size());
            }
            return present.get(); // an equal request was carried out before
        }
        if (size.compareTo(statistics().free()) > 0) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .message(
                            "pool %s has %s left; volume %s needs %s",
                            id, statistics().free(), request.name(), size);
        }
        return volume(array.create(request.name(), size.bytes()));
    }
    // end::create[]

    @Override
    public Optional<Volume> findNamed(String name) {
        return list().stream().filter(volume -> volume.name().equals(name)).findAny();
    }

    @Override
    public Optional<Volume> find(VolumeId volume) {
        return array.lun(volume.value()).map(AcmePool::volume);
    }

    @Override
    public List<Volume> list() {
        return array.luns().stream().map(AcmePool::volume).toList();
    }

    private static Volume volume(Lun lun) {
        return Volume.of(new VolumeId(AcmeArray.wwn(lun)), lun.name(), ByteSize.bytes(lun.bytes()), ImageFormat.RAW);
    }

    @Override
    public void delete(VolumeId volume) {
        Set<VolumeUse> uses = uses(volume);
        if (!uses.isEmpty()) {
            throw DriverException.because(Failure.IN_USE)
                    .message("volume %s is in use: %s; detach it first", volume, uses);
        }
        array.lun(volume.value()).ifPresent(array::destroy);
    }

    // tag::attach[]
    @Override
    public Attachment attach(VolumeId volume, VolumeUse use) {
        Lun lun = array.lun(volume.value())
                .orElseThrow(() ->
                        DriverException.because(Failure.NOT_FOUND).message("pool %s has no volume %s", id, volume));
        Set<VolumeUse> uses = new LinkedHashSet<>(uses(volume));
        uses.stream().filter(use::conflictsWith).findAny().ifPresent(other -> {
            throw DriverException.because(Failure.IN_USE)
                    .message("host %s uses volume %s for %s", other.host(), volume, other.reason());
        });
        uses.removeIf(use::isSameAs);
        uses.add(use);
        note(lun, uses);
        return new Attachment.BlockDevice(Path.of("/dev/disk/by-id", volume.value()));
    }

    @Override
    public void detach(VolumeId volume, HostId host, VolumeUse.Reason reason) {
        array.lun(volume.value()).ifPresent(lun -> {
            Set<VolumeUse> uses = new LinkedHashSet<>(uses(volume));
            uses.removeIf(VolumeUse.by(host).because(reason)::isSameAs);
            note(lun, uses);
        });
    }

    /** The array keeps the uses, as labels: another process must see them after this one has crashed. */
    @Override
    public Set<VolumeUse> uses(VolumeId volume) {
        return array.lun(volume.value()).stream()
                .flatMap(lun -> lun.labels().stream())
                .map(label -> label.split(" ", -1))
                .map(words -> new VolumeUse(
                        new HostId(words[0]), VolumeUse.Reason.valueOf(words[1]), VolumeUse.Sharing.valueOf(words[2])))
                .collect(Collectors.toUnmodifiableSet());
    }

    private void note(Lun lun, Set<VolumeUse> uses) {
        array.label(
                lun,
                uses.stream()
                        .map(use -> use.host() + " " + use.reason() + " " + use.sharing())
                        .collect(Collectors.toSet()));
    }
    // end::attach[]

    @Override
    public void close() {}
}
