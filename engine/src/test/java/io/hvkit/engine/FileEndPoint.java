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
import io.hvkit.core.Sha256;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.ImageMeasure;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.LuksAttestation;
import io.hvkit.storage.spi.LuksVolumes;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** An end point that copies what was written to the files of {@link FileBackedStorage}, in two halves, as a process sees it that dies. */
final class FileEndPoint implements EndPoint {

    private final HostId host;
    private final FileBackedStorage storage;
    private final Fuse fuse;
    private final Instant now;

    FileEndPoint(HostId host, FileBackedStorage storage, Fuse fuse, Instant now) {
        this.host = host;
        this.storage = storage;
        this.fuse = fuse;
        this.now = now;
    }

    @Override
    public HostId host() {
        return host;
    }

    @Override
    public HostFacts probe() {
        return HostFacts.at(now)
                .having(HostFeature.QEMU_IMG, "copies files")
                .having(HostFeature.VOLUME_ENCRYPTION, "knows its own mark");
    }

    @Override
    public Images images() {
        return new Copying();
    }

    @Override
    public Optional<LuksVolumes> luks() {
        return Optional.of(new Headers());
    }

    @Override
    public void close() {}

    private static LuksAttestation proof(ImageFormat format) {
        return new LuksAttestation(format, LuksVersion.LUKS1, "in-memory", "none", 512, new HashSet<>(List.of(0)));
    }

    /** Headers that hosts write to files. */
    private final class Headers implements LuksVolumes {

        @Override
        public LuksAttestation format(DiskImage volume) {
            fuse.burn();
            Path file = volume.attachment().requirePath();
            Secret key = volume.key().orElseThrow();
            if (!storage.headers().containsKey(file)) {
                InMemoryHypervisorDriver.encrypt(file, key);
                storage.headers().put(file, print(key));
            }
            fuse.burn();
            return proof(ImageFormat.LUKS);
        }

        @Override
        public boolean opens(DiskImage volume) {
            fuse.burn();
            return print(volume.key().orElseThrow())
                    .equals(storage.headers().get(volume.attachment().requirePath()));
        }

        private String print(Secret key) {
            return key.withArray(bytes -> Sha256.of(bytes).hex());
        }

        @Override
        public Optional<LuksAttestation> attest(DiskImage volume) {
            throw unsupported();
        }

        @Override
        public LuksAttestation addKey(DiskImage volume, Secret added) {
            throw unsupported();
        }

        @Override
        public LuksAttestation removeKey(DiskImage volume, Secret removed) {
            throw unsupported();
        }
    }

    private static DriverException unsupported() {
        return DriverException.because(Failure.UNSUPPORTED)
                .message("an end point of tests copies and writes headers, and no more");
    }

    private final class Copying implements Images {

        @Override
        public ImageReport copy(CopyImage request, ProgressListener listener) {
            fuse.burn();
            storage.limits().add(request.bandwidth());
            Path from = request.source().attachment().requirePath();
            Path to = request.target().attachment().requirePath();
            Set<Path> incomplete = storage.incomplete();
            try {
                incomplete.add(to);
                fuse.burn();
                FileBackedStorage.write(to, FileBackedStorage.read(from) ^ storage.rot());
                incomplete.remove(to);
                fuse.burn();
                return report(request.target(), to);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener) {
            fuse.burn();
            try {
                return FileBackedStorage.read(one.attachment().requirePath())
                        == FileBackedStorage.read(other.attachment().requirePath());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public boolean isIncomplete(DiskImage image) {
            return storage.incomplete().contains(image.attachment().requirePath());
        }

        /** Makes overlays, and nothing else. */
        @Override
        public ImageReport create(DiskImage image, ByteSize size) {
            fuse.burn();
            Path file = image.attachment().requirePath();
            Path base = image.base()
                    .orElseThrow(FileEndPoint::unsupported)
                    .attachment()
                    .requirePath();
            try {
                if (Files.exists(file) && Files.size(file) != size.bytes()) {
                    throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                            .effect(Effect.NOT_APPLIED)
                            .message("there is another file at %s", file);
                }
                if (!Files.exists(file)) {
                    Files.write(file, new byte[Math.toIntExact(size.bytes())]);
                    InMemoryHypervisorDriver.layOver(file, base);
                    image.key().ifPresent(key -> InMemoryHypervisorDriver.encrypt(file, key));
                }
                fuse.burn();
                return report(image, file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public ImageMeasure measure(DiskImage image, ByteSize size) {
            throw unsupported();
        }

        @Override
        public ImageMeasure measure(CopyImage request) {
            throw unsupported();
        }

        @Override
        public ImageReport inspect(DiskImage image) {
            fuse.burn();
            try {
                return report(image, image.attachment().requirePath());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public ImageReport growTo(DiskImage image, ByteSize size) {
            throw unsupported();
        }

        private ImageReport report(DiskImage image, Path file) throws IOException {
            Optional<LuksAttestation> proof =
                    image.isEncrypted() ? Optional.of(proof(image.format())) : Optional.empty();
            return new ImageReport(image.format(), ByteSize.bytes(Files.size(file)), proof, List.of(), List.of());
        }
    }
}
