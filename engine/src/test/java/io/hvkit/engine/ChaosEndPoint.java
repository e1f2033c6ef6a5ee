package io.hvkit.engine;

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
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.Deltas;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.ImageMeasure;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A host that works on the volumes of a {@link ChaosArray} that it has. */
record ChaosEndPoint(HostId host, ChaosArray array, ChaosLog log) implements EndPoint, Images, LuksVolumes {

    private static final int SLOTS = 8;

    @Override
    public HostFacts probe() {
        return HostFacts.at(Instant.now())
                .having(HostFeature.QEMU_IMG, "copies numbers")
                .having(HostFeature.VOLUME_ENCRYPTION, "compares prints");
    }

    @Override
    public Images images() {
        return this;
    }

    @Override
    public Optional<LuksVolumes> luks() {
        return Optional.of(this);
    }

    private ChaosArray.Thing opened(DiskImage image) {
        ChaosArray.Thing thing = thing(image);
        if (!thing.isOpenedBy(image.key())) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .effect(Effect.NOT_APPLIED)
                    .message("the key of %s does not open %s", image.attachment(), thing.name);
        }
        return thing;
    }

    private ChaosArray.Thing thing(DiskImage image) {
        Path file = image.attachment().requirePath();
        Optional<ChaosArray.Thing> export = array.exported(file).filter(thing -> thing.format == image.format());
        return export.isPresent() ? export.get() : array.attached(host, file, image.format());
    }

    /** Returns what is read of an image: of the first of its layers that holds something. */
    private long content(DiskImage image) {
        return image.layers().stream()
                .mapToLong(layer -> ChaosArray.read(opened(layer).file))
                .filter(content -> content != 0)
                .findFirst()
                .orElse(0);
    }

    /** Returns what is written; a file that is to be made is made. */
    private ChaosArray.Thing target(CopyImage request, ChaosArray.Thing source) {
        DiskImage image = request.target();
        Path file = image.attachment().requirePath();
        if (request.before() == CopyImage.Before.NOTHING && !Files.exists(file)) {
            return array.export(file, source, image.format(), image.key());
        }
        return opened(image);
    }

    @Override
    public ImageReport copy(CopyImage request, ProgressListener listener) {
        return array.locked(() -> {
            long content = content(request.source());
            ChaosArray.Thing source = opened(request.source());
            ChaosArray.Thing target = target(request, source);
            if (request.plaintext() == CopyImage.Plaintext.REFUSED
                    && !source.locks.isEmpty()
                    && target.locks.isEmpty()) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s would lie in clear at %s", source.name, target.name);
            }
            if (target.size.compareTo(source.size) < 0) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s has no room for %s", target.name, source.size);
            }
            if (source == target) {
                log.violation("%s was to be copied onto itself", source.name);
            }
            ChaosArray.write(target, content);
            log.say("host", "copied %s (%s) onto %s (%s)", source.id, source.name, target.id, target.name);
            return report(target);
        });
    }

    @Override
    public boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener) {
        return array.locked(() -> content(one) == content(other));
    }

    @Override
    public boolean isIncomplete(DiskImage image) {
        return array.locked(() -> thing(image).incomplete);
    }

    @Override
    public ImageReport inspect(DiskImage image) {
        return array.locked(() -> report(thing(image)));
    }

    /** An image that holds nothing reads as what is below, so nothing over something cannot be written. */
    @Override
    public Optional<Deltas> deltas() {
        return Optional.of((source, delta, listener) -> array.locked(() -> {
            long content = content(source);
            long below = content(delta.base().orElseThrow());
            if (content == 0 && below != 0) {
                throw DriverException.because(Failure.UNSUPPORTED)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s holds nothing any more", source.attachment());
            }
            ChaosArray.Thing written = opened(delta);
            ChaosArray.write(written, content == below ? 0 : content);
            log.say("host", "wrote what differs in %s to %s (%s)", source.attachment(), written.id, written.name);
            return report(written);
        }));
    }

    @Override
    public Optional<ByteSize> allocated(DiskImage image) {
        return array.locked(() -> {
            ChaosArray.Thing there = opened(image);
            return Optional.of(ChaosArray.read(there.file) == 0 ? ByteSize.ZERO : there.size);
        });
    }

    /** An image is made on a volume of blocks; others are made by their pools. */
    @Override
    public ImageReport create(DiskImage image, ByteSize size) {
        return array.locked(() -> {
            LuksAttestation unused = format(image);
            return report(thing(image));
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

    @Override
    public ImageReport growTo(DiskImage image, ByteSize size) {
        return array.locked(() -> {
            ChaosArray.Thing there = opened(image);
            if (there.size.compareTo(size) < 0 && there.format == ImageFormat.QCOW2) {
                there.size = size; // the image itself says how large its disk is
            } else if (there.size.compareTo(size) < 0) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s has no room for %s; its pool makes it larger", there.name, size);
            }
            return report(there);
        });
    }

    private static DriverException madeByPools() {
        return DriverException.because(Failure.UNSUPPORTED)
                .effect(Effect.NOT_APPLIED)
                .message("volumes are made and measured by their pools");
    }

    @Override
    public LuksAttestation format(DiskImage image) {
        return array.locked(() -> {
            ChaosArray.Thing there = thing(image);
            if (there.lacksHeader()) {
                array.lock(there, 0, image.key().orElseThrow());
                log.say("host", "wrote the header of %s (%s)", there.id, there.name);
            }
            if (!there.isOpenedBy(image.key())) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s holds something, and is not formatted", there.name);
            }
            return requireProof(there);
        });
    }

    @Override
    public Optional<LuksAttestation> attest(DiskImage image) {
        return array.locked(() -> proof(thing(image)));
    }

    @Override
    public boolean opens(DiskImage image) {
        return array.locked(() -> {
            LuksAttestation unused = requireProof(thing(image));
            return thing(image).isOpenedBy(image.key());
        });
    }

    @Override
    public LuksAttestation addKey(DiskImage image, Secret added) {
        return array.locked(() -> {
            ChaosArray.Thing there = opened(image);
            if (!there.isOpenedBy(Optional.of(added))) {
                int slot = IntStream.range(0, SLOTS)
                        .filter(free -> !there.locks.containsKey(free))
                        .findFirst()
                        .orElseThrow(() -> DriverException.because(Failure.EXHAUSTED)
                                .effect(Effect.NOT_APPLIED)
                                .message("all slots of %s are taken", there.name));
                array.lock(there, slot, added);
                log.say("host", "added a key to %s (%s)", there.id, there.name);
            }
            return requireProof(there);
        });
    }

    @Override
    public LuksAttestation removeKey(DiskImage image, Secret removed) {
        return array.locked(() -> {
            ChaosArray.Thing there = opened(image);
            String kept = ChaosArray.print(image.key().orElseThrow());
            if (kept.equals(ChaosArray.print(removed))) {
                log.violation("the key that opens %s was to be removed", there.name);
            }
            there.locks.values().removeIf(ChaosArray.print(removed)::equals);
            int slot = there.locks.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(kept))
                    .findFirst()
                    .orElseThrow()
                    .getKey();
            array.lock(there, slot, image.key().orElseThrow()); // hosts in memory know one key of a file
            log.say("host", "removed a key of %s (%s)", there.id, there.name);
            return requireProof(there);
        });
    }

    private static LuksAttestation requireProof(ChaosArray.Thing thing) {
        return proof(thing)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .effect(Effect.NOT_APPLIED)
                        .message("%s has no header", thing.name));
    }

    private static Optional<LuksAttestation> proof(ChaosArray.Thing thing) {
        return thing.locks.isEmpty()
                ? Optional.empty()
                : Optional.of(new LuksAttestation(
                        thing.format, LuksVersion.LUKS1, "uuid-" + thing.id, "none", 512, thing.locks.keySet()));
    }

    private static ImageReport report(ChaosArray.Thing thing) {
        ImageFormat format = thing.format;
        return new ImageReport(format, thing.size, proof(thing), List.of(), List.of());
    }

    @Override
    public void close() {
        // nothing is open
    }
}
