package io.hvkit.kvm.internal.endpoint;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.ImageInfo;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.inspect.ByteSource;
import io.hvkit.qemu.inspect.Encryption;
import io.hvkit.qemu.inspect.Finding;
import io.hvkit.qemu.inspect.Finding.Kind;
import io.hvkit.qemu.inspect.Finding.Severity;
import io.hvkit.qemu.inspect.InspectedImage;
import io.hvkit.qemu.inspect.Reference;
import io.hvkit.qemu.inspect.UntrustedImage;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.ImageReport;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads what images say of themselves by our own eyes, before any program opens them. */
final class Inspector {

    /** On another host each piece that is read takes a session. */
    private static final Duration LIMIT = Duration.ofMinutes(1);

    /** What a disk may be that a guest has written, or a tool has left. */
    private static final Set<Kind> HARMLESS =
            EnumSet.of(Kind.ENCRYPTED, Kind.INTERNAL_SNAPSHOTS, Kind.BITMAPS, Kind.DIRTY, Kind.BAD_PARTITION_TABLE);

    private final Tools tools;
    private final Places places;

    Inspector(Tools tools, Places places) {
        this.tools = tools;
        this.places = places;
    }

    private record HostBytes(HostFiles files, Path path) implements ByteSource {

        @Override
        public ByteSize length() throws InterruptedException {
            return files.status(path).size();
        }

        @Override
        public byte[] read(long offset, int count) throws InterruptedException {
            return files.read(path, offset, count);
        }
    }

    /** Returns what an image says. */
    ImageReport report(DiskImage image) throws InterruptedException {
        InspectedImage seen = look(image);
        return new ImageReport(
                image.format(),
                seen.virtualSize(),
                header(image).map(Attestations::of),
                seen.references().stream().map(Reference::name).toList(),
                seen.findings().stream()
                        .filter(finding -> finding.severity() != Severity.NOTABLE)
                        .filter(finding -> !HARMLESS.contains(finding.kind()))
                        .map(Finding::toString)
                        .toList());
    }

    /** Returns the LUKS header in front of an image, or inside it, as its format has it. */
    Optional<LuksHeader> header(DiskImage image) throws InterruptedException {
        return switch (image.format()) {
            case LUKS, QCOW2 ->
                LuksHeader.read(tools.files(), Places.path(image)).filter(h -> h.container() == image.format());
            case RAW, VMDK, VHD, VHDX, VDI -> Optional.empty();
        };
    }

    /** Requires an image, and all that it lies over, to be there, and to be what was said and nothing else. */
    void requireTrusted(DiskImage image) throws InterruptedException {
        for (DiskImage layer : image.layers()) {
            InspectedImage seen = look(layer);
            requireBase(layer, seen);
            requireKey(layer, seen);
            for (Finding finding : seen.findings()) {
                if (!HARMLESS.contains(finding.kind())
                        && finding.kind() != Kind.BACKING_FILE
                        && finding.severity() != Severity.NOTABLE) {
                    throw refused(layer, finding);
                }
            }
        }
    }

    /** Requires that an image is what was said, that its own key opens it, and that nobody writes to it. */
    void requireUnused(DiskImage image) throws InterruptedException {
        requireTrusted(image);
        if (image.isEncrypted() && !tools.qemuImg().unlocks(Places.alone(image))) {
            throw DriverException.because(Failure.BAD_CREDENTIALS)
                    .effect(Effect.NOT_APPLIED)
                    .message("the key that came with %s does not open it", Places.path(image));
        }
        ImageInfo unused = tools.qemuImg().info(Places.alone(image)); // fails while a process writes
    }

    /** Returns whether an image lies over what was said, and over nothing if nothing was said. */
    boolean liesAsSaid(DiskImage image) throws InterruptedException {
        return liesAsSaid(image, look(image));
    }

    private InspectedImage look(DiskImage image) throws InterruptedException {
        places.require(image);
        InspectedImage seen = UntrustedImage.from(new HostBytes(tools.files(), Places.path(image)))
                .pinnedTo(image.format())
                .within(LIMIT)
                .inspect();
        if (seen.has(Kind.NOT_AS_DECLARED)) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .effect(Effect.NOT_APPLIED)
                    .message("%s is said to be %s and is not", Places.path(image), image.format());
        }
        return seen;
    }

    private void requireBase(DiskImage layer, InspectedImage seen) throws InterruptedException {
        if (!liesAsSaid(layer, seen)) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s names %s, and was said to lie over %s; what an image names is not opened unless it is said"
                                    + " with over(...)",
                            Places.path(layer),
                            seen.references(),
                            layer.base()
                                    .map(base -> Places.path(base).toString())
                                    .orElse("nothing"));
        }
    }

    private boolean liesAsSaid(DiskImage layer, InspectedImage seen) throws InterruptedException {
        List<Reference> named = seen.references().stream()
                .filter(reference -> reference.kind() == Reference.Kind.BACKING_FILE)
                .toList();
        if (layer.base().isEmpty() || !layer.isBaseNamed()) {
            return named.isEmpty();
        }
        return named.size() == 1 && isWhere(layer, named.get(0), layer.base().get());
    }

    private boolean isWhere(DiskImage layer, Reference named, DiskImage base) throws InterruptedException {
        String format = named.format().orElse("");
        if (!format.isEmpty() && !format.equals(base.format().qemuName())) {
            return false;
        }
        try {
            Path path = Places.path(layer).resolveSibling(named.name());
            HostFiles files = tools.files();
            return files.status(path).isSameAs(files.status(Places.path(base)));
        } catch (InvalidPathException e) {
            return false; // a name that is no path, such as an attack
        }
    }

    private static void requireKey(DiskImage layer, InspectedImage seen) {
        boolean encrypted = seen.encryption() == Encryption.LUKS;
        if (encrypted != layer.isEncrypted()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s is %s; %s",
                            Places.path(layer),
                            encrypted ? "encrypted, and comes without its key" : "not encrypted, and comes with a key",
                            encrypted ? "say unlockedBy(...)" : "leave the key out");
        }
    }

    private static DriverException refused(DiskImage layer, Finding finding) {
        boolean broken = finding.severity() == Severity.DAMAGED;
        return DriverException.because(broken ? Failure.CORRUPT_DATA : Failure.INVALID_REQUEST)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "%s is not opened: %s; %s",
                        Places.path(layer), finding, finding.kind().wayOut());
    }
}
