package io.hvkit.testkit.storage;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.ImageMeasure;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** A host that works on the volumes of a storage system in memory that are attached to it. */
record InMemoryVolumeHost(HostId host, InMemoryArray array) implements EndPoint, Images, LuksVolumes {

    private static final int SLOTS = 8;

    @Override
    public HostFacts probe() {
        return HostFacts.at(Instant.now())
                .having(HostFeature.QEMU_IMG, "volumes are copied in memory")
                .having(HostFeature.VOLUME_ENCRYPTION, "keys are kept apart in memory")
                .lacking(HostFeature.POWERFLEX_CLIENT, "nothing is attached to memory");
    }

    @Override
    public Images images() {
        return this;
    }

    @Override
    public Optional<LuksVolumes> luks() {
        return Optional.of(this);
    }

    @Override
    public ImageReport copy(CopyImage request, ProgressListener listener) {
        if (request.before() == CopyImage.Before.NOTHING) {
            throw madeByPools();
        }
        return array.locked(() -> {
            InMemoryVolume source = requireOpen(request.source());
            InMemoryVolume target = requireOpen(request.target());
            boolean isRefused = request.plaintext() == CopyImage.Plaintext.REFUSED;
            if (isRefused && !source.locks.isEmpty() && target.locks.isEmpty()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("what is encrypted would lie in clear at %s", request.target());
            }
            if (target.size.compareTo(source.size) < 0) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s has no room for %s", request.target(), source.size);
            }
            target.content = source.content;
            return report(target);
        });
    }

    @Override
    public boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener) {
        return array.locked(() -> requireOpen(one).content == requireOpen(other).content);
    }

    @Override
    public ImageReport inspect(DiskImage image) {
        return array.locked(() -> report(require(image)));
    }

    /** Copies in memory are done in one go. */
    @Override
    public boolean isIncomplete(DiskImage image) {
        array.locked(() -> require(image));
        return false;
    }

    /** An image is made on a volume of blocks; others are made by their pools. */
    @Override
    public ImageReport create(DiskImage image, ByteSize size) {
        return array.locked(() -> {
            LuksAttestation unused = format(image);
            return report(require(image));
        });
    }

    @Override
    public ImageMeasure measure(DiskImage image, ByteSize size) {
        throw madeByPools();
    }

    @Override
    public ImageMeasure measure(CopyImage request) {
        throw madeByPools();
    }

    /** A volume in memory is as large for its machine as its pool has made it. */
    @Override
    public ImageReport growTo(DiskImage image, ByteSize size) {
        return array.locked(() -> {
            InMemoryVolume there = requireOpen(image);
            if (there.size.compareTo(size) < 0) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("%s has no room for %s; its pool makes it larger", image.attachment(), size);
            }
            return report(there);
        });
    }

    private static DriverException madeByPools() {
        return DriverException.because(Failure.UNSUPPORTED)
                .effect(Effect.NOT_APPLIED)
                .message("volumes in memory are made, measured and grown by their pools");
    }

    @Override
    public LuksAttestation format(DiskImage volume) {
        return array.locked(() -> {
            InMemoryVolume there = require(volume);
            if (there.lacksHeader() && there.content == 0) {
                there.locks.put(0, lock(volume.key().orElseThrow()));
            }
            if (!isOpenedByItsKey(volume)) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message("%s holds something, and is not formatted", volume.attachment());
            }
            return requireProof(volume);
        });
    }

    @Override
    public Optional<LuksAttestation> attest(DiskImage volume) {
        return array.locked(() -> proof(require(volume)));
    }

    @Override
    public boolean opens(DiskImage volume) {
        return array.locked(() -> {
            requireProof(volume);
            return isOpenedByItsKey(volume);
        });
    }

    @Override
    public LuksAttestation addKey(DiskImage volume, Secret added) {
        return array.locked(() -> {
            InMemoryVolume there = requireOpen(volume);
            String lock = lock(added);
            if (!there.locks.containsValue(lock)) {
                there.locks.put(freeSlot(there), lock);
            }
            return requireProof(volume);
        });
    }

    private static int freeSlot(InMemoryVolume volume) {
        for (int slot = 0; slot < SLOTS; slot++) {
            if (!volume.locks.containsKey(slot)) {
                return slot;
            }
        }
        throw DriverException.because(Failure.EXHAUSTED).message("all %d key slots are taken; remove a key", SLOTS);
    }

    @Override
    public LuksAttestation removeKey(DiskImage volume, Secret removed) {
        return array.locked(() -> {
            requireOpen(volume).locks.values().removeIf(lock(removed)::equals);
            return requireProof(volume);
        });
    }

    private InMemoryVolume require(DiskImage image) {
        Attachment place = image.attachment();
        VolumeId id = new VolumeId(place.requirePath().getFileName().toString());
        InMemoryVolume volume = array.anywhere(id)
                .filter(found -> found.uses.stream().anyMatch(use -> use.host().equals(host)))
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("host %s has nothing at %s; attach it", host, place));
        if (volume.make.format() != image.format()) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is said to be %s and is not", place, image.format());
        }
        return volume;
    }

    private InMemoryVolume requireOpen(DiskImage image) {
        InMemoryVolume volume = require(image);
        if (!isOpenedByItsKey(image)) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .message("the key of %s does not open it", image.attachment());
        }
        return volume;
    }

    private boolean isOpenedByItsKey(DiskImage image) {
        InMemoryVolume volume = require(image);
        boolean isPlain = volume.locks.isEmpty() && !volume.lacksHeader();
        return isPlain
                || image.key()
                        .filter(key -> volume.locks.containsValue(lock(key)))
                        .isPresent();
    }

    private LuksAttestation requireProof(DiskImage image) {
        return proof(require(image))
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s has no LUKS header", image.attachment()));
    }

    private static Optional<LuksAttestation> proof(InMemoryVolume volume) {
        String uuid = UUID.nameUUIDFromBytes(volume.make.id().value().getBytes(StandardCharsets.UTF_8))
                .toString();
        return volume.locks.isEmpty()
                ? Optional.empty()
                : Optional.of(new LuksAttestation(
                        volume.make.format(), LuksVersion.LUKS1, uuid, "aes-xts-plain64", 512, volume.locks.keySet()));
    }

    private static ImageReport report(InMemoryVolume volume) {
        ImageFormat format = volume.make.format();
        return new ImageReport(format, volume.size, proof(volume), List.of(), List.of());
    }

    private static String lock(Secret key) {
        return Hashes.of(Optional.of(key)).orElseThrow();
    }

    @Override
    public void close() {
        // nothing is open
    }
}
