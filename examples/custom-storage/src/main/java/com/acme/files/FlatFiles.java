package com.acme.files;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Features;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Option;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.SpiVersion;
import io.hvkit.core.VolumeId;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.ImageLock;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.StorageDriver;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumePlan;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import io.hvkit.storage.spi.VolumeUse.Sharing;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Storage of one's own: a volume is a raw file in a directory, and each use of it an empty file beside it. */
public final class FlatFiles implements StorageDriver {
    // tag::driver[]
    public static final StoragePoolType TYPE = StoragePoolType.named("flat-files", "Flat files")
            .having(PoolTrait.LOCAL, PoolTrait.FILES, PoolTrait.OVERPROVISIONS);
    public static final Option<Path> DIRECTORY = Option.path("directory");

    @Override
    public Set<StoragePoolType> types() {
        return Set.of(TYPE);
    }

    @Override
    public SpiVersion builtAgainst() {
        return new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR);
    }

    @Override
    public Set<Option<?>> options() {
        return Set.of(DIRECTORY);
    }

    @Override
    public StoragePool open(PoolId id, StoragePoolType type, Options options) throws InterruptedException {
        HostFiles.local().list(options.get(DIRECTORY)); // NOT_FOUND if it is not there
        return new Pool(id, type, options.get(DIRECTORY), HostFiles.local());
    }
    // end::driver[]

    private static DriverException because(Failure failure, String format, Object... arguments) {
        return DriverException.because(failure).message(format, arguments);
    }

    private record Pool(PoolId id, StoragePoolType type, Path directory, HostFiles files) implements StoragePool {
        private static final String NAME = "\\w[\\w-]{0,63}";
        private static final HostId DELETION = new HostId("deletion"); // whoever deletes is a host among others

        // tag::offer[]
        @Override
        public Features<PoolFeature> features() {
            return Features.none(PoolFeature.class);
        }

        @Override
        public Set<ImageFormat> formats() {
            return Set.of(ImageFormat.RAW);
        }
        // end::offer[]

        // tag::create[]
        @Override
        public VolumePlan plan(CreateVolume request) {
            if (!request.name().matches(NAME)) {
                throw because(Failure.INVALID_REQUEST, "a name has 1 to 64 of [A-Za-z0-9_-], not '%s'", request.name());
            }
            return VolumePlan.exactly(request.size().roundedUpTo(ByteSize.kibibytes(4)));
        }

        @Override
        public Volume create(CreateVolume request) throws InterruptedException {
            ByteSize size = plan(request).size();
            if (findNamed(request.name()).isEmpty()) {
                if (size.compareTo(statistics().free()) > 0) {
                    throw because(Failure.EXHAUSTED, "%s has no room for %s of %s", directory, request.name(), size);
                }
                detach(new VolumeId(request.name()), DELETION); // of the last one of that name, if it died half-way
                Image image = Image.raw(raw(request.name()));
                QemuImg.probe(CommandRunner.local()).create(image, size); // it appears when it is whole
            }
            Volume volume = findNamed(request.name()).orElseThrow();
            if (!volume.size().equals(size)) {
                throw because(Failure.EXISTS_DIFFERENTLY, "%s is here already, and is not of %s", volume, size);
            }
            return volume; // new, or as an equal request made it before
        }
        // end::create[]

        private Path raw(String name) {
            return directory.resolve(name + ".raw");
        }

        // tag::list[]
        @Override
        public List<Volume> list() throws InterruptedException {
            List<Volume> volumes = new ArrayList<>();
            for (String file : files.list(directory)) {
                if (file.matches(NAME + "\\.raw")) {
                    String name = file.replace(".raw", "");
                    ByteSize size = files.status(raw(name)).size();
                    volumes.add(Volume.of(new VolumeId(name), name, size, ImageFormat.RAW));
                }
            }
            return volumes;
        }

        @Override
        public Optional<Volume> find(VolumeId volume) throws InterruptedException {
            return findNamed(volume.value()); // an id that is not in the list never becomes a path
        }
        // end::list[]

        @Override
        public PoolStatistics statistics() throws InterruptedException {
            long capacity = directory.toFile().getTotalSpace();
            long used = capacity - directory.toFile().getUsableSpace();
            ByteSize provisioned = list().stream().map(Volume::size).reduce(ByteSize.ZERO, ByteSize::plus);
            return new PoolStatistics(ByteSize.bytes(capacity), ByteSize.bytes(used), provisioned);
        }

        // tag::attach[]
        @Override
        public Attachment attach(VolumeId volume, VolumeUse use) throws InterruptedException {
            Set<VolumeUse> before = uses(volume);
            if (!before.contains(use)) { // noted first, and looked at then: of two who come at once each sees the other
                files.create(note(volume, use));
            }
            Optional<VolumeUse> other = uses(volume).stream().filter(use::conflictsWith).findAny();
            if (other.isPresent() || find(volume).isEmpty()) {
                forget(volume, before.contains(use) ? Set.of() : Set.of(use));
                throw other.isEmpty()
                        ? because(Failure.NOT_FOUND, "%s has no volume %s", directory, volume)
                        : because(Failure.IN_USE, "host %s uses %s: %s", other.get().host(), volume, other.get());
            }
            before.removeIf(old -> !old.isSameAs(use) || old.equals(use));
            forget(volume, before);
            return new Attachment.ImageFile(raw(volume.value()));
        }

        @Override
        public void detach(VolumeId volume, HostId host, Reason reason) throws InterruptedException {
            Set<VolumeUse> uses = uses(volume);
            uses.removeIf(use -> !use.isSameAs(VolumeUse.by(host).because(reason)));
            forget(volume, uses);
        }
        // end::attach[]

        // tag::delete[]
        @Override
        public void delete(VolumeId volume) throws InterruptedException {
            if (find(volume).isPresent()) {
                ImageLock.take(raw(volume.value())).close(); // IN_USE if a process has it open
                attach(volume, VolumeUse.by(DELETION)); // IN_USE if anybody has it, and nobody gets it from now on
                files.remove(raw(volume.value()));
            }
            detach(volume, DELETION);
        }
        // end::delete[]

        // tag::uses[]
        @Override
        public Set<VolumeUse> uses(VolumeId volume) throws InterruptedException {
            Set<VolumeUse> uses = new HashSet<>();
            for (String file : files.list(directory)) {
                if (file.endsWith(".use") && file.startsWith(words(volume, ""))) {
                    String[] words = URLDecoder.decode(file, StandardCharsets.UTF_8).split(" ", -1);
                    Sharing sharing = Sharing.valueOf(words[3].replace(".use", ""));
                    uses.add(new VolumeUse(new HostId(words[1]), Reason.valueOf(words[2]), sharing));
                }
            }
            return uses;
        }

        private static String words(VolumeId volume, String rest) {
            return URLEncoder.encode(volume + " " + rest, StandardCharsets.UTF_8);
        }

        private Path note(VolumeId volume, VolumeUse use) {
            return directory.resolve(words(volume, use.host() + " " + use.reason() + " " + use.sharing()) + ".use");
        }

        private void forget(VolumeId volume, Set<VolumeUse> uses) throws InterruptedException {
            for (VolumeUse use : uses) {
                files.remove(note(volume, use));
            }
        }
        // end::uses[]

        @Override
        public void close() {}
    }
}
